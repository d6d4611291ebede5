"""What Okta does to an Amazon Chime account: connection, assignments and group push, and their effect there."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.okta_client import Okta
from tests.sandbox.stage import Stage, control_refusal

PRO, BASIC = "Chime Pro", "Chime Basic"


class Connected:
    """An Okta account of Amazon Chime whose provisioning is connected, with two pushed groups that are mapped."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.okta = Okta(stage.sandbox)
        self.account = stage.okta()
        self.app = self.okta.scim_app()
        self.key = make_key(stage, self.account)
        self.okta.connect(self.app, self.key["Key"])
        self.groups = {name: self.okta.group(name) for name in (PRO, BASIC)}
        self.mappings = {}
        for name, license_type in ((PRO, "Pro"), (BASIC, "Basic")):
            self.okta.assign(self.app, self.groups[name])
            self.mappings[name] = self.okta.push(self.app, self.groups[name], name)
            stage.map_group(self.account, name, license_type)

    def person(self, login: str = "jane@acme.example", *groups: str) -> str:
        user_id = self.okta.user(login)
        for name in groups:
            self.join(name, user_id)
        return user_id

    def join(self, name: str, user_id: str) -> None:
        self.okta.call("PUT", f"groups/{self.groups[name]}/users/{user_id}")

    def leave(self, name: str, user_id: str) -> None:
        self.okta.call("DELETE", f"groups/{self.groups[name]}/users/{user_id}")

    def people(self) -> dict[str, tuple[str, str | None]]:
        users = self.stage.api.list_users(AccountId=self.account)["Users"]
        return {user["PrimaryEmail"]: (user["UserRegistrationStatus"], user.get("LicenseType")) for user in users}


def make_key(stage: Stage, account_id: str) -> dict[str, Any]:
    key: dict[str, Any] = stage.sandbox.post(f"console/accounts/{account_id}/keys")["AccessKey"]
    return key


@pytest.fixture
def connected(stage: Stage) -> Connected:
    return Connected(stage)


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        ((PRO,), ("Registered", "Pro")),
        ((BASIC,), ("Registered", "Basic")),
        ((BASIC, PRO), ("Registered", "Pro")),
        ((PRO, BASIC), ("Registered", "Pro")),
    ],
)
def test_people_appear_with_the_licence_of_their_groups(
    connected: Connected, groups: tuple[str, ...], shown: tuple[str, str]
) -> None:
    connected.person("jane@acme.example", *groups)
    assert connected.people() == {"jane@acme.example": shown}


def test_licences_follow_when_people_change_groups(connected: Connected) -> None:
    jane = connected.person("jane@acme.example", BASIC)
    before = connected.stage.api.list_users(AccountId=connected.account)["Users"][0]["UserId"]
    connected.join(PRO, jane)
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}
    connected.leave(PRO, jane)
    assert connected.people() == {"jane@acme.example": ("Registered", "Basic")}
    assert connected.stage.api.list_users(AccountId=connected.account)["Users"][0]["UserId"] == before


def test_somebody_of_no_mapped_group_cannot_sign_in(connected: Connected) -> None:
    jane = connected.okta.user("jane@acme.example")
    connected.okta.call("POST", f"apps/{connected.app}/users", {"id": jane})
    assert connected.people() == {"jane@acme.example": ("Suspended", None)}
    connected.join(BASIC, jane)
    assert connected.people() == {"jane@acme.example": ("Registered", "Basic")}
    connected.leave(BASIC, jane)
    assert connected.people() == {"jane@acme.example": ("Suspended", "Basic")}


def test_mapping_a_group_and_mapping_it_no_longer_reaches_its_members(connected: Connected) -> None:
    connected.person("jane@acme.example", BASIC)
    connected.stage.map_group(connected.account, BASIC, "Pro")
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}
    connected.stage.sandbox.delete(f"console/accounts/{connected.account}/groups/Chime%20Basic")
    assert connected.people() == {"jane@acme.example": ("Suspended", "Pro")}


