"""Drift from plain values: what counts, what does not, and that every difference is told exactly once."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeform.address import Address
from chimeform.detection import as_applied, detect
from chimeform.drift import Attribution, Drift, DriftedFact, Happened, InFiles, Standing, attributed
from chimeform.journal import Intent, PlannedEffect
from chimeform.language.desired import Desired
from chimeform.live import Ambiguous, Live, Unknown
from chimeform.planner import Selection
from chimeform.recorded import Confirmation, Recorded, RecordedGate
from tests.planning.building import (
    ACCOUNT,
    BOT,
    ENTERPRISE,
    JANE,
    MEMBER,
    NOW,
    NUMBER,
    OMAR,
    OTHER,
    TEAM,
    desired,
    live,
    plan_of,
    recorded,
)

APPLIED = (NOW - timedelta(days=3)).isoformat()
LAST_APPLY = (NOW - timedelta(days=2)).isoformat()
MEETINGS = f"{ACCOUNT}.meetings"
RETENTION = f"{ACCOUNT}.retention"
DOMAIN = f'{ACCOUNT}.domains["acme.example"]'


def drift_of(wanted: Desired, record: Recorded, world: Live, since: Any = None, **selection: Any) -> Drift:
    return detect(
        wanted,
        record,
        world,
        plan_of(wanted, record, world),
        selection=Selection(**selection),
        since=since,
        last_apply=LAST_APPLY,
    )


def applied(resources: Mapping[str, Mapping[str, Any]]) -> Recorded:
    return recorded(resources, applied_at=APPLIED)


def entries(drift: Drift) -> list[tuple[str, str, str | None]]:
    """Each difference: what happened, where, and the field of a change."""
    return [
        (one.happened.value, one.address, field)
        for one in drift.objects
        for field in names(each.name for each in one.fields)
    ]


def names(fields: Iterable[str]) -> list[str | None]:
    """The fields, or None for the whole object."""
    return [*fields] or [None]


# ---------------------------------------------------------------- worlds in which anything may have happened


@dataclass(frozen=True)
class Thing:
    """An object as it was applied, and other values that its fields may get."""

    applied: Mapping[str, Any]
    others: Mapping[str, Any]
    facts: Mapping[str, Any]
    key: str | None = None

    def written(self, edited: set[str]) -> dict[str, Any]:
        """As the files write it."""
        return {name: value for name, value in self.values(edited).items() if name != self.key}

    def values(self, changed: set[str]) -> dict[str, Any]:
        return {name: self.others[name] if name in changed else value for name, value in self.applied.items()}


def person(email: str) -> Thing:
    values = {"email": email, "license": "pro", "suspended": False}
    return Thing(values, {"license": "basic", "suspended": True}, MEMBER, "email")


def phone(e164: str) -> Thing:
    values = {"number": e164, "product": "business-calling", "calling_name": "Acme Sales"}
    return Thing(values, {"product": "voice-connector", "calling_name": "Acme"}, {"status": "Unassigned"}, "number")


THINGS = {
    ACCOUNT: Thing(
        {"name": "Acme", "default_license": "pro"},
        {"name": "Acme Two", "default_license": "basic"},
        {"type": "EnterpriseLWA"},
    ),
    MEETINGS: Thing(
        {"call_me": True, "screen_sharing_control": False}, {"call_me": False, "screen_sharing_control": True}, {}
    ),
    JANE: person("jane@acme.example"),
    OMAR: person("omar@acme.example"),
    BOT: Thing({"display_name": "HelpDesk", "domain": "acme.example", "disabled": False}, {"disabled": True}, {}),
    NUMBER: phone("+12065550100"),
    OTHER: phone("+12065550101"),
}


@dataclass(frozen=True)
class Story:
    """What somebody changed or took away there, and what was edited here."""

    changed: Mapping[str, set[str]]
    missing: frozenset[str]
    edited: Mapping[str, set[str]]
    undeclared: frozenset[str]

    @property
    def gone(self) -> set[str]:
        """With what went along."""
        return {one for one in THINGS if one in self.missing or (ACCOUNT in self.missing and one.startswith(ACCOUNT))}

    def desired(self) -> Desired:
        return desired(
            {name: thing.written(self.edited[name]) for name, thing in THINGS.items() if name not in self.undeclared}
        )

    def recorded(self) -> Recorded:
        return applied({name: thing.applied for name, thing in THINGS.items()})

    def live(self) -> Live:
        return live(
            {
                name: None if name in self.gone else {**thing.values(self.changed[name]), "facts": thing.facts}
                for name, thing in THINGS.items()
            }
        )

    def drift(self, **options: Any) -> Drift:
        return drift_of(self.desired(), self.recorded(), self.live(), **options)


def some_fields() -> st.SearchStrategy[dict[str, set[str]]]:
    return st.fixed_dictionaries({name: st.sets(st.sampled_from(sorted(one.others))) for name, one in THINGS.items()})


def some_things() -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(sorted(THINGS)))


stories = st.builds(Story, some_fields(), some_things(), some_fields(), some_things())
bounded = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@bounded
@given(edited=some_fields(), undeclared=some_things())
def test_what_nobody_touched_has_not_drifted_whatever_the_files_say(
    edited: Mapping[str, set[str]], undeclared: frozenset[str]
) -> None:
    drift = Story({name: set() for name in THINGS}, frozenset(), edited, undeclared).drift()
    assert drift.objects == ()
    assert drift.is_empty
    told = {(one.address, field) for one in drift.edits for field in names(each.name for each in one.fields)}
    assert told == {(name, field) for name in THINGS for field in ([None] if name in undeclared else edited[name])}


@bounded
@given(stories)
def test_every_difference_has_exactly_one_entry(story: Story) -> None:
    expected: list[tuple[str, str, str | None]] = [("missing", name, None) for name in story.gone]
    expected += [("changed", name, field) for name in THINGS if name not in story.gone for field in story.changed[name]]
    assert sorted(entries(story.drift()), key=str) == sorted(expected, key=str)


@bounded
@given(stories)
def test_the_files_only_say_what_becomes_of_it(story: Story) -> None:
    for one in story.drift().objects:
        for field in one.fields:
            is_edited = field.name in story.edited[one.address]
            said = InFiles.AS_LIVE if is_edited else InFiles.AS_APPLIED
            assert field.files is (InFiles.NOTHING if one.address in story.undeclared else said)
    told = story.drift(since="last-apply")
    assert told.objects == story.drift().objects
    assert told.edits == ()


@bounded
@given(stories, st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_of_listings_and_files(story: Story, chance: random.Random) -> None:
    def shuffled(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(chance.sample(sorted(mapping.items()), len(mapping)))

    wanted, record, world = story.desired(), story.recorded(), story.live()
    again = drift_of(
        replace(wanted, declarations=shuffled(wanted.declarations)),
        replace(record, resources=shuffled(record.resources)),
        replace(world, readings=shuffled(world.readings)),
    )
    assert again.to_json() == story.drift().to_json()


@bounded
@given(stories)
def test_everybody_is_asked_once_about_each_difference(story: Story) -> None:
    asked: list[DriftedFact] = []

    def attribute(fact: DriftedFact) -> Attribution | None:
        asked.append(fact)
        return Attribution(f"who {len(asked)}", "", APPLIED, "", "API", "Update", str(len(asked)))

    drift = story.drift()
    told = attributed(drift, attribute)
    assert [(fact.happened.value, str(fact.address), fact.field) for fact in asked] == entries(drift)
    assert told.is_attributed
    authors = [each for one in told.objects for each in (one.attribution, *(field.attribution for field in one.fields))]
    assert [one.who for one in authors if one] == [f"who {number}" for number in range(1, len(asked) + 1)]
    assert not drift.is_attributed


@bounded
@given(stories, some_things())
def test_a_part_is_told_as_the_whole_tells_it(story: Story, chosen: frozenset[str]) -> None:
    part = story.drift(targets=tuple(sorted(chosen)))
    selection = Selection(targets=tuple(sorted(chosen)))
    expected = [one for one in story.drift().objects if selection.selects(Address.parse(one.address))]
    assert list(part.objects) == expected


# ---------------------------------------------------------------- objects


def world(values: Mapping[str, Any] | None, **facts: Any) -> Live:
    return live({NUMBER: values if values is None else {**values, "facts": {"status": "Unassigned", **facts}}})


PHONE = THINGS[NUMBER]
WRITTEN = {NUMBER: PHONE.written(set())}
RECORD = applied({NUMBER: {"id": "+12065550100", **PHONE.applied}})


def test_a_number_in_the_deletion_queue_is_retired_there() -> None:
    drift = drift_of(
        desired(WRITTEN), RECORD, world({"id": "+12065550100", **PHONE.applied}, status="DeleteInProgress")
    )
    (one,) = drift.objects
    assert (one.happened, one.severity, one.fields) == (Happened.RETIRED, "destructive", ())
    assert [each.last_undo for each in one.consequences] == [None], "nobody has seen when it happened"


def test_another_object_of_the_same_name_is_a_replacement() -> None:
    drift = drift_of(
        desired({ACCOUNT: {"name": "Acme"}}),
        applied({ACCOUNT: {"id": "a-1", "name": "Acme"}}),
        live({ACCOUNT: {"id": "a-2", "name": "Acme", "facts": {"type": "Team"}}}),
    )
    (one,) = drift.objects
    assert (one.happened, one.id, one.severity) == (Happened.REPLACED, "a-2", "caution")
    assert "a-1" in one.reason


def test_an_id_that_is_learnt_later_is_no_drift() -> None:
    record = applied({JANE: {"id": None, "email": "jane@acme.example", "suspended": False}})
    seen = live({JANE: {"id": "u-1", "email": "Jane@Acme.example", "suspended": False, "facts": MEMBER}})
    assert drift_of(desired({JANE: {}}), record, seen).is_empty, "and names are compared as the service does"


def test_a_change_is_as_severe_as_what_it_means_for_people() -> None:
    seen = live({ACCOUNT: ENTERPRISE, RETENTION: {"id": None, "rooms": 7}})
    record = applied({RETENTION: {"id": None, "rooms": 365}})
    (one,) = drift_of(desired({RETENTION: {"rooms": "1 year"}}), record, seen).objects
    assert [each.name for each in one.consequences] == ["chat-deletion"]
    assert one.severity == "destructive"
    assert [(each.applied_text, each.live_text) for each in one.fields] == [("1 year", "1 week")]
    (back,) = drift_of(
        desired({RETENTION: {"rooms": "1 week"}}),
        applied({RETENTION: {"id": None, "rooms": 7}}),
        live({ACCOUNT: ENTERPRISE, RETENTION: {"id": None, "rooms": 365}}),
    ).objects
    assert (back.severity, back.consequences) == ("notice", ())


def test_what_was_true_before_is_no_consequence_of_a_change() -> None:
    """Somebody who was suspended by an apply is not signed out again by a new licence."""
    values = {"email": "jane@acme.example", "license": "basic", "suspended": True}
    (one,) = drift_of(
        desired({JANE: {"license": "basic", "suspended": True}}),
        applied({JANE: values}),
        live({ACCOUNT: ENTERPRISE, JANE: {**values, "license": "pro", "facts": MEMBER}}),
    ).objects
    assert one.consequences == ()


def test_what_goes_with_its_account_says_so_and_the_account_says_what_it_means() -> None:
    account, user = drift_of(
        desired({ACCOUNT: {"name": "Acme"}, JANE: {}}),
        applied({ACCOUNT: {"name": "Acme"}, JANE: {"email": "jane@acme.example"}}),
        live({ACCOUNT: None, JANE: None}),
    ).objects
    assert (account.address, account.severity, account.within) == (ACCOUNT, "irreversible", None)
    assert (user.address, user.within, user.consequences) == (JANE, ACCOUNT, ())


def test_ignored_fields_and_what_the_service_is_still_doing_are_left_alone() -> None:
    seen = world({"id": "+12065550100", **PHONE.applied, "calling_name": "Acme"})
    ignoring = {NUMBER: {**WRITTEN[NUMBER], "lifecycle": {"ignore": ["calling_name"]}}}
    assert drift_of(desired(ignoring), RECORD, seen).is_empty
    settling = world(
        {"id": "+12065550100", **PHONE.applied, "calling_name": "Acme"}, calling_name_status="UpdateInProgress"
    )
    assert drift_of(desired(WRITTEN), RECORD, settling).is_empty


def test_what_nobody_can_see_is_as_somebody_said() -> None:
    record = applied({MEETINGS: {"id": None, "regions": ["us-east-1"], "call_me": True}})
    seen = live({ACCOUNT: TEAM, MEETINGS: {"id": None, "call_me": True}})
    assert drift_of(desired({MEETINGS: {"call_me": True, "regions": ["us-east-1"]}}), record, seen).objects == ()


def test_nothing_is_said_about_what_is_under_way() -> None:
    effect = PlannedEffect(f"{NUMBER}#x", Address.parse(NUMBER), "phone_number", "update", exists=True)
    record = replace(RECORD, open_intents=(Intent(1, "run", "BatchUpdatePhoneNumber", APPLIED, (effect,)),))
    drift = drift_of(desired(WRITTEN), record, world(None))
    assert (drift.objects, drift.under_way, drift.compared) == ((), (NUMBER,), ())


@pytest.mark.parametrize(
    "reading", [Unknown("ListPhoneNumbers: denied", "allow it", "CF-AWS-403"), Ambiguous(("a", "b"))]
)
def test_what_could_not_be_read_has_neither_drifted_nor_not(reading: Any) -> None:
    drift = drift_of(desired(WRITTEN), RECORD, live({NUMBER: reading}))
    assert (drift.objects, drift.compared) == ((), ())
    assert [one.address for one in drift.unread] == [NUMBER]


def test_only_what_the_files_claim_is_drift_when_it_is_unmanaged() -> None:
    eve = f'{ACCOUNT}.users["eve@acme.example"]'
    strangers = {
        eve: {"email": "eve@acme.example", "suspended": False, "facts": MEMBER},
        f'{ACCOUNT}.users["old@acme.example"]': {"email": "old@acme.example", "suspended": True, "facts": MEMBER},
        f'{ACCOUNT}.bots["b-1"]': {"display_name": "X", "domain": "acme.example", "disabled": False},
    }
    seen = live({ACCOUNT: ENTERPRISE}, unmanaged=strangers)
    wanted = desired({ACCOUNT: {"name": "Acme", "authoritative": ["users"]}})
    drift = drift_of(wanted, applied({ACCOUNT: {"name": "Acme"}}), seen)
    assert entries(drift) == [("unmanaged", eve, None)], "whoever is retired already does not count"
    assert [one.kind for one in drift.unmanaged] == ["bot"]
    told = drift_of(wanted, applied({ACCOUNT: {"name": "Acme"}}), seen, since="last-apply")
    assert (entries(told), told.unmanaged) == (entries(drift), ())


# ---------------------------------------------------------------- gates


def standings(drift: Drift) -> dict[str, Standing]:
    return {one.gate.id: one.standing for one in drift.gates}


def waiting(record: Recorded, gate: str, address: str, days: float) -> Recorded:
    since = (NOW - timedelta(days=days)).isoformat()
    return replace(record, gates={gate: RecordedGate(gate, Address.parse(address), since)})


INVITED = {"registration": "Unregistered", "invitation": "Pending"}


@pytest.mark.parametrize(("days", "standing"), [(13.9, Standing.WAITING), (14, Standing.OVERDUE)])
def test_a_gate_is_overdue_when_it_has_waited_too_long(days: float, standing: Standing) -> None:
    record = applied({JANE: {"email": "jane@acme.example", "suspended": False}})
    seen = live({ACCOUNT: TEAM, JANE: {"email": "jane@acme.example", "suspended": False, "facts": INVITED}})
    record = waiting(record, f"{JANE}~accepted", JANE, days)
    drift = drift_of(desired({JANE: {}}), record, seen)
    assert standings(drift) == {f"{JANE}~accepted": standing}
    assert drift.is_empty == (standing is Standing.WAITING)
    assert drift_of(desired({JANE: {}}), record, seen, since="last-apply").gates == ()
    assert drift_of(desired({JANE: {}}), record, seen, excludes=(JANE,)).gates == ()


def test_an_account_that_is_no_enterprise_account_any_more_has_closed_its_gate_again() -> None:
    record = applied({ACCOUNT: {"name": "Acme"}, RETENTION: {"id": None, "rooms": 365}})
    wanted = desired({ACCOUNT: {"name": "Acme"}, RETENTION: {"rooms": "1 year"}})
    for since in (None, "last-apply"):
        drift = drift_of(wanted, record, live({ACCOUNT: TEAM, RETENTION: None}), since=since)
        assert standings(drift) == {f"{ACCOUNT}~enterprise": Standing.CLOSED_AGAIN}
        assert entries(drift) == [("missing", RETENTION, None)]
    later = replace(
        record,
        resources={address: replace(one, applied_at=NOW.isoformat()) for address, one in record.resources.items()},
    )
    assert drift_of(wanted, later, live({ACCOUNT: TEAM, RETENTION: None})).gates == (), "no apply has looked at it"


def test_a_gate_before_something_new_was_never_open() -> None:
    wanted = desired({ACCOUNT: {"name": "Acme"}, RETENTION: {"rooms": "1 year"}})
    drift = drift_of(wanted, applied({ACCOUNT: {"name": "Acme"}}), live({ACCOUNT: TEAM, RETENTION: None}))
    assert (drift.gates, drift.is_empty) == ((), True)
    assert [one.address for one in drift.edits] == [RETENTION]


def test_a_second_domain_in_the_files_closes_nothing_for_the_first() -> None:
    """Beside another one a domain needs somebody's word, but only from the apply on that brings the other one."""
    values = {"name": "acme.example", "verification": {"name": "_x", "value": "1"}}
    seen = live({ACCOUNT: ENTERPRISE, DOMAIN: {"id": None, **values, "facts": {"published": True, "siblings": 1}}})
    second = f'{ACCOUNT}.domains["two.example"]'
    wanted = desired({ACCOUNT: {"name": "Acme"}, DOMAIN: {"verification": values["verification"]}, second: {}})
    record = applied({ACCOUNT: {"name": "Acme"}, DOMAIN: {"id": None, **values}})
    assert drift_of(wanted, record, seen).gates == ()
    both = applied({ACCOUNT: {"name": "Acme"}, DOMAIN: {"id": None, **values}, second: {"id": None}})
    assert standings(drift_of(wanted, both, seen)) == {f"{DOMAIN}~verified": Standing.CLOSED_AGAIN}


