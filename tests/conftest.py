"""What tests of several rooms need: a sandbox, a real browser, the real Terraform, and a disk that can be filled."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import terraform
from tests.browser import Browser, NoBrowser
from tests.sandbox_process import SandboxProcess
from tests.terraform_provider import find_provider

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # what a shell starts in the background ignores Ctrl-C, and so would every program that a test means to interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits for Terraform begins first: with the others beside it, nobody waits for it in the end."""
    items.sort(key=lambda item: "terraform_env" not in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def running_browser() -> Iterator[Browser]:
    try:
        with Browser.start("--host-resolver-rules=MAP evil.example 127.0.0.1") as browser:
            yield browser
    except NoBrowser as error:
        # A browser is no Python package, so that a fresh clone may have to do without; what the pages ask the sandbox
        # is tested without one too. The message says what to install.
        pytest.skip(f"no browser: {error}")


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    """The one of this session, as the test before has left it: each room empties it in its own `sandbox`."""
    with SandboxProcess.start() as sandbox:
        yield sandbox


@pytest.fixture
def terraform_env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which the terraform program runs with its AWS provider."""
    provider = find_provider()
    if provider is None:
        # Neither is a Python package, the provider is some 700 MB, and no test fetches anything. Without them the
        # sandbox is judged by botocore alone, in the other test_voice*.py.
        pytest.skip("needs the terraform program and a filesystem mirror with its unpacked AWS provider")
    with terraform.running(provider, tmp_path) as env:
        yield env


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount") or ""
    command = [mount, "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(folder)]
    if not mount or subprocess.run(command, check=False, capture_output=True).returncode:
        # Mounting takes a superuser, and some containers forbid it even to them; nothing else gives a real full disk
        # without filling the machine's own.
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", folder], check=True)
