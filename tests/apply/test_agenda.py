"""The order of a run: nothing starts too early, nothing is forgotten, batches are as full as they can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chimeform.apply.agenda import Agenda
from chimeform.plan import Effect, Step


def step(name: str, *after: str, gates: Sequence[str] = (), operation: str = "CreateAccount", batch: int = 1) -> Step:
    return Step(
        id=name,
        address=name,
        kind="account",
        call=operation,
        operation=operation,
        request={},
        batch=batch,
        after=tuple(after),
        gates=tuple(gates),
        effect=Effect(),
    )


def names(agenda: Agenda, room: int = 99) -> list[list[str]]:
    return [[one.id for one in parcel.steps] for parcel in agenda.take(room)]


def test_a_step_starts_as_soon_as_its_own_needs_are_done() -> None:
    agenda = Agenda([step("a"), step("slow"), step("b", "a"), step("c", "b", "slow")])
    assert names(agenda) == [["a"], ["slow"]]
    agenda.done("a")
    assert names(agenda) == [["b"]]
    agenda.done("b")
    assert names(agenda) == []
    agenda.done("slow")
    assert names(agenda) == [["c"]]


def test_no_more_is_taken_than_there_is_room_for() -> None:
    agenda = Agenda([step(name) for name in "abcde"])
    assert names(agenda, 2) == [["a"], ["b"]]
    assert names(agenda, 0) == []
    assert names(agenda, 9) == [["c"], ["d"], ["e"]]


def test_a_part_filled_batch_waits_for_those_that_can_still_join() -> None:
    invite: Any = {"operation": "InviteUsers", "batch": 3}
    agenda = Agenda([step("first"), step("a", **invite), step("b", **invite), step("c", "first", **invite)])
    assert names(agenda) == [["first"]]
    agenda.done("first")
    assert names(agenda) == [["a", "b", "c"]]


def test_a_full_batch_does_not_wait() -> None:
    invite: Any = {"operation": "InviteUsers", "batch": 2}
    agenda = Agenda([step("first"), *(step(name, **invite) for name in "abc"), step("d", "first", **invite)])
    assert sorted(names(agenda)) == [["a", "b"], ["first"]]


def test_a_step_behind_a_closed_gate_keeps_nobody_waiting() -> None:
    invite: Any = {"operation": "InviteUsers", "batch": 3}
    agenda = Agenda([step("a", **invite), step("b", gates=["g"], **invite), step("c", "b", **invite)])
    assert names(agenda) == [["a"]]
    agenda.done("a")
    assert agenda.gates_in_the_way() == {"g"}
    assert [one.id for one in agenda.waiting] == ["b", "c"]
    agenda.open({"g"})
    assert agenda.gates_in_the_way() == set()
    assert names(agenda) == [["b"]]


def test_a_failure_takes_down_what_depends_on_it_and_nothing_else() -> None:
    agenda = Agenda([step("a"), step("b", "a"), step("c", "b"), step("other")])
    assert names(agenda) == [["a"], ["other"]]
    assert [(dropped.id, because) for dropped, because in agenda.failed("a")] == [("b", "a"), ("c", "b")]
    agenda.done("other")
    assert agenda.waiting == ()


def test_members_of_one_batch_that_need_each_other_do_not_wait_for_ever() -> None:
    batch: Any = {"operation": "BatchUpdateUser", "batch": 20}
    agenda = Agenda([step("a", **batch), step("b", "a", **batch)])
    assert names(agenda) == [["a"]]
    agenda.done("a")
    assert names(agenda) == [["b"]]


@st.composite
def plans(draw: st.DrawFn) -> list[Step]:
    count = draw(st.integers(1, 14))
    steps = []
    for place in range(count):
        after = draw(st.sets(st.integers(0, place - 1), max_size=3)) if place else set()
        gates = draw(st.sets(st.sampled_from("gh"), max_size=1))
        operation = draw(st.sampled_from(["InviteUsers", "BatchUpdateUser"]))
        names = sorted(str(one) for one in after)
        steps.append(step(str(place), *names, gates=sorted(gates), operation=operation, batch=3))
    return steps


@given(plans(), st.data())
def test_every_step_ends_exactly_once_and_never_before_what_it_needs(steps: list[Step], data: st.DataObject) -> None:
    agenda = Agenda(steps)
    by_name = {one.id: one for one in steps}
    done: list[str] = []
    failed: set[str] = set()
    lost: set[str] = set()
    opened: set[str] = set()
    running: list[str] = []
    while True:
        for parcel in agenda.take(data.draw(st.integers(1, 4))):
            assert 1 <= len(parcel.steps) <= 3
            for one in parcel.steps:
                assert set(one.after) <= set(done)
                assert set(one.gates) <= opened
                running.append(one.id)
        if running:
            name = running.pop(data.draw(st.integers(0, len(running) - 1)))
            if data.draw(st.booleans()) or data.draw(st.booleans()):
                done.append(name)
                agenda.done(name)
            else:
                failed.add(name)
                lost |= {name} | {one.id for one, _ in agenda.failed(name)}
        elif agenda.gates_in_the_way():
            gate = min(agenda.gates_in_the_way())
            opened.add(gate)
            agenda.open({gate})
        else:
            break
    assert agenda.waiting == ()
    assert sorted([*done, *lost]) == sorted(by_name)
    assert all(name in failed or lost.intersection(by_name[name].after) for name in lost)
