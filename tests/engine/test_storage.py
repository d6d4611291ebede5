"""A ledger that cannot be written, and a sandbox that goes away: nothing happens that is not in the journal."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chimeform.errors import LedgerUnwritable
from chimeform.events import CallStarted, Event
from tests import workspaces
from tests.disks import fill
from tests.engine.applier_process import Applier
from tests.engine.engine import Engine, aws_services, is_write
from tests.engine.stage import Stage
from tests.sandbox_process import SandboxProcess

NOBODY = 65534


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="chimeform-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def writes(sandbox: SandboxProcess) -> list[str]:
    return [one["operation"] for one in sandbox.log() if is_write(one["operation"])]


# File permissions bind everybody but the superuser, and only the superuser can start a program as somebody else; run as
# a user, this would need an account of which the tests know the password.
@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can become somebody else")
@pytest.mark.parametrize("existing", [True, False])
def test_a_ledger_that_may_only_be_read(
    engine: Engine, stage: Stage, applier: Applier, open_folder: Path, existing: bool
):
    stage.corp()
    engine.root = open_folder / "workspace"
    engine.write(workspaces.company())
    if existing:
        engine.applied()
        blocks = workspaces.company()
        del blocks["accounts"]["branch"]["users"]["user0@branch.example"]
        engine.write(blocks)
    before = writes(engine.sandbox)
    report = applier.apply(engine.root, uid=NOBODY)
    assert (report["error"], report["code"], report["exit_code"]) == ("LedgerUnwritable", "CF-LED-003", 1), report
    assert report["why"]
    assert report["do"]
    assert writes(engine.sandbox) == before, "without a journal, no effect"
    engine.applied()


def test_a_disk_that_is_full_at_the_start(engine: Engine, stage: Stage, small_disk: Path):
    stage.corp()
    engine.root = small_disk / "workspace"
    engine.write(workspaces.company())
    before = writes(engine.sandbox)
    filler = fill(small_disk)
    with pytest.raises(LedgerUnwritable) as caught:
        engine.app().apply()
    assert caught.value.code == "CF-LED-004"
    assert caught.value.do
    assert writes(engine.sandbox) == before
    filler.unlink()
    engine.applied()


def test_a_disk_that_fills_up_during_a_run_loses_nothing(engine: Engine, stage: Stage, small_disk: Path):
    """The run stops before the first call that it could not announce, and the next one settles what was in flight."""
    stage.enterprise("Corp", "corp.example", workspaces.people(100, "corp.example"))
    engine.root = small_disk / "workspace"
    numbers = workspaces.NUMBERS
    staff = {
        email: {"phone": name} for email, name in zip(workspaces.people(100, "corp.example"), numbers, strict=True)
    }
    engine.write(
        {
            "accounts": {"corp": {"name": "Corp", "users": staff}},
            "phone_numbers": {name: workspaces.number() for name in numbers},
        }
    )
    announced: list[str] = []

    def note(event: Event) -> None:
        if isinstance(event, CallStarted):
            announced.append(event.operation)
            if len(announced) == 10:
                fill(small_disk)
            if len(announced) >= 10:
                _use_up_reserve(engine.ledger_path)

    before = len(engine.sandbox.log())
    with pytest.raises(LedgerUnwritable) as caught:
        engine.app().apply(emit=note)
    assert caught.value.code == "CF-LED-004"
    sent = [one["operation"] for one in engine.sandbox.log()[before:] if is_write(one["operation"])]
    assert sorted(sent) == sorted(announced)
    assert 10 <= len(announced) < 100
    (small_disk / "filler").unlink()
    engine.applied()
    assert set(stage.times_ordered().values()) == {1}
    held = {email: user.get("PrimaryProvisionedNumber") for email, user in stage.users("Corp").items()}
    assert held == {email: one["phone"] for email, one in staff.items()}


def _use_up_reserve(path: Path) -> None:
    """Take the last free pages of the file, so that the run meets the end of the disk and not of its own reserve."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as file:
        file.execute("CREATE TABLE IF NOT EXISTS taken (room TEXT)")
        for size in (60_000, 3000, 100):
            with pytest.raises(sqlite3.OperationalError, match="full"):
                while True:
                    file.execute("INSERT INTO taken VALUES (?)", ("x" * size,))


def test_a_file_that_may_not_grow(engine: Engine, stage: Stage, applier: Applier):
    stage.corp()
    engine.write(workspaces.company())
    before = writes(engine.sandbox)
    report = applier.apply(engine.root, file_size=65536)
    assert (report["error"], report["code"]) == ("LedgerUnwritable", "CF-LED-005"), report
    assert writes(engine.sandbox) == before
    engine.applied()


def test_a_ledger_that_is_deleted_during_a_run_stops_it(engine: Engine, stage: Stage):
    stage.corp()
    engine.write(workspaces.company())

    def delete(event: Event) -> None:
        if isinstance(event, CallStarted):
            engine.ledger_path.unlink(missing_ok=True)

    with pytest.raises(LedgerUnwritable) as caught:
        engine.app().apply(emit=delete)
    assert caught.value.code == "CF-LED-012"
    assert len(writes(engine.sandbox)) == 2, "corp's account, and the one call that had left"
    engine.applied()
    assert sorted(one["Name"] for one in stage.accounts()) == ["Branch", "Corp"]


def test_a_sandbox_that_goes_away_in_the_middle_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Killed after each write call in turn; its data file has what it had answered, and the next run does the rest."""
    world = tmp_path / "world.db"
    port = "0"
    for dies_at in (1, 4, 9):
        world.unlink(missing_ok=True)
        first = SandboxProcess.launch("--data-file", str(world), "--port", port)
        port = str(first.port)
        for name, value in first.env().items():
            monkeypatch.setenv(name, value)
        engine = Engine(first, tmp_path / f"workspace-{dies_at}", aws_services())
        stage = Stage(first)
        stage.settings(order_seconds=0, calling_name_seconds=0)
        stage.corp()
        engine.write(workspaces.company())
        started: list[str] = []
        reached = _apply_and_kill(engine, first, started, dies_at)
        assert reached, "the run ends by itself and says what it did not reach"
        with SandboxProcess.start("--data-file", str(world), "--port", port) as second:
            engine.sandbox = second
            after = Stage(second)
            after.bucket()  # what is not Amazon Chime's is in no data file
            engine.applied()
            assert sorted(one["Name"] for one in after.accounts()) == ["Branch", "Corp"]
            assert sorted(after.users("Branch")) == workspaces.people(4, "branch.example")
            assert after.bot_names("Corp") == ["HelpDesk", "Sales"]
            assert set(after.times_ordered().values()) == {1}


def _apply_and_kill(engine: Engine, sandbox: SandboxProcess, started: list[str], dies_at: int) -> bool:
    def kill(event: Event) -> None:
        if isinstance(event, CallStarted):
            started.append(event.operation)
            if len(started) == dies_at:
                sandbox.kill()

    planned, summary = engine.app().apply(emit=kill)
    assert summary is not None
    assert summary.failed
    assert len(summary.done) + len(summary.failed) + len(summary.not_reached) + len(summary.gated) == len(
        planned.plan.steps
    )
    left = {effect.step for intent in engine.recorded().open_intents for effect in intent.effects}
    assert left <= summary.failed.keys()
    return bool(summary.not_reached)
