"""Numbers of other countries: those that support provisions, and those that can be ordered like any other."""

from __future__ import annotations

from typing import Any

from chimeform.drift import Standing
from tests.engine.engine import Engine

DAY = 86_400
BERLIN = "+493025550100"
BLOCK: dict[str, Any] = {
    "product": "sip-media-application",
    "holder": {"business": "Acme GmbH"},
    "address": {"street": "Unter den Linden 1", "postal_code": "10117", "city": "Berlin", "country": "DE"},
    "documents": ["business-registration", "proof-of-address"],
}


def test_a_number_that_support_provisions_is_never_ordered_and_seen_when_it_is_there(engine: Engine):
    engine.write({"phone_numbers": {BERLIN: {**BLOCK, "calling_name": "Acme Berlin"}}})
    applied = engine.applied()
    assert applied.writes() == {}
    (gate,) = applied.summary.gates
    assert (gate.id, gate.who, gate.confirms) == (f'phone_numbers["{BERLIN}"]~requested', "operator", None)
    assert "subject: Provisioning international numbers" in gate.steps
    assert (
        "description: individual or business: business; name: Acme GmbH; local or toll-free: local; "
        f"country: Germany (DE); quantity: 1 ({BERLIN}), for SIP media application dial-in; "
        "address: Unter den Linden 1, 10117 Berlin, DE"
    ) in gate.steps
    assert "still missing: nothing" in gate.steps
    assert "the address has to be in the area of the number (Germany)" in gate.steps
    engine.sandbox.advance(41 * DAY)
    assert [one.standing for one in engine.drift().gates] == [Standing.WAITING]
    engine.sandbox.advance(2 * DAY)
    assert [one.standing for one in engine.drift().gates] == [Standing.OVERDUE]
    engine.sandbox.post("carrier/numbers", {"numbers": [BERLIN]})
    applied = engine.applied()
    assert applied.writes() == {"BatchUpdatePhoneNumber": 1}
    assert engine.recorded().gates == {}
    assert engine.drift().is_empty


def test_what_is_missing_is_told_where_the_files_do_not_say_what_is_at_hand(engine: Engine):
    engine.write({"phone_numbers": {BERLIN: {"product": "sip-media-application"}}})
    (gate,) = engine.plan().gates
    missing = next(step for step in gate.steps if step.startswith("still missing: "))
    assert "business-registration (a copy of the registration of the business) or id-copy (" in missing
    assert "; proof-of-address (" in missing
    assert any("name: (not in the files)" in step for step in gate.steps)


def test_a_country_that_asks_for_nothing_is_an_ordinary_order(engine: Engine):
    numbers = {one: {"product": "sip-media-application"} for one in ("+14165550100", "+4535550100", "+442025550100")}
    engine.write({"phone_numbers": numbers})
    applied = engine.applied()
    assert applied.writes() == {"CreatePhoneNumberOrder": 1}
    assert applied.plan.gates == ()
