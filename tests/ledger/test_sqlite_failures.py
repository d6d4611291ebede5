"""Storage that does not do as it should: real files, a real small disk, real permissions."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chimeform.errors import LedgerError, LedgerLocked, LedgerUnwritable
from chimeform.journal import Outcome, Verdict
from chimeform.language.desired import State
from chimeform.ledger import codec, open_ledger, sqlite_schema
from chimeform.ledger.base import Amendment, RunRecord
from chimeform.ledger.sqlite import SqliteLedger
from chimeform.recorded import Confirmation, Recorded
from tests.disks import fill
from tests.ledger.backends import NOW, ROOT, Backend, effect, lock_info, new_id, open_sqlite, user

AT = "2027-01-31T12:00:00Z"
NOBODY = 65534


def open_file(path: Path, environment: str | None = None) -> SqliteLedger:
    return SqliteLedger(path, clock=lambda: NOW, new_id=new_id, environment=environment, busy_timeout=0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with one user in it, at rest."""
    path = tmp_path / "state" / "ledger.db"
    with closing(open_file(path)) as ledger:
        ledger.commit(Amendment(put=(user("jane"),)))
    return path


def check_told(error: LedgerError, code: str, path: Path) -> None:
    assert error.code == code
    assert str(path) in error.summary
    assert error.why
    assert error.do


def refused_to_lock(path: Path, code: str, kind: type[LedgerError] = LedgerUnwritable) -> LedgerError:
    with closing(open_file(path)) as ledger:
        with pytest.raises(kind) as caught, ledger.lock(lock_info()):
            pytest.fail("an effect would have been possible here")
        check_told(caught.value, code, path)
        return caught.value


def refused_to_read(path: Path, code: str) -> None:
    with closing(open_file(path)) as ledger:
        for question in (ledger.read, ledger.history, ledger.holder):
            with pytest.raises(LedgerError) as caught:
                question()
            check_told(caught.value, code, path)


def reads_jane(path: Path) -> bool:
    with closing(open_file(path)) as ledger:
        assert ledger.holder() is None
        assert list(ledger.history()) == []
        return list(ledger.read().resources) == [user("jane").address]


# --- read-only


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """As an ordinary user sees a folder that is not to be written: permissions mean nothing to the superuser."""
    paths = [folder, *folder.iterdir()]
    modes = [one.stat().st_mode for one in paths]
    for one in paths:
        one.chmod(0o555 if one.is_dir() else 0o444)
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if superuser:
            os.seteuid(0)
        for one, mode in zip(paths, modes, strict=True):
            one.chmod(mode)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="chimeform-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


needs_permissions = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


@needs_permissions
def test_a_read_only_ledger_is_read_and_not_written(path: Path, open_folder: Path):
    theirs = shutil.copyfile(path, open_folder / path.name)
    with read_only(open_folder):
        assert reads_jane(theirs)
        error = refused_to_lock(theirs, "CF-LED-003")
        assert "read-only" in error.why
    assert [one.name for one in open_folder.iterdir()] == [path.name]


@needs_permissions
def test_a_read_only_folder_without_a_ledger_reads_as_empty(open_folder: Path):
    with read_only(open_folder):
        with closing(open_file(open_folder / "state" / "ledger.db")) as ledger:
            assert ledger.read() == Recorded("", 0)
        refused_to_lock(open_folder / "state" / "ledger.db", "CF-LED-003")


@needs_permissions
@pytest.mark.parametrize("without", ["", "-shm"])
def test_what_a_killed_writer_left_is_read_in_full_where_nothing_may_be_written(open_folder: Path, without: str):
    place = open_folder / "place"
    process = Backend("sqlite", str(place)).start("work", "run")
    assert process.stdout
    said = [process.stdout.readline().strip() for _ in range(40)]
    process.kill()
    process.communicate()
    folder = place / "state"
    assert (folder / "ledger.db-wal").stat().st_size
    if without:
        (folder / f"ledger.db{without}").unlink()
    with read_only(folder), closing(open_sqlite(str(place))) as ledger:
        found = {address.name.removesuffix("-left@acme.example") for address in ledger.read().resources}
    assert {line.removeprefix("commit ") for line in said if line.startswith("commit ")} <= found