def test_people_of_other_domains_do_not_appear_until_the_domain_is_claimed(connected: Connected) -> None:
    connected.person("jane@elsewhere.example", PRO)
    assert connected.people() == {}
    shown = connected.stage.claim(connected.account, "elsewhere.example")
    assert shown["Users"] == {"Registered": 1}
    assert connected.people() == {"jane@elsewhere.example": ("Registered", "Pro")}


@pytest.mark.parametrize("how", ["deactivate", "delete", "leave", "unassign"])
def test_whoever_loses_the_app_loses_the_profile(connected: Connected, how: str) -> None:
    jane, okta = connected.person("jane@acme.example", PRO), connected.okta
    connected.person("omar@acme.example", BASIC)
    requests = {
        "deactivate": ("POST", f"users/{jane}/lifecycle/deactivate"),
        "delete": ("DELETE", f"users/{jane}"),
        "leave": ("DELETE", f"groups/{connected.groups[PRO]}/users/{jane}"),
        "unassign": ("DELETE", f"apps/{connected.app}/groups/{connected.groups[PRO]}"),
    }
    okta.call(*requests[how])
    assert connected.people() == {"omar@acme.example": ("Registered", "Basic")}


def test_without_the_feature_to_deactivate_the_profile_stays(connected: Connected) -> None:
    jane = connected.person("jane@acme.example", PRO)
    connected.okta.enable(connected.app, deactivate="DISABLED")
    connected.okta.call("POST", f"users/{jane}/lifecycle/deactivate")
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}
    connected.okta.enable(connected.app, deactivate="ENABLED")
    assert connected.people() == {}


def test_without_the_feature_to_create_nobody_appears(connected: Connected) -> None:
    connected.okta.enable(connected.app, create="DISABLED")
    connected.person("jane@acme.example", PRO)
    assert connected.people() == {}
    connected.okta.enable(connected.app, create="ENABLED")
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}


@pytest.mark.parametrize(("feature", "email"), [("ENABLED", "doe@acme.example"), ("DISABLED", "jane@acme.example")])
def test_profiles_are_updated_as_far_as_the_feature_says(connected: Connected, feature: str, email: str) -> None:
    jane = connected.person("jane@acme.example", PRO)
    connected.okta.enable(connected.app, profile=feature)
    connected.okta.call("POST", f"users/{jane}", {"profile": {"email": "doe@acme.example"}})
    assert list(connected.people()) == [email]


def test_a_suspended_person_keeps_her_profile(connected: Connected) -> None:
    jane = connected.person("jane@acme.example", PRO)
    connected.okta.call("POST", f"users/{jane}/lifecycle/suspend")
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}


def test_a_staged_person_appears_when_she_is_activated(connected: Connected) -> None:
    jane = connected.okta.user("jane@acme.example", activate=False)
    connected.join(PRO, jane)
    assert connected.people() == {}
    connected.okta.call("POST", f"users/{jane}/lifecycle/activate")
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}


def test_a_member_whom_the_account_knows_is_taken_over(connected: Connected) -> None:
    known = connected.stage.register("jane@acme.example")
    assert known is not None
    connected.person("jane@acme.example", BASIC)
    (user,) = connected.stage.api.list_users(AccountId=connected.account)["Users"]
    assert (user["UserId"], user["LicenseType"]) == (known["UserId"], "Basic")


def test_only_a_group_that_was_pushed_can_be_mapped(connected: Connected) -> None:
    connected.okta.group("Sales")
    assert control_refusal(connected.stage.map_group, connected.account, "Sales", "Pro") == "NotFound"
    assert control_refusal(connected.stage.map_group, connected.account, "chime pro", "Pro") == "NotFound"


