"""What every ledger promises, with two clients on one storage. A new backend joins in `backends.py`."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from chimeform.address import Address
from chimeform.errors import LedgerError, LedgerLocked
from chimeform.journal import Outcome, Settled, Verdict
from chimeform.ledger.base import Amendment, Ledger, RunRecord, Undo, Waiver
from chimeform.recorded import Confirmation, Recorded, RecordedGate, RecordedResource
from tests.ledger.backends import Backend, effect, lock_info, user

AT = "2027-01-31T12:00:00Z"


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    opened = backend.open()
    yield opened
    opened.close()


@pytest.fixture
def other(backend: Backend) -> Iterator[Ledger]:
    opened = backend.open()
    yield opened
    opened.close()


def run(name: str, *, ended: str | None = None, result: str = "running", **counts: int) -> RunRecord:
    return RunRecord(name, "apply", "jane", AT, ended, result, counts)


def open_steps(ledger: Ledger) -> dict[int, list[str]]:
    return {intent.id: [one.step for one in intent.effects] for intent in ledger.read().open_intents}


# --- the record


def test_a_ledger_that_was_never_written_is_empty_and_stays_so_when_read(ledger: Ledger, other: Ledger):
    assert ledger.read() == Recorded("", 0)
    assert list(ledger.history()) == []
    assert ledger.holder() is None
    assert other.read() == Recorded("", 0)


def test_the_other_client_reads_exactly_what_was_put(ledger: Ledger, other: Ledger):
    odd = RecordedResource(
        Address(("accounts", 'the "big" one', "users", "Zoë.\\[x]@пример.example")),
        "user",
        "12a3456b",
        {"name": "Zoë 🚀", "nested": {"list": [1, 2.5, None, True]}, "lone": "\udc80"},
        protected=True,
        applied_at=AT,
    )
    ledger.commit(Amendment(put=(odd, user("jane", license="pro"))))
    assert dict(other.read().resources) == {odd.address: odd, user("jane").address: user("jane", license="pro")}


def test_what_people_confirmed_is_remembered_with_who_and_when(ledger: Ledger, other: Ledger):
    told = {"regions": Confirmation("Zoë", AT), "slack_sign_in": Confirmation("omar", AT)}
    ledger.commit(Amendment(put=(replace(user("jane", regions=["us-east-1"]), confirmed=told), user("omar"))))
    read = other.read().resources
    assert read[user("jane").address].confirmed == told
    assert read[user("omar").address].confirmed == {}
    ledger.commit(Amendment(put=(user("jane"),)))
    assert other.read().resources[user("jane").address].confirmed == {}


def test_a_put_replaces_and_forget_removes_what_it_names_only(ledger: Ledger, other: Ledger):
    ledger.commit(Amendment(put=(user("jane", license="pro"), user("omar"), user("li"))))
    ledger.commit(
        Amendment(put=(user("jane", license="basic"),), forget=(user("omar").address, user("no one").address))
    )
    assert dict(other.read().resources) == {
        user("jane").address: user("jane", license="basic"),
        user("li").address: user("li"),
    }


def test_an_address_that_is_forgotten_and_put_in_one_commit_is_there(ledger: Ledger):
    ledger.commit(Amendment(put=(user("jane", license="pro"),)))
    ledger.commit(Amendment(put=(user("jane", license="basic"),), forget=(user("jane").address,)))
    assert ledger.read().resources[user("jane").address].values == {"license": "basic"}


def test_the_lineage_comes_with_the_first_record_and_stays(backend: Backend, ledger: Ledger, other: Ledger):
    with ledger.lock(lock_info()):
        ledger.begin_run(run("r1"))
        assert ledger.read().lineage == "", "a plan made before the first apply must still fit once the lock is held"
        ledger.append("r1", "InviteUsers", AT, [effect("a")])
        lineage = ledger.read().lineage
        assert lineage
    other.commit(Amendment(put=(user("jane"),)))
    assert other.read().lineage == ledger.read().lineage == lineage


def test_the_serial_grows_with_commits_and_with_nothing_else(ledger: Ledger, other: Ledger):
    assert ledger.commit(Amendment()) == 1
    with ledger.lock(lock_info()):
        ledger.begin_run(run("r1"))
        ledger.append("r1", "InviteUsers", AT, [effect("a")])
        ledger.end_run(run("r1", ended=AT, result="done"))
    assert other.read().serial == 1
    assert other.commit(Amendment()) == 2
    assert ledger.commit(Amendment()) == 3


def test_gates_are_replaced_as_a_whole_or_left(ledger: Ledger, other: Ledger):
    first, second = (RecordedGate(name, user(name).address, AT) for name in ("invitee:jane", "invitee:omar"))
    ledger.commit(Amendment(gates=(first, second)))
    ledger.commit(Amendment(put=(user("jane"),)))
    assert dict(other.read().gates) == {first.id: first, second.id: second}
    ledger.commit(Amendment(gates=(second,)))
    assert dict(other.read().gates) == {second.id: second}
    ledger.commit(Amendment(gates=()))
    assert not other.read().gates


# --- the journal


def test_an_intent_is_open_until_each_of_its_steps_is_done_or_failed(ledger: Ledger, other: Ledger):
    intent = ledger.append(
        "r1", "InviteUsers", AT, [effect("a", license="pro"), effect("b"), effect("c", exists=False)]
    )
    assert other.read().open_intents == (intent,)
    ledger.commit(Amendment(outcomes=(Outcome(intent.id, "a", Verdict.DONE, AT, id="1"),)))
    assert open_steps(other) == {intent.id: ["b", "c"]}
    ledger.commit(Amendment(outcomes=(Outcome(intent.id, "c", Verdict.FAILED, AT, error="no such user"),)))
    assert open_steps(other) == {intent.id: ["b"]}
    ledger.commit(Amendment(outcomes=(Outcome(intent.id, "b", Verdict.DONE, AT),)))
    assert open_steps(other) == {}


@pytest.mark.parametrize("happened", [True, False])
def test_a_lost_answer_stays_open_until_somebody_has_looked(ledger: Ledger, other: Ledger, happened: bool):
    intent = ledger.append("r1", "InviteUsers", AT, [effect("a")])
    ledger.commit(Amendment(outcomes=(Outcome(intent.id, "a", Verdict.UNKNOWN, AT, error="timed out"),)))
    assert open_steps(other) == {intent.id: ["a"]}
    other.commit(Amendment(settled=(Settled(intent.id, "a", happened, AT),)))
    assert open_steps(ledger) == {}


def test_a_lost_answer_does_not_open_a_step_again(ledger: Ledger):
    intent = ledger.append("r1", "InviteUsers", AT, [effect("a")])
    ledger.commit(Amendment(outcomes=(Outcome(intent.id, "a", Verdict.DONE, AT),)))
    ledger.commit(Amendment(outcomes=(Outcome(intent.id, "a", Verdict.UNKNOWN, AT),)))
    assert open_steps(ledger) == {}


def test_steps_of_one_name_in_two_intents_are_two(ledger: Ledger):
    first, second = (ledger.append("r1", "InviteUsers", AT, [effect("a")]) for _ in range(2))
    ledger.commit(Amendment(outcomes=(Outcome(first.id, "a", Verdict.DONE, AT),)))
    assert open_steps(ledger) == {second.id: ["a"]}


@pytest.mark.parametrize(("intent", "step"), [(1, "never announced"), (99, "a")])
def test_an_outcome_of_what_nobody_announced_is_refused_with_all_of_its_commit(ledger: Ledger, intent: int, step: str):
    ledger.append("r1", "InviteUsers", AT, [effect("a")])
    before = ledger.read()
    with pytest.raises(LedgerError, match=f"intent {intent} with the step '{step}'"):
        ledger.commit(Amendment(put=(user("jane"),), outcomes=(Outcome(intent, step, Verdict.DONE, AT),)))
    assert ledger.read() == before


def test_a_commit_that_cannot_be_kept_whole_is_not_kept_at_all(ledger: Ledger, other: Ledger):
    ledger.commit(Amendment(put=(user("jane"),)))
    before = other.read()
    with pytest.raises(TypeError):
        ledger.commit(Amendment(forget=(user("jane").address,), put=(user("omar"), user("li", value=object()))))
    assert other.read() == ledger.read() == before


# --- history


def test_history_is_newest_first_and_a_run_has_one_line(ledger: Ledger, other: Ledger):
    ledger.begin_run(run("r1"))
    ledger.end_run(run("r1", ended=AT, result="done", done=3))
    ledger.begin_run(run("r2"))
    assert list(other.history()) == [run("r2"), run("r1", ended=AT, result="done", done=3)]
    assert list(other.history(limit=1)) == [run("r2")]
    waived = replace(run("r3"), waivers=(Waiver("freeze", "CHG1", ("changes are frozen",)),))
    ledger.begin_run(waived)
    assert list(other.history(limit=1)) == [waived]
    done_once = replace(run("r4"), operation="do logout", about=(str(user("jane").address), str(user("omar").address)))
    ledger.begin_run(done_once)
    assert list(other.history(limit=1)) == [done_once]


def test_a_correction_keeps_what_takes_it_back(ledger: Ledger, other: Ledger):
    jane, omar = user("jane"), replace(user("omar"), confirmed={"mapped": Confirmation("jane", AT)})
    gates = (RecordedGate("g", jane.address, AT), RecordedGate("h", omar.address, AT))
    ledger.commit(Amendment(put=(jane, omar), gates=gates))
    before = ledger.read()
    amendment = Amendment(put=(replace(jane, id="other"), user("new")), forget=(omar.address,), gates=())
    serial = ledger.commit(amendment)
    ledger.begin_run(replace(run("r1", ended=AT, result="done"), undo=Undo(serial, amendment.inverse(before))))
    (line,) = other.history()
    assert line.undo is not None
    assert line.undo.serial == other.read().serial
    other.commit(line.undo.amendment)
    assert replace(ledger.read(), serial=before.serial) == before


def test_the_journal_of_old_runs_is_trimmed_but_not_what_is_open_nor_the_history(backend: Backend, ledger: Ledger):
    forgotten = ledger.append("r0", "InviteUsers", AT, [effect("lost"), effect("fine")])
    ledger.commit(Amendment(outcomes=(Outcome(forgotten.id, "fine", Verdict.DONE, AT),)))
    intents = {}
    for name in ("r0", "r1", "r2", "r3", "r4"):
        ledger.begin_run(run(name))
        intents[name] = ledger.append(name, "InviteUsers", AT, [effect("a")])
        ledger.commit(Amendment(outcomes=(Outcome(intents[name].id, "a", Verdict.DONE, AT),)))
        ledger.end_run(run(name, ended=AT, result="done"))
    assert open_steps(ledger) == {forgotten.id: ["lost"]}
    assert [line.run for line in ledger.history()] == ["r4", "r3", "r2", "r1", "r0"]
    # a trimmed intent is no longer known, a kept one is
    for name, kept in {"r1": False, "r2": True, "r4": True}.items():
        amendment = Amendment(outcomes=(Outcome(intents[name].id, "a", Verdict.DONE, AT),))
        if kept:
            ledger.commit(amendment)
        else:
            with pytest.raises(LedgerError):
                ledger.commit(amendment)
    assert ledger.append("r5", "InviteUsers", AT, [effect("a")]).id > intents["r4"].id, "ids are never used twice"


# --- the lock


def test_a_second_locker_is_told_who_what_since_where_and_how_to_break_it(ledger: Ledger, other: Ledger):
    with ledger.lock(lock_info("lock-1")):
        assert other.holder() == lock_info("lock-1")
        with pytest.raises(LedgerLocked) as caught, other.lock(lock_info("lock-2", who="omar")):
            pytest.fail("two hold the ledger")
        for part in ("jane", "apply", AT, "build-7", "lock-1"):
            assert part in caught.value.summary
        assert "chimeform state unlock lock-1" in caught.value.do
        assert ledger.holder() == lock_info("lock-1"), "being refused breaks nothing"
        ledger.commit(Amendment())
    assert ledger.holder() is None
    with other.lock(lock_info("lock-3")):
        assert other.taken_over is None


def test_the_lock_goes_with_the_block_also_when_it_fails(ledger: Ledger, other: Ledger):
    with pytest.raises(ZeroDivisionError), ledger.lock(lock_info()):
        raise ZeroDivisionError
    with other.lock(lock_info("lock-2")):
        assert other.holder() == lock_info("lock-2")


def test_one_client_cannot_lock_twice(ledger: Ledger):
    with ledger.lock(lock_info()):
        with pytest.raises(LedgerLocked), ledger.lock(lock_info("lock-2")):
            pytest.fail("two hold the ledger")
        ledger.commit(Amendment())


def test_nobody_writes_under_the_holder(ledger: Ledger, other: Ledger):
    with ledger.lock(lock_info()):
        for write in (
            lambda: other.commit(Amendment(put=(user("jane"),))),
            lambda: other.append("r1", "InviteUsers", AT, [effect("a")]),
            lambda: other.begin_run(run("r1")),
            lambda: other.end_run(run("r1")),
        ):
            with pytest.raises(LedgerLocked, match="jane on build-7"):
                write()
    assert ledger.read() == Recorded("", 0)
    assert not ledger.history()


def test_a_broken_lock_cannot_be_written_under_any_more(ledger: Ledger, other: Ledger):
    with ledger.lock(lock_info("lock-1")):
        assert other.unlock("lock-1") == lock_info("lock-1")
        with pytest.raises(LedgerLocked, match="no longer holds"):
            ledger.append("r1", "InviteUsers", AT, [effect("a")])
        with other.lock(lock_info("lock-2", who="omar")):
            with pytest.raises(LedgerLocked, match="no longer holds") as caught:
                ledger.commit(Amendment(put=(user("jane"),)))
            assert "omar" in caught.value.why
            other.commit(Amendment(put=(user("omar"),)))
    with ledger.lock(lock_info("lock-3")):
        assert list(ledger.read().resources) == [user("omar").address]


def test_the_end_of_a_broken_lock_does_not_release_the_next_one(ledger: Ledger, other: Ledger):
    with ExitStack() as second:
        with ledger.lock(lock_info("lock-1")):
            other.unlock("lock-1")
            second.enter_context(other.lock(lock_info("lock-2")))
        assert ledger.holder() == lock_info("lock-2")


def test_unlock_breaks_only_the_lock_that_is_named(ledger: Ledger, other: Ledger):
    with pytest.raises(LedgerError, match="not locked"):
        other.unlock("lock-1")
    with ledger.lock(lock_info("lock-1")):
        with pytest.raises(LedgerError, match="not locked by 'lock-2'") as caught:
            other.unlock("lock-2")
        assert "lock-1" in caught.value.why
        ledger.commit(Amendment())


# --- processes


def answer(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdin
    process.stdin.write(text)
    process.stdin.flush()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()
    assert process.returncode == 0


def kill(process: subprocess.Popen[str]) -> list[str]:
    """Ends it without a chance to clean up; what it had said before."""
    process.kill()
    said, _ = process.communicate()
    return said.splitlines()


@pytest.mark.parametrize("fresh", [True, False])
def test_of_many_processes_exactly_one_proceeds(backend: Backend, ledger: Ledger, fresh: bool):
    if not fresh:
        ledger.commit(Amendment(put=(user("jane"),)))
    processes = [backend.start("hold", f"lock-{number}") for number in range(5)]
    assert [answer(process) for process in processes] == ["ready"] * 5
    for process in processes:
        tell(process, "go\n")
    answers = [answer(process) for process in processes]
    assert sorted(answers) == ["held", "locked", "locked", "locked", "locked"]
    holder = ledger.holder()
    assert holder
    assert holder.id == f"lock-{answers.index('held')}"
    for process in processes:
        end(process)
    assert ledger.holder() is None


def test_the_lock_of_a_killed_process_is_taken_over_and_said_so(backend: Backend, ledger: Ledger):
    process = backend.start("hold", "lock-of-the-dead")
    tell(process, "go\n")
    assert [answer(process), answer(process)] == ["ready", "held"]
    with pytest.raises(LedgerLocked, match="lock-of-the-dead"), ledger.lock(lock_info()):
        pytest.fail("two hold the ledger")
    kill(process)
    assert ledger.holder() is None
    with ledger.lock(lock_info()):
        assert ledger.taken_over == lock_info("lock-of-the-dead")
        ledger.commit(Amendment())
    with ledger.lock(lock_info("lock-2")):
        assert ledger.taken_over is None


def test_a_process_killed_at_any_moment_leaves_all_that_it_was_told_is_kept_and_nothing_half(backend: Backend):
    """Each trial goes on with the ledger that the killed one left, without anybody's help."""
    chance = random.Random(20270131)
    appended: set[str] = set()
    committed: set[str] = set()
    for trial in range(25):
        process = backend.start("work", f"run{trial}")
        said = [answer(process) for _ in range(chance.randint(1, 60))]
        said += kill(process)
        appended |= {line.removeprefix("append ") for line in said if line.startswith("append ")}
        committed |= {line.removeprefix("commit ") for line in said if line.startswith("commit ")}
        ledger = backend.open()
        recorded = ledger.read()
        ledger.close()
        names = {address.name.removesuffix("@acme.example") for address in recorded.resources}
        left = {name.removesuffix("-left") for name in names if name.endswith("-left")}
        right = {name.removesuffix("-right") for name in names if name.endswith("-right")}
        opened = {one.step for intent in recorded.open_intents for one in intent.effects}
        assert left == right, "half a commit"
        assert committed <= left, "a commit that had returned is lost"
        assert appended <= left | opened, "an intent that had returned is lost"
        assert not left & opened, "a record without its outcome"
        assert recorded.serial == len(left)


def test_a_reader_sees_whole_commits_while_others_come_and_go(backend: Backend, ledger: Ledger):
    ledger.commit(Amendment(put=tuple(user(f"user{number}", number=0) for number in range(3000))))
    ledger.close()
    process = backend.start("rewrite", "3000")
    seen: set[int] = set()
    while len(seen) < 12:
        recorded = ledger.read()
        assert len(recorded.resources) == 3000
        numbers = {one.values["number"] for one in recorded.resources.values()}
        assert numbers == {recorded.serial - 1}, "a part of a commit, or of two"
        seen |= numbers
    kill(process)
