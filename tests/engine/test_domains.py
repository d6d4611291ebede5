"""Domains end to end: claimed and verified by people and the service, seen in a real DNS, written into Route 53."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chimeform.address import Address
from chimeform.drift import InFiles, Standing
from chimeform.errors import Refused
from chimeform.events import GateOpened
from chimeform.language.desired import Aws, Dns
from chimeform.plan import Action, Cause, Plan
from chimeform.services.aws import AwsServices
from chimeform.services.dns import DnsServices
from chimeform.services.routing import RoutedServices
from tests import dns_server, workspaces
from tests.dns_server import DnsServer
from tests.engine.engine import Engine
from tests.engine.stage import Stage

DOMAIN = 'accounts.corp.domains["corp.example"]'
RECORD = {"name": "_amazonchime", "value": "3f0c9d"}
NAME = "_amazonchime.corp.example"


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with dns_server.running() as server:
        yield server


@pytest.fixture
def engine(engine: Engine, server: DnsServer) -> Engine:
    dns = DnsServices(Dns(resolver=server.address, timeout=0.2))
    engine.services = RoutedServices(AwsServices(Aws()), {"dns": dns})
    return engine


def corp(domains: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"accounts": {"corp": {"name": "Corp", "domains": domains, **fields}}}


def waits(plan: Plan) -> dict[str, str]:
    return {gate.id: gate.who for gate in plan.gates}


def confirm(engine: Engine, name: str, **selection: Any) -> None:
    app = engine.app(**selection)
    planned = app.plan()
    gates = [gate for gate in planned.plan.gates if gate.name == name]
    assert gates, waits(planned.plan)
    app.confirm(planned, gates)


def test_from_a_team_account_to_a_bot(engine: Engine, stage: Stage, server: DnsServer):
    bots = {"helpdesk": workspaces.bot("HelpDesk")}
    engine.write(corp({"corp.example": {}}, bots=bots, retention={"rooms": "1 year"}))
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1}
    assert waits(applied.plan)[f"{DOMAIN}~claimed"] == "operator"
    (claimed,) = [gate for gate in applied.plan.gates if gate.name == "claimed"]
    assert "accounts.corp.bots.helpdesk" in claimed.holds
    (change,) = [change for change in applied.plan.changes if change.address == DOMAIN]
    assert [one.name for one in change.consequences] == ["becomes-enterprise"]

    account = stage.account_id("Corp")
    engine.sandbox.post(f"console/accounts/{account}/domains", {"domain": "corp.example", "verified": False})
    engine.write(corp({"corp.example": {"verification": RECORD}}, bots=bots, retention={"rooms": "1 year"}))
    applied = engine.applied()
    assert waits(applied.plan).keys() >= {f"{DOMAIN}~published", f"{DOMAIN}~verified"}
    (published,) = [gate for gate in applied.plan.gates if gate.name == "published"]
    assert any("_amazonchime and the value 3f0c9d" in step for step in published.steps)
    assert published.confirms is None, "it is looked up"

    server.texts[NAME] = ["something else", "3f0c9d"]
    assert waits(engine.plan()).keys() == {f"{DOMAIN}~verified", "accounts.corp~enterprise"}
    stage.claim(account, "corp.example")
    applied = engine.applied()
    assert applied.writes() == {"CreateBot": 1, "PutRetentionSettings": 1}
    assert applied.summary.gates == ()
    assert engine.recorded().resources[Address.parse(DOMAIN)].values == {"name": "corp.example", "verification": RECORD}


def test_a_record_that_vanishes_is_drift_and_closes_its_gates(engine: Engine, stage: Stage, server: DnsServer):
    stage.enterprise("Corp", "corp.example")
    server.texts[NAME] = ["3f0c9d"]
    engine.write(corp({"corp.example": {"verification": RECORD}}))
    engine.applied()
    assert engine.plan().changes == ()
    server.texts[NAME] = ["something else"]
    plan = engine.plan()
    (change,) = plan.changes
    assert (change.action, [field.cause for field in change.fields]) == (Action.WAIT, [Cause.THEIRS])
    assert waits(plan) == {f"{DOMAIN}~published": "operator", f"{DOMAIN}~verified": "service"}
    drift = engine.drift(since="last-apply")
    (lost,) = drift.objects
    assert [(one.name, one.live_text, one.files) for one in lost.fields] == [
        ("verification", "(none)", InFiles.AS_APPLIED)
    ]
    assert [(one.gate.id, one.standing) for one in drift.gates] == [(f"{DOMAIN}~verified", Standing.CLOSED_AGAIN)]
    server.texts[NAME] = ["3f0c9d"]
    assert engine.plan().gates == ()
    assert engine.drift().is_empty


def test_an_edited_record_is_not_taken_for_one_that_vanished(engine: Engine, stage: Stage, server: DnsServer):
    """The applied record is looked up, and not the one that the files name by now."""
    stage.enterprise("Corp", "corp.example")
    server.texts[NAME] = ["3f0c9d"]
    engine.write(corp({"corp.example": {"verification": RECORD}}))
    engine.applied()
    engine.write(corp({"corp.example": {"verification": {"name": "_other", "value": "new"}}}))
    drift = engine.drift()
    assert drift.is_empty
    assert [(one.address, [each.name for each in one.fields]) for one in drift.edits] == [(DOMAIN, ["verification"])]


@pytest.mark.parametrize("mood", ["silent", "fails"])
def test_a_server_that_does_not_answer_changes_nothing(engine: Engine, stage: Stage, server: DnsServer, mood: str):
    stage.enterprise("Corp", "corp.example")
    server.texts[NAME] = ["3f0c9d"]
    engine.write(corp({"corp.example": {"verification": RECORD}}))
    engine.applied()
    server.mood = mood
    plan = engine.plan()
    assert [one.address for one in plan.unread] == [DOMAIN]
    assert plan.unread[0].code.startswith("CF-DNS-")
    assert plan.changes == ()


def test_a_further_domain_is_confirmed_by_somebody_who_has_looked(engine: Engine, stage: Stage, server: DnsServer):
    account = stage.enterprise("Corp", "corp.example")
    further = 'accounts.corp.domains["eu.corp.example"]'
    server.texts[NAME] = ["3f0c9d"]
    record = {"name": "_amazonchime.eu.corp.example.", "value": "77aa"}
    bots = {"eu": workspaces.bot("Eu", domain="eu.corp.example")}
    domains = {"corp.example": {"verification": RECORD}, "eu.corp.example": {"verification": record}}
    engine.write(corp(domains, bots=bots))
    applied = engine.applied()
    assert applied.writes() == {}
    with pytest.raises(Refused) as refused:
        confirm(engine, "verified")
    assert refused.value.code == "CF-CNF-002", "the record of one of them is not there"

    server.texts["_amazonchime.eu.corp.example"] = ["77aa"]
    stage.claim(account, "eu.corp.example")
    assert {gate for gate in waits(engine.plan()) if "eu" in gate} == {f"{further}~verified"}
    confirm(engine, "verified")
    assert engine.applied().writes() == {"CreateBot": 1}
    assert engine.plan().gates == ()


def test_a_claim_without_a_known_record_is_confirmed(engine: Engine, stage: Stage):
    engine.write(corp({"corp.example": {}}))
    engine.applied()
    confirm(engine, "claimed")
    assert waits(engine.plan()) == {f"{DOMAIN}~verified": "service"}
    stage.claim(stage.account_id("Corp"), "corp.example")
    assert engine.applied().summary.gates == ()


def test_a_run_that_waits_goes_on_once_the_domain_is_verified(engine: Engine, stage: Stage, server: DnsServer):
    stage.chime.create_account(Name="Corp")
    engine.write(corp({"corp.example": {"verification": RECORD}}, bots={"b": workspaces.bot("B")}))

    def hurry(event: Any) -> None:
        if event.kind == "waiting":
            server.texts[NAME] = ["3f0c9d"]
            stage.claim(stage.account_id("Corp"), "corp.example")

    applied = engine.applied(on=hurry, wait_seconds=10)
    assert applied.writes() == {"CreateBot": 1}
    assert f"{DOMAIN}~verified" in {event.gate for event in applied.events if isinstance(event, GateOpened)}


def test_a_run_does_not_wait_for_a_word_that_nobody_can_give(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "other.example")
    engine.write(corp({"corp.example": {}}, bots={"b": workspaces.bot("B")}))
    applied = engine.applied(wait_seconds=3600)
    assert waits(applied.plan) == {f"{DOMAIN}~claimed": "operator"}
    assert [event for event in applied.events if event.kind == "waiting"] == []


# ---------------------------------------------------------------- Route 53


@pytest.fixture
def zone(engine: Engine) -> str:
    route53 = engine.sandbox.client("route53")
    made = route53.create_hosted_zone(Name="corp.example.", CallerReference="1")
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


def texts(engine: Engine, zone: str) -> dict[str, list[str]]:
    found = engine.sandbox.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {one["Name"]: [each["Value"] for each in one["ResourceRecords"]] for one in found if one["Type"] == "TXT"}


def put(engine: Engine, zone: str, name: str, *values: str) -> None:
    record_set = {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": value} for value in values]}
    changes = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]}
    engine.sandbox.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=changes)


def in_zone(zone: str, value: str = "3f0c9d") -> dict[str, Any]:
    return corp({"corp.example": {"verification": {**RECORD, "value": value, "dns": {"route53": zone}}}})


def test_the_record_is_written_beside_those_of_others(engine: Engine, stage: Stage, server: DnsServer, zone: str):
    stage.enterprise("Corp", "corp.example")
    put(engine, zone, f"{NAME}.", '"theirs"')
    engine.write(in_zone(zone))
    engine.applied()
    assert texts(engine, zone) == {f"{NAME}.": ['"theirs"', '"3f0c9d"']}
    server.texts[NAME] = ["theirs", "3f0c9d"]
    assert engine.plan().changes == ()

    # moto refuses to make again what was made once, also where it was deleted in the same batch: so not just as it was
    put(engine, zone, f"{NAME}.", '"theirs"', '"more"')
    plan = engine.plan()
    assert [field.cause for change in plan.changes for field in change.fields] == [Cause.THEIRS]
    engine.applied()
    engine.write(in_zone(zone, "new"))
    plan = engine.plan()
    assert [field.cause for change in plan.changes for field in change.fields] == [Cause.OURS]
    engine.applied()
    assert texts(engine, zone) == {f"{NAME}.": ['"theirs"', '"more"', '"new"']}


def test_a_zone_that_does_not_exist_is_no_missing_domain(engine: Engine, stage: Stage):
    stage.enterprise("Corp", "corp.example")
    engine.write(in_zone("Z0000000000"))
    plan = engine.plan()
    assert [one.address for one in plan.unread] == [DOMAIN]
    assert "Z0000000000" in plan.unread[0].reason


# ---------------------------------------------------------------- release


def refusals(plan: Plan) -> list[tuple[str, str | None]]:
    return [(one.code, one.address) for one in plan.refusals]


def test_a_release_is_consented_to_once_done_by_a_person_and_cleaned_up_after(
    engine: Engine, stage: Stage, server: DnsServer, zone: str
):
    account = stage.enterprise("Corp", "corp.example", ["jane@corp.example"])
    put(engine, zone, f"{NAME}.", '"theirs"')
    engine.write(in_zone(zone))
    engine.applied()
    server.texts[NAME] = ["theirs", "3f0c9d"]
    engine.write(corp({}))
    plan = engine.plan(accepted=())
    assert refusals(plan) == [("CF-GRD-005", DOMAIN)]
    (change,) = plan.changes
    assert change.action is Action.WAIT
    assert [one.name for one in change.consequences] == [
        "domain-release",
        "meetings-end",
        "released-people",
        "released-people",
    ]

    applied = engine.applied(accepted=("domain-release",))
    assert applied.writes() == {}, "the record stays as long as the domain is claimed"
    assert waits(applied.plan) == {f"{DOMAIN}~released": "operator"}
    assert engine.applied(accepted=()).plan.refusals == (), "consent is asked for once"

    engine.sandbox.delete(f"console/accounts/{account}/domains/corp.example")
    confirm(engine, "released")
    plan = engine.plan(accepted=())
    assert [(change.action, change.consequences) for change in plan.changes] == [(Action.RETIRE, ())]
    engine.applied()
    assert texts(engine, zone) == {f"{NAME}.": ['"theirs"']}
    assert Address.parse(DOMAIN) not in engine.recorded().resources
    assert engine.plan().gates == ()


def test_an_account_is_deleted_after_its_domains_are_released(engine: Engine, stage: Stage, server: DnsServer):
    account = stage.enterprise("Corp", "corp.example", ["jane@corp.example"])
    stage.claim(account, "eu.corp.example")
    server.texts |= {NAME: ["3f0c9d"], "_amazonchime.eu.corp.example": ["77aa"]}
    domains = {
        "corp.example": {"verification": RECORD},
        "eu.corp.example": {"verification": {"name": "_amazonchime", "value": "77aa"}},
    }
    engine.write(corp(domains))
    engine.applied()
    applied = engine.applied(purpose="destroy")
    assert applied.writes() == {}
    released = {gate.id: gate.holds for gate in applied.plan.gates if gate.name == "released"}
    further = 'accounts.corp.domains["eu.corp.example"]'
    assert released == {
        "accounts.corp~released": ("accounts.corp",),
        f"{DOMAIN}~released": ("accounts.corp", DOMAIN),
        f"{further}~released": ("accounts.corp", further),
    }
    for domain in domains:
        engine.sandbox.delete(f"console/accounts/{account}/domains/{domain}")
    app = engine.app()
    planned = app.outlook()
    app.confirm(planned, [gate for gate in planned.plan.gates if gate.id in released and gate.confirms is not None])
    applied = engine.applied(purpose="destroy")
    assert applied.writes() == {"DeleteAccount": 1}
    assert engine.recorded().resources == {}


def test_what_was_released_and_is_declared_again_begins_anew(engine: Engine, stage: Stage, server: DnsServer):
    account = stage.enterprise("Corp", "corp.example")
    engine.write(corp({"corp.example": {}}))
    engine.applied()
    confirm(engine, "claimed")
    engine.write(corp({}))
    engine.applied()
    engine.sandbox.delete(f"console/accounts/{account}/domains/corp.example")
    confirm(engine, "released")
    engine.write(corp({"corp.example": {}}))
    assert waits(engine.plan()) == {f"{DOMAIN}~claimed": "operator"}
    confirm(engine, "claimed")
    assert waits(engine.plan()) == {f"{DOMAIN}~verified": "service"}
    record = engine.recorded().resources[Address.parse(DOMAIN)]
    assert record.confirmed.keys() == {"claimed"}