@needs_permissions
def test_a_folder_that_may_not_be_entered_is_not_a_lost_ledger(path: Path, open_folder: Path):
    folder = open_folder / "closed"
    folder.mkdir()
    theirs = shutil.copyfile(path, folder / path.name)
    folder.chmod(0o000)
    superuser = os.geteuid() == 0
    if superuser:
        os.seteuid(NOBODY)
    try:
        refused_to_read(theirs, "CF-LED-001")
    finally:
        if superuser:
            os.seteuid(0)
        folder.chmod(0o755)


def test_reading_leaves_nothing_behind(path: Path):
    before = path.read_bytes()
    assert reads_jane(path)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


# --- full


@pytest.mark.parametrize("leave", [0, 4096, 65536, 1024 * 1024])
@pytest.mark.parametrize("existing", [True, False])
def test_a_full_disk_is_told_before_anything_happens(small_disk: Path, existing: bool, leave: int):
    path = small_disk / "ledger.db"
    if existing:
        with closing(open_file(path)) as ledger:
            ledger.commit(Amendment(put=(user("jane"),)))
    filler = fill(small_disk, leave=leave)
    refused_to_lock(path, "CF-LED-004")
    if existing:
        assert reads_jane(path)
    filler.unlink()
    with closing(open_file(path)) as ledger, ledger.lock(lock_info()):
        ledger.commit(Amendment(put=(user("omar"),)))


def test_a_disk_that_fills_up_during_a_run_stops_it_with_everything_recorded(small_disk: Path):
    path = small_disk / "ledger.db"
    done = 0
    with closing(open_file(path)) as ledger:
        with ledger.lock(lock_info("lock-1")):
            in_flight = [ledger.append("r1", "InviteUsers", AT, [effect(str(number))]) for number in range(50)]
            filler = fill(small_disk)
            for number, intent in enumerate(in_flight):
                outcome = Outcome(intent.id, str(number), Verdict.DONE, AT)
                ledger.commit(Amendment(put=(user(str(number)),), outcomes=(outcome,)))
            with pytest.raises(LedgerUnwritable) as caught:
                for done in range(100_000):
                    ledger.append("r1", "InviteUsers", AT, [effect(f"more-{done}", text="x" * 1000)])
            check_told(caught.value, "CF-LED-004", path)
        filler.unlink()
    with closing(open_file(path)) as ledger:
        recorded = ledger.read()
        assert len(recorded.resources) == 50
        assert [intent.effects[0].step for intent in recorded.open_intents] == [f"more-{n}" for n in range(done)]
        with ledger.lock(lock_info("lock-2")):
            ledger.commit(Amendment())


def test_what_a_killed_writer_left_is_read_on_a_full_disk(small_disk: Path):
    process = Backend("sqlite", str(small_disk)).start("work", "run")
    assert process.stdout
    said = [process.stdout.readline().strip() for _ in range(40)]
    process.kill()
    process.communicate()
    (small_disk / "state" / "ledger.db-shm").unlink()
    fill(small_disk)
    with closing(open_sqlite(str(small_disk))) as ledger:
        assert len(ledger.read().resources) >= 2 * sum(line.startswith("commit") for line in said) > 0


def test_a_file_that_may_not_grow_is_told(path: Path):
    """The limit on the size of a file is what a quota looks like to a program."""
    script = f"""
import resource, sys
from tests.ledger.test_sqlite_failures import *
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
error = refused_to_lock(Path({str(path)!r}), "CF-LED-005")
assert "quota" in error.do
"""
    pytest.importorskip("resource", reason="POSIX resource limits")
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)
    assert reads_jane(path)


# --- not what it should be


