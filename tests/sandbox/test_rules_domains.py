"""Domains, directories, Okta: what makes an account Enterprise and what a release does."""

from __future__ import annotations

import pytest

from tests.sandbox.stage import Stage, control_refusal, refusal


def account_type(stage: Stage, account: str) -> str:
    kind: str = stage.api.get_account(AccountId=account)["Account"]["AccountType"]
    return kind


def test_the_type_changes_when_the_first_domain_is_verified(stage: Stage):
    account = stage.team()
    stage.claim(account, "acme.example", verified=False)
    assert account_type(stage, account) == "Team"
    stage.claim(account, "acme.example")
    assert account_type(stage, account) == "EnterpriseLWA"


def test_a_domain_belongs_to_one_account(stage: Stage):
    stage.enterprise("acme.example")
    assert control_refusal(stage.claim, stage.team(), "ACME.example") == "Conflict"


def test_a_subdomain_is_claimed_separately(stage: Stage):
    stage.enterprise("acme.example")
    assert stage.register("jane@eu.acme.example") is None


@pytest.mark.parametrize(("kind", "path", "body"), [
    ("EnterpriseDirectory", "directory", {"directory_id": "d-1234567890"}),
    ("EnterpriseOIDC", "okta", {"issuer": "https://acme.okta.example", "client_id": "0oa1"}),
])  # fmt: skip
def test_an_identity_provider_needs_an_enterprise_account(stage: Stage, kind: str, path: str, body: dict[str, str]):
    account = stage.team()
    assert control_refusal(stage.sandbox.post, f"console/accounts/{account}/{path}", body) == "Forbidden"
    stage.claim(account, "acme.example")
    stage.sandbox.post(f"console/accounts/{account}/{path}", body)
    assert account_type(stage, account) == kind
    stage.claim(account, "second.example")
    assert account_type(stage, account) == kind


def test_groups_are_mapped_only_behind_an_identity_provider(stage: Stage):
    assert control_refusal(stage.map_group, stage.enterprise(), "Chime Pro", "Pro") == "Forbidden"
    account = stage.directory("second.example")
    assert control_refusal(stage.map_group, account, "Chime Plus", "Plus") == "BadRequest"
    assert stage.map_group(account, "Chime Pro", "Pro")["Groups"] == [{"Name": "Chime Pro", "License": "Pro"}]


def test_releasing_the_last_domain_makes_a_team_account_again(stage: Stage):
    account = stage.enterprise("acme.example", "second.example")
    stage.release(account, "acme.example")
    assert account_type(stage, account) == "EnterpriseLWA"
    stage.release(account, "second.example")
    assert account_type(stage, account) == "Team"


@pytest.mark.parametrize("kind", ["EnterpriseDirectory", "EnterpriseOIDC"])
def test_behind_an_identity_provider_the_type_stays_without_domains(stage: Stage, kind: str):
    account = stage.account_of_type(kind)
    stage.release(account, "acme.example")
    assert account_type(stage, account) == kind


def test_a_release_suspends_the_domain_s_users_and_the_console_tells_released_from_suspended(stage: Stage):
    account = stage.enterprise("acme.example", "second.example")
    released, suspended = stage.member(account, "jane@acme.example"), stage.member(account, "omar@acme.example")
    other = stage.member(account, "mary@second.example")
    stage.api.batch_suspend_user(AccountId=account, UserIdList=[suspended])
    assert stage.release(account, "acme.example")["Users"] == {"Released": 1, "Suspended": 1, "Registered": 1}
    statuses = {user: stage.user(account, user)["UserRegistrationStatus"] for user in (released, suspended, other)}
    assert statuses == {released: "Suspended", suspended: "Suspended", other: "Registered"}
    assert stage.api.list_accounts(UserEmail="jane@acme.example")["Accounts"] == []


def test_the_released_leave_their_rooms(stage: Stage):
    account = stage.enterprise()
    user = stage.member(account)
    stage.claim(account, "second.example")
    room = stage.api.create_room(AccountId=account, Name="incidents")["Room"]["RoomId"]
    stage.api.create_room_membership(AccountId=account, RoomId=room, MemberId=user)
    stage.release(account, "acme.example")
    assert stage.api.list_room_memberships(AccountId=account, RoomId=room)["RoomMemberships"] == []


def test_the_released_can_come_back_with_their_address_and_the_suspended_cannot(stage: Stage):
    account = stage.enterprise()
    stage.member(account, "jane@acme.example")
    suspended = stage.member(account, "omar@acme.example")
    stage.api.batch_suspend_user(AccountId=account, UserIdList=[suspended])
    stage.release(account, "acme.example")
    stage.claim(account, "acme.example")
    back = stage.register("jane@acme.example")
    assert back is not None
    assert back["UserRegistrationStatus"] == "Registered"
    assert control_refusal(stage.register, "omar@acme.example") == "Forbidden"


def test_unsuspending_does_not_undo_a_release(stage: Stage):
    account = stage.enterprise("acme.example", "second.example")
    user = stage.member(account)
    stage.release(account, "acme.example")
    assert stage.api.batch_unsuspend_user(AccountId=account, UserIdList=[user])["UserErrors"] == []
    assert stage.user(account, user)["UserRegistrationStatus"] == "Suspended"


@pytest.mark.parametrize("kind", ["EnterpriseDirectory", "EnterpriseOIDC"])
def test_behind_an_identity_provider_a_release_deletes_the_profiles(stage: Stage, kind: str):
    account = stage.account_of_type(kind)
    stage.map_group(account, "all", "Pro")
    user = stage.member(account)
    stage.release(account, "acme.example")
    assert refusal(stage.api.get_user, AccountId=account, UserId=user) == "NotFoundException"


def test_releasing_what_is_not_claimed_is_an_error(stage: Stage):
    account, other = stage.enterprise("acme.example"), stage.enterprise("other.example")
    assert control_refusal(stage.release, account, "other.example") == "NotFound"
    assert account_type(stage, other) == "EnterpriseLWA"


def test_the_summary_shows_what_the_api_does_not(stage: Stage):
    account = stage.directory()
    stage.claim(account, "second.example", verified=False)
    stage.map_group(account, "Chime Basic", "Basic")
    body = {"regions": ["us-east-1", "eu-west-1"], "slack_sign_in": True}
    stage.sandbox.put(f"console/accounts/{account}/meetings", body)
    stage.sandbox.put(f"console/accounts/{account}/meetings", {"slack_sign_in": False})
    (shown,) = stage.sandbox.get("accounts")["Accounts"]
    assert [(each["Domain"], each["Status"]) for each in shown["Domains"]] == [
        ("acme.example", "Verified"),
        ("second.example", "Pending verification"),
    ]
    assert {each["TxtRecord"]["Name"] for each in shown["Domains"]} == {
        "_amazonchime.acme.example",
        "_amazonchime.second.example",
    }
    assert len({each["TxtRecord"]["Value"] for each in shown["Domains"]}) == 2
    assert shown["DirectoryId"] == "d-1234567890"
    assert shown["Groups"] == [{"Name": "Chime Basic", "License": "Basic"}]
    assert shown["Meetings"] == {"Regions": ["us-east-1", "eu-west-1"], "SlackSignIn": False}
