"""The sandbox of the session, empty at the start of each command line test, and the real program before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.reset(1)
    return running_sandbox


@pytest.fixture
def chimeform(sandbox: SandboxProcess, tmp_path: Path) -> Program:
    """The program in an empty folder, talking to the sandbox."""
    return Program(tmp_path, sandbox.env())


@pytest.fixture
def offline(tmp_path: Path) -> Program:
    """The program in an empty folder, with nobody to talk to."""
    nowhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    return Program(tmp_path, nowhere)