def test_a_file_that_is_no_database(tmp_path: Path):
    path = tmp_path / "ledger.db"
    path.write_text("accounts: {}\n" * 200, encoding="utf-8")
    refused_to_read(path, "CF-LED-007")
    refused_to_lock(path, "CF-LED-007")
    assert path.read_text(encoding="utf-8") == "accounts: {}\n" * 200


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path):
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as theirs:
        theirs.execute("CREATE TABLE bookmarks (url)")
    before = path.read_bytes()
    refused_to_read(path, "CF-LED-007")
    refused_to_lock(path, "CF-LED-007", LedgerError)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["scribbled over", "scribbled over at the end", "cut short"])
def test_a_damaged_file_is_told_before_anything_happens(path: Path, damage: str):
    with closing(open_file(path)) as ledger:
        ledger.commit(Amendment(put=tuple(user(f"user{number}", text="x" * 100) for number in range(2000))))
    content = bytearray(path.read_bytes())
    if damage == "cut short":
        del content[len(content) // 2 :]
    else:
        start = len(content) * 3 // 4 if "end" in damage else 4096
        content[start:] = b"\xa5" * (len(content) - start)
    path.write_bytes(content)
    with closing(open_file(path)) as ledger, pytest.raises(LedgerError) as caught:
        ledger.read()
    check_told(caught.value, "CF-LED-006", path)
    refused_to_lock(path, "CF-LED-006")
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "statement", ["UPDATE resources SET fields = '{'", "DROP TABLE resources", "UPDATE runs SET record = '{}{'"]
)
def test_a_ledger_that_somebody_edited_wrongly_is_damaged(path: Path, statement: str):
    with closing(open_file(path)) as ledger, closing(sqlite3.connect(path, isolation_level=None)) as theirs:
        theirs.execute("INSERT INTO runs (run, record) VALUES ('r', '{}')")
        theirs.execute(statement)
        with pytest.raises(LedgerError) as caught:
            (ledger.history if "runs" in statement else ledger.read)()
        check_told(caught.value, "CF-LED-006", path)


def test_a_folder_in_the_place_of_the_file(tmp_path: Path):
    (tmp_path / "ledger.db").mkdir()
    refused_to_read(tmp_path / "ledger.db", "CF-LED-003")
    refused_to_lock(tmp_path / "ledger.db", "CF-LED-003")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path):
    (tmp_path / "state").write_text("")
    refused_to_lock(tmp_path / "state" / "ledger.db", "CF-LED-003")


def test_an_empty_file_is_an_empty_ledger(tmp_path: Path):
    path = tmp_path / "ledger.db"
    path.touch()
    with closing(open_file(path)) as ledger:
        assert ledger.read() == Recorded("", 0)
        assert ledger.commit(Amendment(put=(user("jane"),))) == 1


def test_a_newer_format_is_neither_read_nor_written(path: Path):
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    refused_to_read(path, "CF-LED-009")
    assert "format 99" in refused_to_lock(path, "CF-LED-009", LedgerError).summary


