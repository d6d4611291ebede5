"""Which moves only give another address, which have to be made there and ended here, and where everybody goes."""

from __future__ import annotations

import pytest

from chimeform.address import Address
from chimeform.live import Unknown
from chimeform.plan import Action
from chimeform.relocation import Moves, departures

from .building import TEAM, desired, live, person, plan_of, recorded

OLD, NEW, LAB = "accounts.old", "accounts.new", "accounts.lab"


def user(account: str, name: str = "jane@acme.example") -> str:
    return f'{account}.users["{name}"]'


@pytest.mark.parametrize(
    ("moves", "relocated"),
    [
        ([(OLD, NEW)], []),
        ([(user(OLD), user(OLD, "jane.doe@acme.example"))], []),
        ([(user(OLD), user(NEW))], [user(OLD)]),
        ([(OLD, NEW), (user(OLD), user(NEW, "jane.doe@acme.example"))], []),
        ([(OLD, NEW), (user(OLD), user(LAB))], [user(OLD)]),
        ([(OLD, LAB), (LAB, NEW), (user(OLD), user(NEW))], []),
        ([('phone_numbers["+12065550100"]', 'phone_numbers["+12065550101"]')], []),
        ([(f"{OLD}.users", f"{NEW}.users")], [f"{OLD}.users"]),
        ([(OLD, NEW), (f"{OLD}.users", f"{NEW}.users")], []),
    ],
)
def test_a_move_is_a_relocation_when_the_container_is_another_one(
    moves: list[tuple[str, str]], relocated: list[str]
) -> None:
    wanted = desired({}, moved=moves)
    renamed = {str(source) for source, _ in Moves(wanted.moved).renames()}
    assert [source for source, _ in moves if source not in renamed] == relocated


def test_everybody_is_followed_to_where_the_files_have_them() -> None:
    """One moved on from the lab, one is in a collection, one never was anywhere else, and one came back."""
    jane, omar, mary = (f"{name}@acme.example" for name in ("jane", "omar", "mary"))
    wanted = desired(
        {OLD: {"name": "Old"}, NEW: {"name": "New"}, **{user(NEW, one): {} for one in (jane, omar, mary)}},
        moved=[
            (user(OLD, jane), user(LAB, jane)),
            (user(LAB, jane), user(NEW, jane)),
            (f"{OLD}.users", f"{NEW}.users"),
        ],
    )
    found = {str(old): str(new) for old, new in departures(wanted).items()}
    assert found == {
        user(OLD, jane): user(NEW, jane),
        user(LAB, jane): user(NEW, jane),
        user(OLD, omar): user(NEW, omar),
        user(OLD, mary): user(NEW, mary),
    }


def test_ten_thousand_entries_are_followed_one_by_one() -> None:
    """One look-up for each step of an address, and not one for each entry."""
    people = [f"user{place}@acme.example" for place in range(10_000)]
    wanted = desired(
        {NEW: {"name": "New"}, **{user(NEW, one): {} for one in people}},
        moved=[(user(OLD, one), user(NEW, one)) for one in people],
    )
    assert len(departures(wanted)) == 10_000


def test_nobody_is_retired_when_nobody_knows_whether_the_new_one_is_there() -> None:
    plan = plan_of(
        desired({OLD: {"name": "Old"}, NEW: {"name": "New"}, user(NEW): {}}, moved=[(user(OLD), user(NEW))]),
        recorded({OLD: {"name": "Old"}, NEW: {"name": "New"}, user(OLD): {"email": "jane@acme.example"}}),
        live(
            {
                OLD: {**TEAM, "name": "Old"},
                NEW: {**TEAM, "name": "New"},
                user(OLD): person("jane@acme.example"),
                user(NEW): Unknown("ListUsers: denied"),
            }
        ),
    )
    assert plan.steps == ()
    assert {one.address: one.reason for one in plan.unread}[user(OLD)] == (
        f"{user(NEW)}, to which it moves, could not be read"
    )


def test_nobody_is_retired_for_a_move_while_the_new_one_is_not_there() -> None:
    """Whatever else the plan does: each step against somebody who moves stands behind the making and its gate."""
    phone = 'phone_numbers["+12065550100"]'
    number = {"product": "business-calling"}
    plan = plan_of(
        desired(
            {OLD: {"name": "Old"}, NEW: {"name": "New"}, user(NEW): {"phone": "+12065550100"}, phone: number},
            moved=[(user(OLD), user(NEW))],
        ),
        recorded({OLD: {"name": "Old"}, NEW: {"name": "New"}, user(OLD): {"email": "jane@acme.example"}}),
        live(
            {
                OLD: {**TEAM, "name": "Old"},
                NEW: {**TEAM, "name": "New"},
                user(OLD): person("jane@acme.example", phone="+12065550100"),
                user(NEW): None,
                phone: {**number, "number": "+12065550100", "id": "+12065550100", "facts": {"status": "Assigned"}},
            }
        ),
    )
    leaving = [step for step in plan.steps if step.address == user(OLD)]
    assert [step.operation for step in leaving] == ["DisassociatePhoneNumberFromUser", "BatchSuspendUser"]
    for step in leaving:
        assert step.gates == (f"{user(NEW)}~accepted",)
        assert f"{user(NEW)}#InviteUsers" in step.after
    given = next(step for step in plan.steps if step.operation == "AssociatePhoneNumberWithUser")
    assert leaving[0].id in given.after
    assert {change.address: change.action for change in plan.changes}[user(OLD)] is Action.WAIT
    assert [one.operation for one in plan.runnable] == ["InviteUsers"]
    assert Address.parse(user(OLD)) in departures(desired({user(NEW): {}}, moved=[(user(OLD), user(NEW))]))
