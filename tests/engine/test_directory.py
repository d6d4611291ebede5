"""An account and its Active Directory end to end: looked at by LDAP and Directory Service Data, never written to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimeform.language.desired import Aws, Dns
from chimeform.plan import Action, Plan, PlannedGate
from chimeform.services.routing import all_services
from tests import ldap_server
from tests.directories import Directories
from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.ldap_server import PASSWORD, LdapServer
from tests.sandbox_process import SandboxProcess

IDENTITY = "accounts.corp.identity"
PRO, BASIC = f'{IDENTITY}.groups["Chime Pro"]', f'{IDENTITY}.groups["Chime Basic"]'


@pytest.fixture
def server() -> Iterator[LdapServer]:
    with ldap_server.running() as server:
        server.add_user("jane", mail="jane@corp.example")
        server.add_user("omar", mail="omar@corp.example")
        yield server


@pytest.fixture
def directories(sandbox: SandboxProcess) -> Directories:
    return Directories(sandbox)


@pytest.fixture
def engine(sandbox: SandboxProcess, tmp_path: Path) -> Engine:
    reached = all_services(Aws(), Dns(), {"LDAP_PASSWORD": PASSWORD}, tmp_path)
    return Engine(sandbox, tmp_path / "workspace", reached)


@pytest.fixture
def connector(directories: Directories) -> str:
    return directories.connector()


def corp(directory: dict[str, Any], groups: dict[str, Any], **fields: Any) -> dict[str, Any]:
    identity = {"directory": directory, "groups": groups}
    return {"accounts": {"corp": {"name": "Corp", "identity": identity, **fields}}}


def gate(plan: Plan, name: str) -> PlannedGate:
    (found,) = [gate for gate in plan.gates if gate.name == name]
    return found


def waits(plan: Plan) -> set[str]:
    return {gate.id for gate in plan.gates}


PEOPLE = {
    "Chime Pro": {"license": "pro", "members": ["jane@corp.example"]},
    "Chime Basic": {"license": "basic"},
}


def test_a_person_is_led_from_a_team_account_to_people_of_the_directory(
    engine: Engine, stage: Stage, server: LdapServer, connector: str
):
    server.add_group("Chime Pro")
    engine.write(corp({"id": connector, "ldap": server.block()}, PEOPLE))
    applied = engine.applied()
    assert applied.writes() == {"CreateAccount": 1}
    joined = f'{PRO}.members["jane@corp.example"]~joined'
    assert waits(engine.plan()) == {f"{IDENTITY}~connected", f"{BASIC}~exists", f"{PRO}~mapped", joined}
    assert "the directory has Chime Pro" in " ".join(gate(engine.plan(), "exists").steps), "a name that looks like it"
    assert gate(engine.plan(), "joined").confirms is None, "the directory shows it"

    account = stage.account_id("Corp")
    stage.claim(account, "corp.example")
    assert any(connector in step for step in gate(engine.plan(), "connected").steps)
    engine.sandbox.post(f"console/accounts/{account}/directory", {"directory_id": connector})
    server.add_group("Chime Basic", ["omar"])
    server.add_group("Chime Pro ", ["jane"])  # not this one
    assert waits(engine.plan()) == {f"{BASIC}~mapped", f"{PRO}~mapped", joined}, "seen without being told"

    for name, granted in (("Chime Pro", "Pro"), ("Chime Basic", "Basic")):
        engine.sandbox.post(f"console/accounts/{account}/groups", {"name": name, "license": granted})
    engine.sandbox.post("people/register", {"email": "omar@corp.example", "groups": ["Chime Basic"]})
    assert waits(engine.plan()) == {f"{PRO}~mapped", joined}, "his licence shows it"
    engine.applied()
    assert engine.recorded().gates.keys() == {f"{PRO}~mapped", joined}


def test_a_licence_of_before_the_connection_shows_no_mapping(
    engine: Engine, stage: Stage, server: LdapServer, connector: str
):
    account = stage.enterprise("Corp", "corp.example", ["jane@corp.example"])
    assert stage.users("Corp")["jane@corp.example"]["LicenseType"] == "Pro"
    server.add_group("Chime Pro", ["jane"])
    engine.write(corp({"id": connector, "ldap": server.block()}, {"Chime Pro": PEOPLE["Chime Pro"]}))
    engine.applied()
    engine.sandbox.post(f"console/accounts/{account}/directory", {"directory_id": connector})
    assert waits(engine.plan()) == {f"{PRO}~mapped"}, "nobody came into the account since it is waited for"
    planned = (app := engine.app()).plan()
    app.confirm(planned, [gate(planned.plan, "mapped")])
    assert engine.plan().gates == ()


def test_without_ldap_directory_service_data_is_asked(engine: Engine, stage: Stage, directories: Directories):
    directories.user("jane", EmailAddress="jane@corp.example")
    directories.group("Chime Pro", "jane")
    engine.write(corp({"id": directories.directory}, PEOPLE))
    engine.applied()
    assert waits(engine.plan()) == {f"{IDENTITY}~connected", f"{BASIC}~exists", f"{PRO}~mapped"}


# ---------------------------------------------------------------- addresses [guide: multiple e-mail addresses]


def with_addresses(engine: Engine, server: LdapServer, connector: str, domains: list[str]) -> Plan:
    addresses = ["SMTP:lee@corp.example", "smtp:lee@old.example", "x500:/o=Corp"]
    server.add_user("lee", mail="lee@corp.example", proxyAddresses=addresses)
    server.add_group("Chime Pro", ["lee"])
    claimed: dict[str, Any] = {"domains": {name: {} for name in domains}} if domains else {}
    groups = {"Chime Pro": {"license": "pro"}}
    engine.write(corp({"id": connector, "ldap": server.block()}, groups, **claimed))
    return engine.plan()


def test_every_address_of_a_claimed_domain_can_sign_in(engine: Engine, server: LdapServer, connector: str):
    plan = with_addresses(engine, server, connector, ["corp.example", "old.example"])
    assert f"{PRO}~addresses" not in waits(plan)


def test_who_has_an_address_of_an_unclaimed_domain_is_named(engine: Engine, server: LdapServer, connector: str):
    plan = with_addresses(engine, server, connector, ["corp.example"])
    told = gate(plan, "addresses")
    assert any("lee@corp.example (lee@old.example)" in step for step in told.steps)
    assert told.confirms is None
    primary = with_addresses(engine, server, connector, ["old.example"])
    assert any("lee@corp.example (lee@corp.example)" in step for step in gate(primary, "addresses").steps)


def test_where_no_domain_is_declared_nothing_is_said_about_addresses(
    engine: Engine, server: LdapServer, connector: str
):
    assert f"{PRO}~addresses" not in waits(with_addresses(engine, server, connector, []))


# ---------------------------------------------------------------- drift, and taking away


def connect(engine: Engine, stage: Stage, server: LdapServer, connector: str) -> str:
    server.add_group("Chime Pro", ["jane"])
    server.add_group("Chime Basic", ["omar"])
    engine.write(corp({"id": connector, "ldap": server.block()}, PEOPLE))
    engine.applied()
    account = stage.account_id("Corp")
    stage.claim(account, "corp.example")
    engine.sandbox.post(f"console/accounts/{account}/directory", {"directory_id": connector})
    for name, granted in (("Chime Pro", "Pro"), ("Chime Basic", "Basic")):
        engine.sandbox.post(f"console/accounts/{account}/groups", {"name": name, "license": granted})
    for email, name in (("jane", "Chime Pro"), ("omar", "Chime Basic")):
        engine.sandbox.post("people/register", {"email": f"{email}@corp.example", "groups": [name]})
    engine.applied()
    assert engine.plan().gates == ()
    return account


def test_somebody_who_left_a_group_there_is_drift(engine: Engine, stage: Stage, server: LdapServer, connector: str):
    connect(engine, stage, server, connector)
    del server.entries["CN=Chime Pro,OU=Groups," + ldap_server.BASE]["member"]
    jane = next(values for dn, values in server.entries.items() if dn.startswith("CN=jane"))
    del jane["memberOf"]
    plan = engine.plan()
    (change,) = plan.changes
    assert (change.address, change.action) == (f'{PRO}.members["jane@corp.example"]', Action.WAIT)
    assert [one.text for one in change.consequences] == ["jane@corp.example will have the licence pro"]
    assert gate(plan, "joined").who == "operator"


def test_a_group_that_no_file_names_is_unmapped_by_a_person(
    engine: Engine, stage: Stage, server: LdapServer, connector: str
):
    connect(engine, stage, server, connector)
    engine.write(corp({"id": connector, "ldap": server.block()}, {"Chime Pro": PEOPLE["Chime Pro"]}))
    plan = engine.plan()
    (change,) = [change for change in plan.changes if change.address == BASIC]
    assert [one.text for one in change.consequences] == ["omar@corp.example cannot sign in any more"]
    engine.applied()
    planned = (app := engine.app()).plan()
    app.confirm(planned, [gate(planned.plan, "unmapped")])
    engine.applied()
    assert engine.plan().changes == ()


# ---------------------------------------------------------------- what cannot be right


@pytest.mark.parametrize(
    ("name", "codes"),
    [("Chime Units", ["CF-IDN-007"]), ("chime pro", ["CF-IDN-009"]), ("Chime Pro", [])],
    ids=["unit", "spelling", "right"],
)
def test_a_name_that_is_not_exactly_a_groups(
    engine: Engine, server: LdapServer, connector: str, name: str, codes: list[str]
):
    server.add_unit("Chime Units")
    server.add_group("Chime Pro")
    engine.write(corp({"id": connector, "ldap": server.block()}, {name: {"license": "pro"}}))
    plan = engine.plan()
    assert [refusal.code for refusal in plan.refusals] == codes


def unread(plan: Plan) -> dict[str, str]:
    return {one.address: one.code for one in plan.unread}


@pytest.mark.parametrize("region", ["eu-west-1", None], ids=["another-region", "nowhere"])
def test_a_directory_that_is_not_in_the_region_is_told(
    engine: Engine, stage: Stage, server: LdapServer, sandbox: SandboxProcess, region: str | None
):
    directory = Directories(sandbox, region).connector() if region else "d-0000000000"
    stage.chime.create_account(Name="Corp")
    engine.write(corp({"id": directory, "ldap": server.block()}, {"Chime Pro": {"license": "pro"}}))
    plan = engine.plan()
    assert unread(plan) == {IDENTITY: "CF-IDN-003", PRO: "CF-OBS-003"}
    assert directory in plan.unread[0].reason
    assert "us-east-1" in plan.unread[0].reason


def test_a_directory_that_is_not_active_yet_is_waited_for(
    engine: Engine, stage: Stage, server: LdapServer, connector: str
):
    stage.chime.create_account(Name="Corp")
    engine.sandbox.put("directories", {"directory_id": connector, "stage": "Creating"})
    engine.write(corp({"id": connector, "ldap": server.block()}, {"Chime Pro": {"license": "pro"}}))
    assert gate(engine.plan(), "active").who == "service"


def test_a_directory_server_that_does_not_answer_changes_nothing(
    engine: Engine, stage: Stage, server: LdapServer, connector: str
):
    connect(engine, stage, server, connector)
    server.passwords[ldap_server.USER] = "another one"
    plan = engine.plan()
    assert plan.changes == ()
    assert {code.rpartition("-")[0] for code in unread(plan).values()} == {"CF-DIR", "CF-OBS"}
    assert unread(plan).keys() == {PRO, BASIC, f'{PRO}.members["jane@corp.example"]'}
    assert PASSWORD not in repr(plan)


def test_a_connector_without_ldap_says_what_to_declare(engine: Engine, stage: Stage, connector: str):
    stage.chime.create_account(Name="Corp")
    engine.write(corp({"id": connector}, {"Chime Pro": {"license": "pro"}}))
    plan = engine.plan()
    (told,) = [one for one in plan.unread if one.address == PRO]
    assert told.code.startswith("CF-DIR-")
    assert "ldap" in told.do