def test_an_older_format_is_read_as_it_is_and_brought_up_to_date_by_the_next_writer(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    later = (
        *sqlite_schema.MIGRATIONS,
        "ALTER TABLE resources ADD COLUMN note TEXT;\nCREATE TABLE notes (note TEXT);\n",
    )
    monkeypatch.setattr(sqlite_schema, "MIGRATIONS", later)
    before = path.read_bytes()
    assert reads_jane(path)
    assert path.read_bytes() == before
    with closing(open_file(path)) as ledger, ledger.lock(lock_info()):
        assert list(ledger.read().resources) == [user("jane").address]
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA user_version").fetchone() == (len(later),)
        assert file.execute("SELECT note FROM resources").fetchall() == [(None,)]


def test_a_ledger_of_the_first_format_keeps_everything(path: Path, monkeypatch: pytest.MonkeyPatch):
    path.unlink()
    with monkeypatch.context() as back_then:
        back_then.setattr(sqlite_schema, "MIGRATIONS", sqlite_schema.MIGRATIONS[:1])
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            sqlite_schema.migrate(file, None)
            file.execute("INSERT INTO identity VALUES (1, 'lineage', 7, '2027-01-31', NULL)")
            jane = (codec.dump_address(user("jane").address), "user", "u-1", '{"license":"pro"}', 1, "2027-01-31")
            file.execute("INSERT INTO resources VALUES (?, ?, ?, ?, ?, ?)", jane)
    kept = replace(user("jane", id_="u-1", license="pro"), protected=True, applied_at="2027-01-31")
    with closing(open_file(path)) as ledger:
        assert (ledger.read().serial, dict(ledger.read().resources)) == (7, {kept.address: kept})
        confirmed = replace(kept, confirmed={"regions": Confirmation("jane", "2027-02-01")})
        assert ledger.commit(Amendment(put=(confirmed,))) == 8
        assert dict(ledger.read().resources) == {kept.address: confirmed}


# --- others at the same file


def test_a_file_that_another_program_keeps_to_itself(path: Path):
    with closing(sqlite3.connect(path, isolation_level=None)) as theirs:
        theirs.execute("BEGIN EXCLUSIVE")
        refused_to_lock(path, "CF-LED-008")
        assert reads_jane(path)


def test_a_file_that_goes_away_under_a_run_stops_it(path: Path):
    with closing(open_file(path)) as ledger, ledger.lock(lock_info()):
        path.rename(path.with_suffix(".bak"))
        for _ in ("gone", "replaced"):
            with pytest.raises(LedgerUnwritable) as caught:
                ledger.append("r1", "InviteUsers", AT, [effect("a")])
            check_told(caught.value, "CF-LED-012", path)
            shutil.copyfile(path.with_suffix(".bak"), path)


def plant_lock(path: Path, host: str) -> None:
    """The lock of a process that a kernel other than today's has run."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        info = '{"id":"lock-1","who":"jane","operation":"apply","since":"s","where":"far away"}'
        file.execute("INSERT INTO lock VALUES (1, 'lock-1', ?, ?, 'another boot')", (info, host))


def test_a_lock_from_another_machine_is_never_taken_over_but_can_be_broken(path: Path):
    plant_lock(path, "another-host")
    with closing(open_file(path)) as ledger:
        holder = ledger.holder()
        assert holder
        assert holder.where == "far away"
        with pytest.raises(LedgerLocked), ledger.lock(lock_info("lock-2")):
            pytest.fail("its process may be alive")
        assert ledger.unlock("lock-1") == holder
        with ledger.lock(lock_info("lock-2")):
            assert ledger.taken_over is None


def test_a_lock_from_before_this_machine_was_restarted_is_taken_over(path: Path):
    plant_lock(path, platform.node())
    with closing(open_file(path)) as ledger, ledger.lock(lock_info("lock-2")):
        assert ledger.taken_over
        assert ledger.taken_over.where == "far away"


def test_locks_leave_no_files_behind_not_even_after_a_kill(tmp_path: Path):
    backend = Backend("sqlite", str(tmp_path))
    for number in range(2):
        process = backend.start("hold", f"lock-{number}")
        assert process.stdin
        assert process.stdout
        process.stdin.write("go\n")
        process.stdin.flush()
        assert [process.stdout.readline() for _ in range(2)] == ["ready\n", "held\n"]
        process.kill()
        process.communicate()
    with closing(backend.open()) as ledger, ledger.lock(lock_info()):
        ledger.commit(Amendment())
    assert [file.name for file in (tmp_path / "state").iterdir()] == ["ledger.db"]


# --- size


# Only Linux counts per process what was written. Elsewhere SQLite writes the same bytes, and time, the other measure of
# them, would depend on the machine.
@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes that the kernel was given to write")
def test_one_outcome_in_a_large_ledger_writes_little(path: Path):
    with closing(open_file(path)) as ledger:
        ledger.commit(Amendment(put=tuple(user(f"user{number}", text="x" * 100) for number in range(20_000))))
        intents = [ledger.append("r1", "InviteUsers", AT, [effect(str(number))]) for number in range(100)]
        before = written()
        for number, intent in enumerate(intents):
            outcome = Outcome(intent.id, str(number), Verdict.DONE, AT)
            ledger.commit(Amendment(put=(user(f"user{number}"),), outcomes=(outcome,)))
        assert (written() - before) / 100 < 128 * 1024, "the whole record would be 5 MB"


def written() -> int:
    line = next(line for line in Path("/proc/self/io").read_text().splitlines() if line.startswith("wchar:"))
    return int(line.removeprefix("wchar:"))


def test_a_hundred_thousand_resources_come_back_as_they_were(path: Path):
    put = tuple(user(f"user{number}", id_=str(number), license="pro") for number in range(100_000))
    with closing(open_file(path)) as ledger:
        ledger.commit(Amendment(put=put, forget=(user("jane").address,)))
    with closing(open_file(path)) as ledger:
        assert dict(ledger.read().resources) == {one.address: one for one in put}


def test_the_file_does_not_grow_with_the_number_of_runs(tmp_path: Path):
    backend = Backend("sqlite", str(tmp_path))
    sizes = []
    for number in range(60):
        with closing(backend.open()) as ledger, ledger.lock(lock_info(f"lock-{number}")):
            run = RunRecord(f"r{number}", "apply", "jane", AT, None, "running")
            ledger.begin_run(run)
            effects = [effect(str(step), text="x" * 500) for step in range(200)]
            intent = ledger.append(run.run, "InviteUsers", AT, effects)
            outcomes = tuple(Outcome(intent.id, str(step), Verdict.DONE, AT) for step in range(200))
            ledger.commit(Amendment(outcomes=outcomes))
            ledger.end_run(run)
        sizes.append((tmp_path / "state" / "ledger.db").stat().st_size)
    assert sizes[-1] - sizes[10] < 64 * 1024, "the lines of the history; the journal of one run has twice as much"


# --- where it is


def test_each_environment_has_a_ledger_of_its_own(tmp_path: Path):
    for environment, name in {None: "default.db", "lab": "lab.db", "../up": "..%2Fup.db"}.items():
        ledger = open_ledger(tmp_path, State(), environment, clock=lambda: NOW, new_id=new_id)
        assert not (tmp_path / ".chimeform" / name).exists(), "nothing is made before it is needed"
        ledger.commit(Amendment())
        ledger.close()
        assert (tmp_path / ".chimeform" / name).exists()
    assert [one.name for one in tmp_path.iterdir()] == [".chimeform"]


def test_one_file_for_two_environments_is_refused(tmp_path: Path):
    state = State(path="shared.db")
    with closing(open_ledger(tmp_path, state, "prod", clock=lambda: NOW, new_id=new_id)) as prod:
        prod.commit(Amendment(put=(user("jane"),)))
    with closing(open_ledger(tmp_path, state, "lab", clock=lambda: NOW, new_id=new_id)) as lab:
        for use in (lab.read, lambda: lab.commit(Amendment()), lambda: lab.append("r", "o", AT, [effect("a")])):
            with pytest.raises(LedgerError, match=r"environment 'prod'.*environment 'lab'") as caught:
                use()
            check_told(caught.value, "CF-LED-015", tmp_path / "shared.db")
    with closing(open_ledger(tmp_path, state, "prod", clock=lambda: NOW, new_id=new_id)) as prod:
        assert prod.read().serial == 1


@dataclass
class Elsewhere:
    backend: str = "etcd"
    path: str | None = None


def test_an_unknown_backend_is_told(tmp_path: Path):
    with pytest.raises(LedgerError, match="'etcd'") as caught:
        open_ledger(tmp_path, Elsewhere(), None, clock=lambda: NOW, new_id=new_id)
    assert caught.value.code == "CF-LED-014"
