"""What the demo plays on: a sandbox process, a workspace of its own, the real program, and a raw client beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from ..errors import ChimeformError
from .sandbox import environment
from .sandbox_control import Control

START_SECONDS = 60
"""Only a machine in trouble takes so long; a sandbox usually answers within two."""

_STOP_SECONDS = 10
_NO_FILE = (None, None, os.devnull, None)
"""How botocore's sessions are told to read no file, whatever the environment names."""

_WORKSPACE = Path(__file__).parent / "demo_workspace"


class DemoFailed(ChimeformError):
    """A step did not do what it says."""

    code = "CF-DEM-001"


@dataclass(frozen=True)
class Ran:
    """What a command of the program printed, and its exit code."""

    arguments: tuple[str, ...]
    output: str
    errors: str
    exit_code: int


@dataclass(frozen=True)
class Stage:
    """A running sandbox and a workspace that is set up for it."""

    root: Path
    url: str
    env: dict[str, str]

    @property
    def control(self) -> Control:
        return Control(self.url)

    def run(self, *arguments: str) -> Ran:
        """Run the real program in the workspace, as a process of its own."""
        command = [sys.executable, "-m", "chimeform", *arguments]
        done = subprocess.run(  # noqa: S603 - the program itself, with arguments of the story
            command, cwd=self.root, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return Ran(arguments, done.stdout, done.stderr, done.returncode)

    def client(self) -> Any:
        """A raw API client: somebody with credentials who has never heard of this workspace."""
        from botocore.session import Session

        # the user's profile and configuration files are of no concern here
        session = Session({"profile": (None,) * 4, "config_file": _NO_FILE, "credentials_file": _NO_FILE})
        return session.create_client(
            "chime",
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="sandbox",
            aws_secret_access_key="sandbox",  # noqa: S106 - it means nothing
        )


@contextlib.contextmanager
def set_up(*, keep: bool) -> Iterator[Stage]:
    """A stage that is taken down whatever happens; with `keep` its workspace stays, and the sandbox's world in it."""
    with _ended_like_ctrl_c(), contextlib.ExitStack() as stack:
        root = Path(tempfile.mkdtemp(prefix="chimeform-demo-"))
        if not keep:
            stack.callback(shutil.rmtree, root, ignore_errors=True)
        shutil.copytree(_WORKSPACE, root, dirs_exist_ok=True)
        world = ("--data-file", str(root / ".chimeform" / "sandbox.db")) if keep else ()
        (root / ".chimeform").mkdir()
        url = stack.enter_context(_sandbox(root / ".chimeform" / "port", world))
        yield Stage(root, url, _environment_for(url))


def _environment_for(url: str) -> dict[str, str]:
    """The user's environment without anything that could lead to a real AWS account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return {**kept, **environment(url), **nowhere, "NO_COLOR": "1"}


@contextlib.contextmanager
def _sandbox(port_file: Path, world: tuple[str, ...]) -> Iterator[str]:
    """A sandbox on a free port, in a process of its own, and its address."""
    settings = ("--port", "0", "--order-seconds", "0", "--calling-name-seconds", "0", *world)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - the program itself
            [sys.executable, "-m", "chimeform", "sandbox", "serve", "--port-file", str(port_file), *settings],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            # Ctrl-C in the terminal reaches this process alone, which then ends the sandbox in order
            start_new_session=True,
        )
        try:
            deadline = time.monotonic() + START_SECONDS
            while not port_file.exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    said.seek(0)
                    told = said.read().decode(errors="replace").strip()
                    raise DemoFailed("the demo's sandbox did not start", why=told, code="CF-DEM-002")
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port_file.read_text().strip()}"
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextlib.contextmanager
def _ended_like_ctrl_c() -> Iterator[None]:
    """While the stage stands, being told to end (SIGTERM, a closed terminal) takes it down too."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, action in before.items():
            signal.signal(getattr(signal, name), action)
