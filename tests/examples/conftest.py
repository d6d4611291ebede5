"""The sandbox of the session, empty at the start of each example, with orders and calling names through at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.reset(1)
    running_sandbox.post("settings", {"order_seconds": 0, "calling_name_seconds": 0})
    return running_sandbox


@pytest.fixture
def offline(tmp_path: Path) -> Program:
    """The program in an empty folder, with nobody to talk to."""
    return Program(tmp_path, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