def test_a_pushed_group_is_found_after_the_delay(connected: Connected) -> None:
    connected.stage.sandbox.post("settings", {"scim_seconds": 120})
    connected.okta.push(connected.app, connected.okta.group("Sales"), "Sales")
    assert control_refusal(connected.stage.map_group, connected.account, "Sales", "Pro") == "NotFound"
    connected.stage.sandbox.advance(119)
    assert control_refusal(connected.stage.map_group, connected.account, "Sales", "Pro") == "NotFound"
    connected.stage.sandbox.advance(1)
    connected.stage.map_group(connected.account, "Sales", "Pro")


def test_an_account_that_nothing_is_pushed_to_takes_any_group_name(stage: Stage) -> None:
    account_id = stage.okta()
    stage.map_group(account_id, "Whatever", "Pro")


def test_a_deleted_target_takes_its_licence_along_and_one_that_is_left_does_not(connected: Connected) -> None:
    for email, name in (("jane@acme.example", PRO), ("omar@acme.example", BASIC)):
        connected.person(email, name)
    for name, is_deleted in ((PRO, "true"), (BASIC, "false")):
        path = f"apps/{connected.app}/group-push/mappings/{connected.mappings[name]['id']}"
        assert connected.okta.refusal("DELETE", f"{path}?deleteTargetGroup={is_deleted}") == "403 E0000107"
        connected.okta.call("PATCH", path, {"status": "INACTIVE"})
        assert connected.okta.refusal("DELETE", path) == "400 E0000028"
        connected.okta.call("DELETE", f"{path}?deleteTargetGroup={is_deleted}")
    assert connected.people() == {
        "jane@acme.example": ("Suspended", "Pro"),
        "omar@acme.example": ("Registered", "Basic"),
    }


def test_an_inactive_mapping_pushes_no_membership_until_it_is_active(connected: Connected) -> None:
    jane = connected.person("jane@acme.example", BASIC)
    path = f"apps/{connected.app}/group-push/mappings/{connected.mappings[PRO]['id']}"
    connected.okta.call("PATCH", path, {"status": "INACTIVE"})
    connected.join(PRO, jane)
    assert connected.people() == {"jane@acme.example": ("Registered", "Basic")}
    connected.okta.call("PATCH", path, {"status": "ACTIVE"})
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}


def test_an_inactive_app_pushes_nothing_until_it_is_active(connected: Connected) -> None:
    connected.okta.call("POST", f"apps/{connected.app}/lifecycle/deactivate")
    connected.person("jane@acme.example", PRO)
    assert connected.people() == {}
    connected.okta.call("POST", f"apps/{connected.app}/lifecycle/activate")
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}


def test_a_deleted_key_ends_the_pushing_and_shows_in_the_mappings(connected: Connected) -> None:
    connected.stage.sandbox.delete(f"console/accounts/{connected.account}/keys/{connected.key['KeyId']}")
    connected.person("jane@acme.example", PRO)
    assert connected.people() == {}
    shown = connected.okta.call("GET", f"apps/{connected.app}/group-push/mappings")
    assert {mapping["status"] for mapping in shown} == {"ERROR"}
    connected.okta.connect(connected.app, make_key(connected.stage, connected.account)["Key"])
    shown = connected.okta.call("GET", f"apps/{connected.app}/group-push/mappings")
    assert {mapping["status"] for mapping in shown} == {"ACTIVE"}
    assert connected.people() == {"jane@acme.example": ("Registered", "Pro")}


def test_the_oidc_app_alone_makes_nobody_appear(stage: Stage) -> None:
    okta, account_id = Okta(stage.sandbox), stage.okta()
    app = okta.oidc_app()
    okta.assign(app["id"], okta.group(PRO, okta.user("jane@acme.example")))
    assert stage.api.list_users(AccountId=account_id)["Users"] == []


