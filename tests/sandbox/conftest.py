"""One sandbox for all tests of a session, empty at the start of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.stage import Stage
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def stage(sandbox: SandboxProcess) -> Stage:
    """The sandbox in the words of the rule tests."""
    return Stage(sandbox)
