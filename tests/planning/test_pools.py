"""The stage that turns pools into numbers, for any world: counts are kept, and what somebody has stays hers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeform.address import Address
from chimeform.language.desired import Desired
from chimeform.live import Absent, Live, Unknown
from chimeform.pools import Draw, Filled, Offer, completed, draw
from chimeform.recorded import Recorded

from .building import ACCOUNT, ENTERPRISE, desired, live, number, person, recorded

POOL = Address(("phone_pools", "west"))
PEOPLE = [f"p{place}@acme.example" for place in range(4)]
STOCK = [f"+12065550{place}" for place in range(100, 108)]
NEW = tuple(f"+12065559{place}" for place in range(100, 120))


def at(email: str) -> str:
    return f'{ACCOUNT}.users["{email}"]'


def of(name: str) -> str:
    return f'phone_numbers["{name}"]'


def files(count: int, takers: Sequence[str], people: Sequence[str] = PEOPLE) -> Desired:
    pool = {"product": "business-calling", "search": {"area_code": "206"}, "count": count}
    users = {at(email): {"phone": {"pool": "west"}} if email in takers else {} for email in people}
    return desired({ACCOUNT: {"name": "Acme"}, "phone_pools.west": pool, **users})


def world(states: Mapping[str, str], holders: Mapping[str, str], ours: Sequence[str]) -> tuple[Recorded, Live]:
    """`states`: number → `free`, `queued` or `ordered`; `holders`: e-mail → number; `ours`: recorded in the pool."""
    status = {"free": "Unassigned", "queued": "DeleteInProgress", "ordered": "AcquireInProgress"}
    seen = {of(name): number(name, facts={"status": status[state]}) for name, state in states.items()}
    people = {at(email): person(email, **({"phone": holders[email]} if email in holders else {})) for email in PEOPLE}
    record = {of(name): {"id": name, "number": name, "pool": "west"} for name in ours}
    readings = {name: values for name, values in seen.items() if name in record}
    others = {name: values for name, values in seen.items() if name not in record}
    return recorded({**record, ACCOUNT: {}}), live({ACCOUNT: ENTERPRISE, **people, **readings}, unmanaged=others)


def filled(drawn: Draw) -> Filled:
    (share,) = drawn.shares
    return completed(drawn, {POOL: Offer(NEW[: share.lacks])})


def phones(found: Filled, takers: Sequence[str]) -> dict[str, Any]:
    return {email: getattr(found.desired.spec(Address.parse(at(email))), "phone", None) for email in takers}


def names(found: Filled) -> list[str]:
    return [address.name for address in found.members[POOL]]


@st.composite
def worlds(draw_from: Any) -> tuple[int, list[str], dict[str, str], dict[str, str], list[str]]:
    stock = draw_from(st.lists(st.sampled_from(STOCK), unique=True))
    states = {name: draw_from(st.sampled_from(["free", "queued", "ordered"])) for name in stock}
    free = [name for name in stock if states[name] == "free"]
    holding = draw_from(st.lists(st.sampled_from(PEOPLE), unique=True, max_size=len(free)))
    holders = dict(zip(holding, draw_from(st.permutations(free)) if free else [], strict=False))
    takers = draw_from(st.lists(st.sampled_from(PEOPLE), unique=True))
    ours = draw_from(st.lists(st.sampled_from(stock), unique=True)) if stock else []
    return draw_from(st.integers(len(takers), 8)), sorted(takers), states, holders, ours


bounded = settings(max_examples=200, deadline=None, derandomize=True, database=None)


@bounded
@given(worlds())
def test_any_pool(case: tuple[int, list[str], dict[str, str], dict[str, str], list[str]]):
    count, takers, states, holders, ours = case
    record, seen = world(states, holders, ours)
    drawn = draw(files(count, takers), record, seen)
    (share,), found = drawn.shares, filled(drawn)
    members, given_out = names(found), phones(found, takers)

    assert len(set(members)) == len(members)
    assert len(members) == count or (share.held and len(members) > count), "as many as the files say, or a refusal"
    assert bool(found.refusals) == bool(share.held)
    for email, name in holders.items():
        if name in ours and email not in takers:
            assert name in members, "nothing in the plan takes it away from her"
        if email in takers and name in members:
            assert given_out[email] == name, "what somebody has stays hers"
    got = [name for name in given_out.values() if name in members]
    assert len(set(got)) == len(got), "nobody shares a number"
    taken = {name for email, name in holders.items() if email not in takers}
    assert not taken.intersection(got)

    backwards = draw(files(count, takers[::-1], PEOPLE[::-1]), record, seen)
    assert (names(filled(backwards)), phones(filled(backwards), takers)) == (members, given_out)


@bounded
@given(worlds())
def test_what_was_applied_is_left_alone(case: tuple[int, list[str], dict[str, str], dict[str, str], list[str]]):
    count, takers, states, holders, ours = case
    first = filled(draw(files(count, takers), *world(states, holders, ours)))
    members, given_out = names(first), phones(first, takers)
    others = {email: name for email, name in holders.items() if email not in takers}
    record, seen = world(dict.fromkeys(members, "free"), {**others, **given_out}, members)
    again = draw(files(count, takers), record, seen)
    assert again.shares[0].lacks == 0
    assert (names(filled(again)), phones(filled(again), takers)) == (members, given_out)


@pytest.mark.parametrize("state", ["free", "queued"])
def test_two_pools_of_one_sort_do_not_take_the_same_number(state: str) -> None:
    pool = {"product": "business-calling", "search": {"area_code": "206"}, "count": 1}
    record, seen = world(dict.fromkeys(STOCK[:2], state), {}, ())
    drawn = draw(desired({"phone_pools.east": pool, "phone_pools.west": pool}), record, seen)
    assert [share.members for share in drawn.shares] == [(STOCK[0],), (STOCK[1],)]


def test_who_moves_to_another_account_brings_her_number() -> None:
    old, pool = 'accounts.old.users["p1@acme.example"]', {"search": {"area_code": "206"}, "count": 2}
    taker = {"phone": {"pool": "west"}}
    wanted = desired(
        {
            ACCOUNT: {"name": "Acme"},
            "phone_pools.west": {"product": "business-calling", **pool},
            **{at(email): taker for email in PEOPLE[:2]},
        },
        moved=[(old, at(PEOPLE[1]))],
    )
    record, seen = world(dict.fromkeys(STOCK[:2], "free"), {}, STOCK[:2])
    readings = {
        **seen.readings,
        Address.parse(old): live({old: person(PEOPLE[1], phone=STOCK[0])}).readings[Address.parse(old)],
    }
    readings[Address.parse(at(PEOPLE[1]))] = Absent()
    with_old = recorded({old: {"email": PEOPLE[1], "phone": STOCK[0]}}).resources
    found = filled(draw(wanted, Recorded("lineage", 7, {**record.resources, **with_old}), Live(readings, (), seen.at)))
    assert phones(found, PEOPLE[:2]) == {PEOPLE[0]: STOCK[1], PEOPLE[1]: STOCK[0]}


def test_what_could_not_be_read_is_not_gone() -> None:
    record, seen = world({STOCK[0]: "free"}, {}, STOCK[:1])
    unread = {
        address: Unknown("throttled") if address.name == STOCK[0] else one for address, one in seen.readings.items()
    }
    (share,) = draw(files(1, []), record, Live(unread, (), seen.at)).shares
    assert (share.members, share.lacks) == ((STOCK[0],), 0)


@pytest.mark.parametrize(("search", "name", "facts", "covers"), [
    ({"area_code": "206"}, "+12065550100", (None, None), True),
    ({"area_code": "206"}, "+14255550100", ("US", "Local"), False),
    ({"toll_free_prefix": "844"}, "+18445550100", (None, None), True),
    ({"city": "Seattle", "state": "WA"}, "+12065550100", ("US", "Local"), None),
    ({"state": "WA"}, "+18445550100", ("US", "TollFree"), False),
    ({"state": "WA"}, "+14165550100", ("CA", "Local"), False),
    ({"country": "CA", "type": "local"}, "+14165550100", ("CA", "Local"), True),
    ({"country": "CA", "type": "local"}, "+14165550100", (None, None), None),
    ({"country": "CA", "type": "toll-free"}, "+14165550100", ("CA", "Local"), False),
    ({"country": "DK", "type": "local"}, "+12065550100", ("US", "Local"), False),
])  # fmt: skip
def test_what_a_number_tells_of_itself(search: dict[str, str], name: str, facts: tuple[Any, Any], covers: bool | None):
    from chimeform.resources.phone_pool import Search

    assert Search.model_validate(search).covers(name, *facts) is covers