def test_people_come_when_the_incoming_keys_are_set(stage: Stage) -> None:
    okta, account_id = Okta(stage.sandbox), stage.enterprise()
    app_id = okta.scim_app()
    okta.connect(app_id, make_key(stage, account_id)["Key"])
    okta.assign(app_id, okta.group(PRO, okta.user("jane@acme.example")))
    assert stage.api.list_users(AccountId=account_id)["Users"] == []
    body = {"issuer": f"{stage.sandbox.url}/okta", "client_id": "0oa1"}
    assert stage.sandbox.post(f"console/accounts/{account_id}/okta", body)["Users"] == {"Suspended": 1}


def test_a_key_is_shown_once_and_listed_without_its_text(stage: Stage) -> None:
    account_id = stage.okta()
    key = make_key(stage, account_id)
    listed = stage.sandbox.get(f"console/accounts/{account_id}/keys")["AccessKeys"]
    assert listed == [{name: key[name] for name in ("KeyId", "CreatedOn")}]
    assert key["Key"] not in str(stage.sandbox.get("accounts"))
    assert stage.sandbox.delete(f"console/accounts/{account_id}/keys/{key['KeyId']}") == {"AccessKeys": []}
    assert control_refusal(stage.sandbox.delete, f"console/accounts/{account_id}/keys/{key['KeyId']}") == "NotFound"


def test_a_team_account_has_no_keys(stage: Stage) -> None:
    assert control_refusal(make_key, stage, stage.team()) == "Forbidden"


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ({"authScheme": "TOKEN", "token": "not-a-key"}, "400 E0000001"),
        ({"authScheme": "TOKEN"}, "400 E0000001"),
        ({"authScheme": "OAUTH2"}, "400 E0000001"),
        ({}, "400 E0000001"),
        ("text", "400 E0000003"),
    ],
)
def test_a_connection_takes_only_a_token_that_amazon_chime_accepts(stage: Stage, profile: Any, code: str) -> None:
    okta = Okta(stage.sandbox)
    app_id = okta.scim_app()
    assert okta.refusal("POST", f"apps/{app_id}/connections/default", {"profile": profile}) == code
    assert okta.refusal("POST", f"apps/{app_id}/connections/default/lifecycle/activate") == "400 E0000001"


def test_a_connection_is_enabled_and_disabled_and_never_shows_its_token(stage: Stage) -> None:
    okta, key = Okta(stage.sandbox), make_key(stage, stage.okta())["Key"]
    app_id = okta.scim_app()
    path = f"apps/{app_id}/connections/default"
    body = {"profile": {"authScheme": "TOKEN", "token": key}}
    answer = okta.ask("POST", path, body)
    assert (answer.status, answer.body["status"]) == (200, "DISABLED")
    assert key.encode() not in answer.raw
    assert okta.refusal("GET", f"apps/{app_id}/features") == "400 E0000001"
    assert okta.ask("POST", f"{path}/lifecycle/activate").status == 204
    shown = okta.call("GET", path)
    assert (shown["status"], shown["profile"]) == ("ENABLED", {"authScheme": "TOKEN"})
    assert okta.ask("POST", f"{path}/lifecycle/deactivate").status == 204
    assert okta.call("GET", path)["status"] == "DISABLED"


def test_features_start_disabled_and_are_changed_one_by_one(stage: Stage) -> None:
    okta, key = Okta(stage.sandbox), make_key(stage, stage.okta())["Key"]
    app_id = okta.scim_app()
    body = {"profile": {"authScheme": "TOKEN", "token": key}}
    okta.call("POST", f"apps/{app_id}/connections/default?activate=true", body)
    (feature,) = okta.call("GET", f"apps/{app_id}/features")
    assert feature["capabilities"]["create"] == {"lifecycleCreate": {"status": "DISABLED"}}
    changed = okta.enable(app_id, deactivate="ENABLED")["capabilities"]
    assert changed["update"]["lifecycleDeactivate"] == {"status": "ENABLED"}
    assert changed["update"]["profile"] == {"status": "DISABLED"}
    assert okta.call("GET", f"apps/{app_id}/features/USER_PROVISIONING")["capabilities"] == changed
    assert okta.refusal("GET", f"apps/{app_id}/features/OTHER") == "404 E0000007"


