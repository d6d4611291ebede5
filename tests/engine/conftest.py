"""The sandbox of the session, empty at the start of each engine test; services that are made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chimeform.services.aws import Services
from tests import workspaces
from tests.engine.applier_process import Applier
from tests.engine.engine import Engine, aws_services
from tests.engine.stage import Stage
from tests.sandbox.voice_stage import VoiceStage
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def services() -> Services:
    """Clients take their time to be made, and one process needs them once: they are told where to call by `sandbox`."""
    return aws_services()


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxProcess]:
    """Empty, with orders and calling names that are through at once; tests that wait for them say so."""
    for name, value in running_sandbox.env().items():
        monkeypatch.setenv(name, value)
    _empty(running_sandbox)
    said_before = running_sandbox.stderr()
    yield running_sandbox
    assert running_sandbox.stderr() == said_before, "the sandbox has a defect: it complained"


def _empty(sandbox: SandboxProcess) -> None:
    sandbox.reset(1)
    sandbox.post("settings", {"order_seconds": 0, "calling_name_seconds": 0})


@pytest.fixture
def stage(sandbox: SandboxProcess) -> Stage:
    return Stage(sandbox)


@pytest.fixture
def engine(sandbox: SandboxProcess, services: Services, tmp_path: Path) -> Engine:
    return Engine(sandbox, tmp_path / "workspace", services)


@pytest.fixture(scope="session")
def running_applier(running_sandbox: SandboxProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applier]:
    with Applier.start(running_sandbox.env()) as applier:
        root = tmp_path_factory.mktemp("warm")
        _empty(running_sandbox)
        Stage(running_sandbox).corp()
        workspaces.write(root, workspaces.company())
        applier.tell(warm=root)
        assert not applier.report()["error"]
        yield applier


@pytest.fixture
def applier(running_applier: Applier, sandbox: SandboxProcess) -> Applier:
    return running_applier


@pytest.fixture
def voice(sandbox: SandboxProcess) -> VoiceStage:
    return VoiceStage(sandbox)
