"""An account and its Okta organisation end to end: applications, groups and people by API, the rest by a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chimeform.address import Address
from chimeform.plan import Action, Cause, Plan, PlannedGate
from chimeform.services.aws import AwsServices
from chimeform.services.okta import ADDRESS_VARIABLE, TOKEN_VARIABLE, OktaServices
from chimeform.services.okta_operations import OPERATIONS
from chimeform.services.routing import RoutedServices
from chimeform.services.secrets import SecretStores
from tests.engine.engine import Engine
from tests.engine.stage import Stage
from tests.sandbox.okta_client import TOKEN, Okta
from tests.sandbox_process import SandboxProcess

IDENTITY = "accounts.corp.identity"
PRO, BASIC = f'{IDENTITY}.groups["Chime Pro"]', f'{IDENTITY}.groups["Chime Basic"]'
SECRET, KEY = "chime/okta-client", "/chime/okta-key"
PEOPLE = ("jane@corp.example", "omar@corp.example", "lee@corp.example")


@pytest.fixture
def okta(sandbox: SandboxProcess) -> Okta:
    okta = Okta(sandbox)
    for login in PEOPLE:
        okta.user(login)
    return okta


@pytest.fixture
def engine(sandbox: SandboxProcess, services: AwsServices, tmp_path: Path) -> Iterator[Engine]:
    env = {ADDRESS_VARIABLE: f"{sandbox.url}/okta", TOKEN_VARIABLE: TOKEN}
    stores = SecretStores(services, env)
    reached = RoutedServices(services, {"okta": OktaServices(stores, env, operations=OPERATIONS)})
    yield Engine(sandbox, tmp_path / "workspace", reached)


class Administrator:
    """What a person does in the consoles of Amazon Chime and AWS."""

    def __init__(self, engine: Engine, stage: Stage) -> None:
        self.engine, self.stage = engine, stage

    @property
    def _console(self) -> str:
        return f"console/accounts/{self.stage.account_id('Corp')}"

    def claims_the_domain(self) -> None:
        self.stage.claim(self.stage.account_id("Corp"), "corp.example")

    def sets_up_the_keys(self, plan: Plan) -> None:
        """As the steps of the gate say."""
        steps = gate(plan, "incoming_keys").steps
        issuer, client_id = (
            next(step for step in steps if word in step).split()[-1] for word in ("issuer", "client ID")
        )
        self.engine.sandbox.post(f"{self._console}/okta", {"issuer": issuer, "client_id": client_id})

    def creates_a_key(self) -> str:
        key: str = self.engine.sandbox.post(f"{self._console}/keys", {})["AccessKey"]["Key"]
        return key

    def stores_a_key(self) -> None:
        parameter = {"Name": KEY, "Value": self.creates_a_key(), "Type": "SecureString", "Overwrite": True}
        self.engine.sandbox.client("ssm").put_parameter(**parameter)

    def maps(self, **licenses: str) -> None:
        for name, granted in licenses.items():
            self.engine.sandbox.post(f"{self._console}/groups", {"name": f"Chime {name}", "license": granted})


@pytest.fixture
def administrator(engine: Engine, stage: Stage) -> Administrator:
    return Administrator(engine, stage)


def corp(identity: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"accounts": {"corp": {"name": "Corp", "identity": identity, **fields}}}


def identity(**changes: Any) -> dict[str, Any]:
    groups = {
        "Chime Pro": {"license": "pro", "members": ["jane@corp.example"]},
        "Chime Basic": {"license": "basic", "members": ["omar@corp.example"]},
    }
    return {
        "okta": {"org_url": "https://corp.okta.com"},
        "sign_in": {"client_secret": {"secretsmanager": SECRET}},
        "provisioning": {"access_key": {"ssm": KEY}},
        "groups": groups,
        **changes,
    }


def gate(plan: Plan, name: str) -> PlannedGate:
    (found,) = [gate for gate in plan.gates if gate.name == name]
    return found


def waits(plan: Plan) -> set[str]:
    return {gate.id for gate in plan.gates}


def connect(engine: Engine, administrator: Administrator) -> None:
    """From nothing to an account whose people come from Okta."""
    engine.write(corp(identity()))
    engine.applied()
    administrator.claims_the_domain()
    administrator.sets_up_the_keys(engine.plan())
    administrator.stores_a_key()
    engine.applied()
    administrator.maps(Pro="Pro", Basic="Basic")
    engine.applied()
    assert engine.plan().gates == ()


def test_everything_that_an_api_can_do_is_done_and_a_person_is_led_through_the_rest(
    engine: Engine, stage: Stage, okta: Okta, administrator: Administrator
):
    engine.write(corp(identity()))
    applied = engine.applied()
    assert applied.writes() == {
        "CreateAccount": 1,
        "OktaCreateApplication": 2,
        "OktaAddGroup": 2,
        "OktaAssignUserToGroup": 2,
        "OktaAssignGroupToApplication": 2,
    }
    assert waits(engine.plan()) == {
        f"{IDENTITY}.sign_in~incoming_keys",
        f"{IDENTITY}.provisioning~access_key",
        f"{PRO}~mapped",
        f"{BASIC}~mapped",
    }

    administrator.claims_the_domain()
    administrator.sets_up_the_keys(engine.plan())
    assert stage.accounts()[0]["AccountType"] == "EnterpriseOIDC"
    administrator.stores_a_key()
    assert waits(engine.plan()) == {f"{PRO}~mapped", f"{BASIC}~mapped"}, "seen without being told"
    applied = engine.applied()
    assert applied.writes() == {
        "OktaUpdateProvisioningConnection": 1,
        "OktaUpdateFeature": 1,
        "OktaAssignGroupToApplication": 2,
        "OktaCreateGroupPushMapping": 2,
    }
    assert stage.users("Corp").keys() == {"jane@corp.example", "omar@corp.example"}

    administrator.maps(Pro="Pro")
    assert waits(engine.plan()) == {f"{BASIC}~mapped"}, "the licence of its only member shows it"
    administrator.maps(Basic="Basic")
    assert engine.plan().gates == ()
    licenses = {email: user["LicenseType"] for email, user in stage.users("Corp").items()}
    assert licenses == {"jane@corp.example": "Pro", "omar@corp.example": "Basic"}


def test_the_sign_in_application_is_as_the_guide_says(engine: Engine, okta: Okta):
    engine.write(corp(identity()))
    engine.applied()
    (app,) = [app for app in okta.call("GET", "apps") if app["name"] == "oidc_client"]
    client = app["settings"]["oauthClient"]
    assert client["redirect_uris"] == ["https://signin.id.ue1.app.chime.aws/auth/okta/callback"]
    assert client["initiate_login_uri"] == "https://signin.id.ue1.app.chime.aws/auth/okta"
    assert set(client["grant_types"]) >= {"authorization_code", "implicit", "refresh_token"}
    assert client["idp_initiated_login"]["mode"] == "SPEC"
    (scim,) = [app for app in okta.call("GET", "apps") if app["name"] == "amazon_chime"]
    assert scim["visibility"]["hide"] == {"iOS": True, "web": True}


def test_the_client_secret_goes_from_okta_to_its_store_and_nowhere_else(engine: Engine, okta: Okta):
    engine.write(corp(identity()))
    applied = engine.applied()
    secret = engine.sandbox.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"]
    (app,) = [app for app in okta.call("GET", "apps") if app["name"] == "oidc_client"]
    (kept,) = okta.call("GET", f"apps/{app['id']}/credentials/secrets")
    assert secret == kept["client_secret"]
    everything = [applied.plan.to_json(), repr(applied.events), repr(applied.planned.live), repr(engine.plan())]
    everything.append(engine.ledger_path.read_bytes().decode("latin-1"))
    assert not [text for text in everything if secret in text or TOKEN in text]


def test_a_secret_that_is_gone_or_another_one_is_stored_again(engine: Engine, okta: Okta):
    engine.write(corp(identity()))
    engine.applied()
    manager = engine.sandbox.client("secretsmanager")
    right = manager.get_secret_value(SecretId=SECRET)["SecretString"]
    manager.put_secret_value(SecretId=SECRET, SecretString="another one")
    (change,) = [change for change in engine.plan().changes if change.address == f"{IDENTITY}.sign_in"]
    assert [(field.name, field.cause) for field in change.fields] == [("client_secret", Cause.THEIRS)]
    engine.applied()
    assert manager.get_secret_value(SecretId=SECRET)["SecretString"] == right


def test_drift_in_okta_is_drift(engine: Engine, okta: Okta, administrator: Administrator):
    connect(engine, administrator)
    apps = {app["name"]: app for app in okta.call("GET", "apps")}
    app = apps["oidc_client"]
    app["settings"]["oauthClient"]["redirect_uris"] = ["https://elsewhere.example/callback"]
    app["settings"]["oauthClient"]["logo_uri"] = "https://corp.example/logo.png"
    okta.call("PUT", f"apps/{app['id']}", app)
    groups = {group["profile"]["name"]: group["id"] for group in okta.call("GET", "groups")}
    okta.call("PUT", f"groups/{groups['Chime Basic']}", {"profile": {"name": "Chime Basics"}})
    okta.call("DELETE", f"groups/{groups['Chime Pro']}/users/jane@corp.example")
    okta.call("DELETE", f"apps/{apps['amazon_chime']['id']}/groups/{groups['Chime Pro']}")
    (mapping,) = okta.call(
        "GET", f"apps/{apps['amazon_chime']['id']}/group-push/mappings?sourceGroupId={groups['Chime Pro']}"
    )
    okta.call("PATCH", f"apps/{apps['amazon_chime']['id']}/group-push/mappings/{mapping['id']}", {"status": "INACTIVE"})
    okta.enable(apps["amazon_chime"]["id"], deactivate="DISABLED")

    plan = engine.plan()
    changed = {(change.address, field.name): field for change in plan.changes for field in change.fields}
    assert changed.keys() == {
        (f"{IDENTITY}.sign_in", "redirect_uris"),
        (f"{IDENTITY}.provisioning", "connected"),
        (BASIC, "name"),
        (f"{PRO}.push", "provisioned"),
        (f"{PRO}.push", "push"),
        (f'{PRO}.members["jane@corp.example"]', "email"),
    }
    assert {field.cause for field in changed.values()} == {Cause.THEIRS}
    engine.applied()
    assert engine.plan().changes == ()
    again = okta.call("GET", f"apps/{app['id']}")["settings"]["oauthClient"]
    assert again["logo_uri"] == "https://corp.example/logo.png", "what chimeform does not know is sent as it was"


def test_what_was_set_up_by_hand_before_is_adopted(engine: Engine, okta: Okta, administrator: Administrator):
    connect(engine, administrator)
    engine.ledger_path.unlink()
    plan = engine.plan()
    assert {change.action for change in plan.changes} == {Action.ADOPT}
    assert plan.gates == (), "nobody is asked again for what can be seen"
    assert engine.applied().writes() == {}


def test_an_application_that_was_deleted_is_made_again_and_its_keys_are_asked_for(
    engine: Engine, okta: Okta, administrator: Administrator
):
    connect(engine, administrator)
    (app,) = [app for app in okta.call("GET", "apps") if app["name"] == "oidc_client"]
    okta.call("POST", f"apps/{app['id']}/lifecycle/deactivate")
    okta.call("DELETE", f"apps/{app['id']}")
    applied = engine.applied()
    assert applied.writes() == {"OktaCreateApplication": 1, "OktaAssignGroupToApplication": 2}
    (created,) = [change for change in applied.plan.changes if change.address == f"{IDENTITY}.sign_in"]
    assert [one.name for one in created.consequences] == ["new-client"]
    assert waits(engine.plan()) == {f"{IDENTITY}.sign_in~new_keys"}
    planned = (app_ := engine.app()).plan()
    app_.confirm(planned, [gate(planned.plan, "new_keys")])
    assert engine.plan().gates == ()


def test_somebody_in_two_groups_tells_nothing_of_either(engine: Engine, okta: Okta, administrator: Administrator):
    engine.write(corp(regrouped(["jane@corp.example", "lee@corp.example"], ["lee@corp.example"])))
    engine.applied()
    administrator.claims_the_domain()
    administrator.sets_up_the_keys(engine.plan())
    administrator.stores_a_key()
    engine.applied()
    administrator.maps(Pro="Pro", Basic="Basic")
    assert waits(engine.plan()) == {f"{BASIC}~mapped"}, "lee's licence comes from Chime Pro"
    planned = (app := engine.app()).plan()
    app.confirm(planned, [gate(planned.plan, "mapped")])
    engine.applied()
    assert engine.plan().changes == ()


def test_a_group_that_no_longer_arrives_closes_its_gate_again(
    engine: Engine, stage: Stage, okta: Okta, administrator: Administrator
):
    connect(engine, administrator)
    account = stage.account_id("Corp")
    (key,) = engine.sandbox.get(f"console/accounts/{account}/keys")["AccessKeys"]
    engine.sandbox.delete(f"console/accounts/{account}/keys/{key['KeyId']}")
    groups = {group["profile"]["name"]: group["id"] for group in okta.call("GET", "groups")}
    okta.call("PUT", f"groups/{groups['Chime Pro']}/users/lee@corp.example")  # the next push fails
    assert {gate.id: gate.who for gate in engine.plan().gates} == {
        f"{PRO}.push~arrived": "service",
        f"{BASIC}.push~arrived": "service",
    }


# ---------------------------------------------------------------- what a plan means for people


def consequences(plan: Plan) -> dict[str, list[tuple[str, str]]]:
    found = {change.address: [(one.name, one.text) for one in change.consequences] for change in plan.changes}
    return {address: told for address, told in found.items() if told}


def regrouped(pro: list[str], basic: list[str], *licenses: str) -> dict[str, Any]:
    first, second = licenses or ("pro", "basic")
    return identity(
        groups={
            "Chime Pro": {"license": first, "members": pro},
            "Chime Basic": {"license": second, "members": basic},
        }
    )


def test_a_plan_says_who_changes_licence_and_who_loses_sign_in(
    engine: Engine, okta: Okta, administrator: Administrator
):
    connect(engine, administrator)
    engine.write(corp(regrouped([], ["omar@corp.example", "lee@corp.example"])))
    assert consequences(engine.plan()) == {
        f'{PRO}.members["jane@corp.example"]': [("sign-in-lost", "jane@corp.example cannot sign in any more")],
        f'{BASIC}.members["lee@corp.example"]': [("licence-given", "lee@corp.example will have the licence basic")],
    }
    engine.write(corp(regrouped(["jane@corp.example"], ["omar@corp.example", "jane@corp.example"])))
    assert consequences(engine.plan()) == {}, "in both: Pro wins"
    engine.write(corp(regrouped(["jane@corp.example"], ["omar@corp.example"], "basic", "pro")))
    assert consequences(engine.plan()) == {
        PRO: [("no-hosting", "jane@corp.example can no longer host meetings")],
        BASIC: [("licence-changes", "omar@corp.example will have the licence pro")],
    }


def test_a_licence_that_was_mapped_otherwise_in_the_console_is_seen(
    engine: Engine, okta: Okta, administrator: Administrator
):
    connect(engine, administrator)
    administrator.maps(Pro="Basic")
    (change,) = engine.plan().changes
    assert (change.address, change.action) == (PRO, Action.WAIT)
    assert [(field.before, field.after, field.cause) for field in change.fields] == [("basic", "pro", Cause.THEIRS)]


# ---------------------------------------------------------------- taking away


def test_a_group_that_no_file_names_leaves_both_applications_and_stays_in_okta(
    engine: Engine, stage: Stage, okta: Okta, administrator: Administrator
):
    connect(engine, administrator)
    groups = {"Chime Pro": {"license": "pro", "members": ["jane@corp.example"]}}
    engine.write(corp(identity(groups=groups)))
    plan = engine.plan()
    omar = f'{BASIC}.members["omar@corp.example"]'
    assert consequences(plan) == {omar: [("sign-in-lost", "omar@corp.example cannot sign in any more")]}
    applied = engine.applied()
    assert applied.writes() == {
        "OktaUpdateGroupPushMapping": 1,
        "OktaDeleteGroupPushMapping": 1,
        "OktaUnassignGroupFromApplication": 2,
        "OktaUnassignUserFromGroup": 1,
    }
    assert waits(engine.plan()) == {f"{BASIC}~unmapped"}
    planned = (app := engine.app()).plan()
    app.confirm(planned, [gate(planned.plan, "unmapped")])
    engine.applied()
    assert Address.parse(BASIC) not in engine.recorded().resources
    assert "Chime Basic" in {group["profile"]["name"] for group in okta.call("GET", "groups")}


def test_members_of_no_file_leave_an_authoritative_group_only(engine: Engine, okta: Okta, administrator: Administrator):
    connect(engine, administrator)
    groups = {group["profile"]["name"]: group["id"] for group in okta.call("GET", "groups")}
    okta.call("PUT", f"groups/{groups['Chime Pro']}/users/lee@corp.example")
    plan = engine.plan()
    assert [one.address for one in plan.unmanaged] == [f'{PRO}.members["lee@corp.example"]']
    assert plan.changes == ()
    mine = {"license": "pro", "members": ["jane@corp.example"], "authoritative": ["members"]}
    engine.write(corp(identity(groups={**identity()["groups"], "Chime Pro": mine})))
    assert engine.applied().writes() == {"OktaUnassignUserFromGroup": 1}


def test_a_membership_for_a_while_ends_with_the_first_moment_of_its_day(
    engine: Engine, stage: Stage, okta: Okta, administrator: Administrator
):
    connect(engine, administrator)
    day = (datetime.now(UTC) + timedelta(days=2)).date()
    groups = identity()["groups"]
    for_a_while = {"jane@corp.example": {}, "lee@corp.example": {"lifecycle": {"expires": day.isoformat()}}}
    engine.write(corp(identity(groups={**groups, "Chime Pro": {"license": "pro", "members": for_a_while}})))
    applied = engine.applied()
    assert applied.writes() == {"OktaAssignUserToGroup": 1}
    assert [(one.at[:10], one.address) for one in applied.plan.calendar] == [
        (day.isoformat(), f'{PRO}.members["lee@corp.example"]')
    ]
    stage.sandbox.advance(2 * 86_400)
    assert engine.applied().writes() == {"OktaUnassignUserFromGroup": 1}


def test_a_member_who_moves_is_put_into_the_new_group_before_leaving_the_old_one(
    engine: Engine, okta: Okta, administrator: Administrator
):
    """Whoever is in no group for a moment cannot sign in for a moment."""
    connect(engine, administrator)
    groups = {"Chime Pro": {"license": "pro"}, "Chime Basic": {"license": "basic", "members": list(PEOPLE[:2])}}
    moved = {"from": f'{PRO}.members["jane@corp.example"]', "to": f'{BASIC}.members["jane@corp.example"]'}
    engine.write({**corp(identity(groups=groups)), "moved": [moved]})
    applied = engine.applied()
    writes = [one["operation"] for one in applied.log if one["operation"] in applied.writes()]
    assert writes == ["OktaAssignUserToGroup", "OktaUnassignUserFromGroup"]


def test_a_destroyed_workspace_leaves_people_and_groups_in_okta(
    engine: Engine, stage: Stage, okta: Okta, administrator: Administrator
):
    connect(engine, administrator)
    applied = engine.applied(purpose="destroy")
    assert okta.call("GET", "apps") == []
    assert len(okta.call("GET", "users")) == len(PEOPLE)
    told = {one.name for change in applied.plan.changes for one in change.consequences}
    assert {"okta-sign-in-ends", "provisioning-ends", "sign-in-lost"} <= told


# ---------------------------------------------------------------- by hand in Okta's Admin Console


def test_a_connection_that_only_the_admin_console_shows_is_made_and_confirmed_by_a_person(
    engine: Engine, stage: Stage, okta: Okta, administrator: Administrator
):
    stage.settings(okta_connection_apps=[])
    engine.write(corp(identity(provisioning={})))
    engine.applied()
    administrator.claims_the_domain()
    administrator.sets_up_the_keys(engine.plan())
    assert f"{IDENTITY}.provisioning~connected" in waits(engine.plan())
    held = [step for step in engine.plan().steps if step.gates]
    assert {step.operation for step in held} == {"OktaAssignGroupToApplication", "OktaCreateGroupPushMapping"}
    (app,) = [app for app in okta.call("GET", "apps") if app["name"] == "amazon_chime"]
    engine.sandbox.put(f"okta/apps/{app['id']}/provisioning", {"token": administrator.creates_a_key()})
    planned = (app_ := engine.app()).plan()
    app_.confirm(planned, [gate(planned.plan, "connected")])
    engine.applied()
    assert stage.users("Corp").keys() == {"jane@corp.example", "omar@corp.example"}
    assert {gate.name for gate in engine.plan().gates} == {"mapped"}


def test_a_key_for_an_application_that_okta_does_not_connect_by_api_is_refused(
    engine: Engine, stage: Stage, okta: Okta, administrator: Administrator
):
    stage.settings(okta_connection_apps=[])
    engine.write(corp(identity()))
    engine.applied(is_settled=False)
    assert [refusal.code for refusal in engine.plan().refusals] == ["CF-IDN-006"]


# ---------------------------------------------------------------- trouble


def test_an_expired_token_is_told_and_changes_nothing(engine: Engine, okta: Okta, administrator: Administrator):
    connect(engine, administrator)
    engine.sandbox.put("okta/tokens", {"token": TOKEN, "status": "expired"})
    plan = engine.plan()
    assert plan.changes == ()
    assert {one.code for one in plan.unread} == {"CF-OKT-001", "CF-OBS-003"}
    (told,) = {one.do for one in plan.unread if one.code == "CF-OKT-001"}
    assert "OKTA_API_TOKEN" in told


def test_a_token_that_nobody_has_stored_is_named_by_its_place(engine: Engine, okta: Okta):
    place = {"secretsmanager": "chime/no-such-token"}
    engine.write(corp(identity(okta={"org_url": "https://corp.okta.com", "token": place})))
    plan = engine.plan()
    assert {one.code for one in plan.unread} == {"CF-SEC-002", "CF-OBS-003"}
    assert all("chime/no-such-token" in one.reason for one in plan.unread if one.code == "CF-SEC-002")


def test_somebody_whom_okta_does_not_know_fails_alone(engine: Engine, okta: Okta):
    groups = {"Chime Pro": {"license": "pro", "members": ["jane@corp.example", "nobody@corp.example"]}}
    engine.write(corp(identity(groups=groups)))
    applied = engine.applied(ends="failed")
    (failure,) = applied.failures().values()
    assert failure.code == "CF-OKT-008"
    assert "nobody@corp.example" in failure.summary
    assert applied.writes()["OktaAssignUserToGroup"] == 1


@pytest.mark.parametrize(
    "operation",
    ["OktaCreateApplication", "OktaAddGroup", "OktaAssignUserToGroup", "OktaAssignGroupToApplication"],
)
def test_a_lost_answer_makes_nothing_twice(engine: Engine, okta: Okta, operation: str):
    engine.sandbox.post("faults", [{"operation": operation, "kind": "drop_response", "times": 2}])
    engine.write(corp(identity()))
    applied = engine.applied()
    engine.sandbox.delete("faults")
    assert any(applied.looks().values())
    assert sorted(app["name"] for app in okta.call("GET", "apps")) == ["amazon_chime", "oidc_client"]
    assert len(okta.call("GET", "groups")) == 3


# ---------------------------------------------------------------- a part of it, and what is taken over


def test_a_target_brings_what_its_requests_need(engine: Engine, okta: Okta):
    engine.write(corp(identity()))
    applied = engine.applied(targets=(f"{PRO}.push",))
    assert applied.writes() == {
        "CreateAccount": 1,
        "OktaCreateApplication": 2,
        "OktaAddGroup": 1,
        "OktaAssignGroupToApplication": 1,
    }


def test_an_application_of_another_name_is_imported_by_its_id(engine: Engine, okta: Okta):
    app = okta.oidc_app("Chime for everybody")["id"]
    blocks = corp(identity())
    to = f"{IDENTITY}.sign_in"
    engine.write({**blocks, "import": [{"to": to, "id": app}]})
    (change,) = [change for change in engine.plan().changes if change.address == to]
    assert (change.action, change.id) == (Action.UPDATE, app)
    engine.write({**blocks, "import": [{"to": to, "id": "0oano"}]})
    (unread,) = [one for one in engine.plan().unread if one.address == to]
    assert unread.code == "CF-OBS-004"


def test_two_applications_of_one_name_are_not_guessed_between(engine: Engine, okta: Okta):
    okta.oidc_app()
    okta.oidc_app()
    engine.write(corp(identity()))
    (unread,) = [one for one in engine.plan().unread if one.code == "CF-OBS-002"]
    assert unread.address == f"{IDENTITY}.sign_in"