def test_the_real_okta_leaves_the_connection_to_the_admin_console(stage: Stage) -> None:
    okta, account_id = Okta(stage.sandbox), stage.okta()
    stage.sandbox.post("settings", {"okta_connection_apps": ["okta_org2org", "zscalerbyz"]})
    app_id, key = okta.scim_app(), make_key(stage, account_id)["Key"]
    assert okta.call("GET", f"apps/{app_id}/connections/default")["status"] == "UNKNOWN"
    body = {"profile": {"authScheme": "TOKEN", "token": key}}
    assert okta.refusal("POST", f"apps/{app_id}/connections/default", body) == "400 E0000001"
    group_id = okta.group(PRO, okta.user("jane@acme.example"))
    mapping = {"sourceGroupId": group_id, "targetGroupName": PRO}
    assert okta.refusal("POST", f"apps/{app_id}/group-push/mappings", mapping) == "400 E0000027"
    assert control_refusal(stage.sandbox.put, f"okta/apps/{app_id}/provisioning", {"token": "no"}) == "BadRequest"
    stage.sandbox.put(f"okta/apps/{app_id}/provisioning", {"token": key})
    okta.assign(app_id, group_id)
    okta.push(app_id, group_id, PRO)
    stage.map_group(account_id, PRO, "Pro")
    assert [user["LicenseType"] for user in stage.api.list_users(AccountId=account_id)["Users"]] == ["Pro"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "400 E0000001"),
        ({"sourceGroupId": "GROUP"}, "400 E0000001"),
        ({"sourceGroupId": "GROUP", "targetGroupName": "a", "targetGroupId": "b"}, "400 E0000001"),
        ({"sourceGroupId": "GROUP", "targetGroupId": "00g00000000000000000"}, "404 E0000007"),
        ({"sourceGroupId": "00g00000000000000000", "targetGroupName": "a"}, "404 E0000007"),
        ({"sourceGroupId": "GROUP", "targetGroupName": "a", "status": "ERROR"}, "400 E0000001"),
        ({"sourceGroupId": "PUSHED", "targetGroupName": "a"}, "400 E0000001"),
    ],
)
def test_mappings_that_make_no_sense_are_refused(connected: Connected, body: dict[str, str], code: str) -> None:
    known = {"GROUP": connected.okta.group("Sales"), "PUSHED": connected.groups[PRO]}
    sent = {name: known.get(value, value) for name, value in body.items()}
    assert connected.okta.refusal("POST", f"apps/{connected.app}/group-push/mappings", sent) == code


def test_a_mapping_is_created_with_201_and_found_by_its_source(connected: Connected) -> None:
    group_id = connected.okta.group("Sales")
    body = {"sourceGroupId": group_id, "targetGroupName": "Sales"}
    path = f"apps/{connected.app}/group-push/mappings"
    answer = connected.okta.ask("POST", path, body)
    assert (answer.status, answer.body["status"]) == (201, "ACTIVE")
    assert answer.body["lastPush"] is not None
    (found,) = connected.okta.call("GET", f"{path}?sourceGroupId={group_id}")
    assert found == answer.body == connected.okta.call("GET", f"{path}/{found['id']}")


def test_what_an_app_has_provisioned_shows_in_its_users(connected: Connected) -> None:
    jane = connected.person("jane@acme.example", PRO)
    (shown,) = connected.okta.call("GET", f"apps/{connected.app}/users")
    (user,) = connected.stage.api.list_users(AccountId=connected.account)["Users"]
    assert (shown["id"], shown["scope"], shown["externalId"]) == (jane, "GROUP", user["UserId"])
    assert (shown["status"], shown["syncState"]) == ("PROVISIONED", "SYNCHRONIZED")
