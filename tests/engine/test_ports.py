"""Ports: numbers that come from another carrier and are assigned when they are there, and numbers that go to one."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from chimeform.drift import Standing
from chimeform.export.files import export_files
from tests.engine.engine import Engine
from tests.engine.stage import Stage

DAY = 86_400
SALES, SUPPORT = "+12065550170", "+12065550171"
JANE = "jane@corp.example"
PORT: dict[str, Any] = {
    "numbers": [SUPPORT, SALES],
    "product": "voice-connector",
    "billing_number": SALES,
    "billing_number_after": "account-closed",
    "authorised_person": "Jane Doe",
    "carrier": "Northwest Telephone",
    "carrier_account": "4711",
    "pin": {"secretsmanager": "acme/northwest-pin"},
    "customer_name": "Acme Corporation",
    "service_address": {"street": "1 Main Street", "city": "Seattle", "region": "WA", "country": "US"},
    "wished": "2027-03-01 09:00 PST",
    "documents": ["letter-of-agency"],
}


class Support:
    """Support and the losing carrier, at the other side of a port."""

    def __init__(self, engine: Engine) -> None:
        self.sandbox = engine.sandbox

    def opens(self, *numbers: str, product: str = "VoiceConnector") -> str:
        order = self.sandbox.post("carrier/orders", {"numbers": list(numbers), "product_type": product})
        return str(order["PhoneNumberOrder"]["PhoneNumberOrderId"])

    def sets(self, order: str, status: str, **more: str) -> None:
        self.sandbox.post(f"carrier/orders/{order}", {"status": status, **more})


@pytest.fixture
def support(engine: Engine) -> Support:
    return Support(engine)


def declare(engine: Engine, port: dict[str, Any] = PORT, **more: Any) -> None:
    numbers = {one: {"product": port["product"]} for one in port["numbers"]}
    engine.write({"phone_numbers": numbers, "phone_ports": {"northwest": port}, **more})


def confirm(engine: Engine) -> None:
    """Say of everything that waits that it is done."""
    app = engine.app()
    planned = app.plan()
    app.confirm(planned, planned.plan.gates)


def gates(engine: Engine) -> dict[str, str]:
    return {gate.id: gate.title for gate in engine.plan().gates}


def test_from_nothing_to_ported(engine: Engine, stage: Stage, support: Support):
    declare(engine)
    applied = engine.applied()
    assert applied.writes() == {}, "numbers that come with a port are never ordered"
    (gate,) = applied.summary.gates
    assert (gate.id, gate.who, gate.confirms) == ("phone_ports.northwest~case", "operator", None)
    assert set(gate.holds) == {"phone_ports.northwest", *(f'phone_numbers["{one}"]' for one in (SALES, SUPPORT))}
    told = "\n".join(gate.steps)
    assert "service: Chime SDK (Number Management); category: Phone Number Port In" in told
    assert f"numbers: {SALES}, {SUPPORT}; billing number (BTN): {SALES}; authorising person: Jane Doe" in told
    assert "the account with the carrier is to be closed" in told
    assert "service PIN: it is kept in Secrets Manager acme/northwest-pin" in told
    assert "the Voice Connector for the numbers has to exist before" in told

    order = support.opens(SALES, SUPPORT)
    assert engine.applied().writes() == {}
    assert gates(engine) == {"phone_ports.northwest~carrier": "the port of 2 numbers in: the order is with the carrier"}
    support.sets(order, "PendingDocuments")
    (wait, told_drift) = sorted(engine.drift().gates, key=lambda one: one.gate.id)
    assert (wait.standing, told_drift.standing) == (Standing.WAITING, Standing.CLOSED_AGAIN)
    assert told_drift.gate.who == "operator"
    assert not engine.drift().is_empty
    engine.applied()
    support.sets(order, "ChangeRequested")
    assert engine.drift().is_empty, "that it goes on is no drift"

    support.sets(order, "FOC", foc_date="2030-01-31")
    (gate,) = engine.plan().gates
    assert gate.title == "the port of 2 numbers in: the carrier has confirmed the date, 2030-01-31"
    assert gate.opens_at is not None and gate.opens_at.startswith("2030-01-31")
    assert engine.applied().writes() == {}
    support.sets(order, "Successful")
    applied = engine.applied()
    assert applied.writes() == {}
    assert set(applied.actions().values()) == {"adopt"}
    assert engine.recorded().gates == {}
    assert set(stage.numbers()) == {SALES, SUPPORT}
    assert stage.times_ordered() == {SALES: 1, SUPPORT: 1}, "by support"
    # the port is a memory, and its block may go
    engine.write({"phone_numbers": {one: {"product": "voice-connector"} for one in (SALES, SUPPORT)}})
    assert engine.applied().actions() == {"phone_ports.northwest": "forget"}
    assert engine.plan().unmanaged == ()


def test_a_person_gets_the_number_on_the_day_it_is_ported(engine: Engine, stage: Stage, support: Support):
    stage.enterprise("Corp", "corp.example", [JANE])
    port = {**PORT, "product": "business-calling"}
    declare(engine, port, accounts={"corp": {"name": "Corp", "users": {JANE: {"phone": SALES}}}})
    applied = engine.applied()
    assert applied.writes() == {}
    (gate,) = applied.summary.gates
    assert f'accounts.corp.users["{JANE}"]' in gate.holds
    order = support.opens(SALES, SUPPORT, product="BusinessCalling")
    assert engine.applied().writes() == {}
    assert gates(engine) == {"phone_ports.northwest~carrier": "the port of 2 numbers in: the order is open"}
    engine.sandbox.advance(30 * DAY)
    support.sets(order, "Successful")
    assert engine.applied().writes() == {"AssociatePhoneNumberWithUser": 1}
    assert stage.users("Corp")[JANE]["PrimaryProvisionedNumber"].endswith(SALES[1:])


def test_a_port_that_is_cancelled_is_told_and_a_new_case_is_another_try(engine: Engine, support: Support):
    declare(engine)
    order = support.opens(SALES, SUPPORT)
    engine.applied()
    support.sets(order, "Exception")
    assert {one.gate.name: one.standing for one in engine.drift().gates} == {
        "carrier": Standing.WAITING,
        "exception": Standing.CLOSED_AGAIN,
    }
    support.sets(order, "CancelRequested")
    support.sets(order, "Cancelled")
    (told,) = engine.drift().gates
    assert (told.gate.name, told.standing) == ("cancelled", Standing.CLOSED_AGAIN)
    assert engine.applied().writes() == {}, "nobody orders them in its place"
    engine.sandbox.advance(60)
    support.opens(SALES, SUPPORT)
    assert engine.applied().writes() == {}
    assert list(gates(engine)) == ["phone_ports.northwest~carrier"]


def test_an_order_for_other_numbers_is_no_port_that_the_files_know(engine: Engine, support: Support):
    declare(engine)
    support.opens(SALES, SUPPORT)
    engine.applied()
    declare(engine, {**PORT, "numbers": [SALES, "+12065550179"]})
    (unread,) = engine.plan().unread
    assert (unread.address, unread.code) == ("phone_ports.northwest", "CF-PRT-011")
    declare(engine)
    support.sets(support.opens("+12065550177"), "Successful")
    other = support.opens("+12065550178")
    found = [one.address for one in engine.plan().unmanaged if one.kind == "phone_port"]
    assert found == [f"phone_ports.{other}"], "what is over is a memory"


def test_numbers_that_go_out_stay_until_the_new_carrier_has_them(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example", [JANE])
    numbers = {SALES: {"product": "business-calling"}}
    person = {"accounts": {"corp": {"name": "Corp", "users": {JANE: {"phone": SALES}}}}}
    engine.write({"phone_numbers": numbers, **person})
    engine.applied()
    engine.applied()
    engine.write(
        {
            "accounts": {"corp": {"name": "Corp", "users": {JANE: {}}}},
            "phone_ports": {"leaving": {"direction": "out", "numbers": [SALES]}},
        }
    )
    applied = engine.applied()
    assert applied.writes() == {}
    (gate,) = applied.summary.gates
    assert (gate.id, gate.who, gate.confirms) == ("phone_ports.leaving~case-out", "operator", {})
    assert set(gate.holds) == {"phone_ports.leaving", f'phone_numbers["{SALES}"]', f'accounts.corp.users["{JANE}"]'}
    confirm(engine)
    applied = engine.applied()
    assert applied.writes() == {}
    (gate,) = applied.summary.gates
    assert (gate.id, gate.who) == ("phone_ports.leaving~left", "carrier")
    confirm(engine)
    assert engine.applied().writes() == {"DisassociatePhoneNumberFromUser": 1, "BatchDeletePhoneNumber": 1}
    assert engine.recorded().gates == {}
    engine.write({"accounts": {"corp": {"name": "Corp", "users": {JANE: {}}}}})
    assert engine.applied().writes() == {}


def test_an_export_declares_what_is_under_way_and_no_memories(engine: Engine, stage: Stage, support: Support):
    support.sets(support.opens("+12065550160"), "Successful")
    support.sets(support.opens("+12065550161"), "Cancelled")
    stage.chime.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=["+12065550162"])
    order = support.opens(SALES)
    engine.write({})
    organisation, aws = engine.app().discover()
    exported = export_files(organisation, workspace="acme", aws=aws, csv_above=25)
    read = {name: yaml.safe_load(text) for name, text in exported.files.items() if name.endswith(".yaml")}
    (ports,) = [found["phone_ports"] for found in read.values() if "phone_ports" in found]
    assert [(one["numbers"], one["product"]) for one in ports.values()] == [([SALES], "voice-connector")]
    assert engine.plan().unmanaged == ()
    assert order.partition("-")[0] in next(iter(ports))
