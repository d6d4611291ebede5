"""The sandbox of the session, empty at the start of each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.stage import Stage
from tests.sandbox_process import SandboxProcess


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    running_sandbox.reset()
    said_before = running_sandbox.stderr()
    yield running_sandbox
    assert running_sandbox.stderr() == said_before, "the sandbox has a defect: it complained"


@pytest.fixture
def stage(sandbox: SandboxProcess) -> Stage:
    """The sandbox in the words of the rule tests."""
    return Stage(sandbox)