def test_a_released_domain_that_somebody_confirmed_was_not_retired_by_others() -> None:
    record = applied({DOMAIN: {"id": None, "name": "acme.example"}})
    said = {"released": Confirmation("jane", APPLIED)}
    address = Address.parse(DOMAIN)
    record = replace(record, resources={address: replace(record.resources[address], confirmed=said)})
    seen = live({ACCOUNT: ENTERPRISE, DOMAIN: {"id": None, "name": "acme.example"}})
    reading = seen.observed(address)
    assert reading is not None
    seen = replace(seen, readings={**seen.readings, address: replace(reading, confirmed=frozenset(said))})
    assert drift_of(desired({}), record, seen).objects == ()


# ---------------------------------------------------------------- what is read


def test_of_an_edited_domain_the_applied_record_is_looked_up() -> None:
    old, new = ({"verification": {"name": "_x", "value": value}} for value in ("1", "2"))
    wanted = desired({ACCOUNT: {"name": "Two"}, DOMAIN: new})
    record = applied({ACCOUNT: {"name": "Acme"}, DOMAIN: {"name": "acme.example", **old}})
    assert [str(address) for address in as_applied(wanted, record).declarations] == [ACCOUNT], "accounts are listed"
    same = applied({DOMAIN: {"name": "acme.example", **new}})
    assert as_applied(wanted, same).declarations == wanted.declarations
    assert as_applied(wanted, applied({})).declarations == wanted.declarations
