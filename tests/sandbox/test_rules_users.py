"""Users: invitations, registration, licences, removal and suspension, shared devices, settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import Stage, control_refusal, refusal

DIRECTORIES = ("EnterpriseDirectory", "EnterpriseOIDC")


def test_each_invited_address_has_its_own_result(stage: Stage):
    stage.enterprise("claimed.example")
    account = stage.team()
    free, claimed = stage.invite(account, "jane@home.example", "omar@claimed.example")
    assert (free["EmailAddress"], free["Status"], free["EmailStatus"]) == ("jane@home.example", "Pending", "Sent")
    assert (claimed["Status"], claimed["EmailStatus"]) == ("Failed", "NotSent")
    assert stage.emails(account) == ["jane@home.example"]


def test_an_invited_user_is_listed_without_name_and_pin(stage: Stage):
    account = stage.team()
    stage.invite(account, "jane@home.example")
    (user,) = stage.api.list_users(AccountId=account)["Users"]
    assert (user["UserRegistrationStatus"], user["UserInvitationStatus"]) == ("Unregistered", "Pending")
    assert "InvitedOn" in user
    assert not {"DisplayName", "PersonalPIN", "RegisteredOn"} & set(user)


def test_inviting_again_sends_again_and_keeps_one_record(stage: Stage):
    account = stage.team()
    member = stage.member(account, "jane@home.example")
    stage.invite(account, "omar@home.example")
    for email in ("JANE@home.example", "omar@home.example"):
        (invite,) = stage.invite(account, email)
        assert (invite["Status"], invite["EmailStatus"]) == ("Pending", "Sent")
    assert stage.emails(account) == ["jane@home.example", "omar@home.example"]
    assert stage.user(account, member)["UserInvitationStatus"] == "Accepted"


@pytest.mark.parametrize("kind", ["EnterpriseLWA", *DIRECTORIES])
def test_only_team_accounts_invite(stage: Stage, kind: str):
    account = stage.account_of_type(kind)
    emails = ["jane@acme.example"]
    assert refusal(stage.api.invite_users, AccountId=account, UserEmailList=emails) == "ForbiddenException"


def test_an_invitation_has_at_most_fifty_addresses(stage: Stage):
    account = stage.team()
    emails = [f"user{n}@home.example" for n in range(51)]
    assert refusal(stage.api.invite_users, AccountId=account, UserEmailList=emails) == "BadRequestException"
    assert len(stage.invite(account, *emails[:50])) == 50


def test_accepting_registers_with_name_pin_and_the_account_s_default_licence(stage: Stage):
    account = stage.team()
    stage.invite(account, "jane.doe@home.example")
    stage.api.update_account(AccountId=account, DefaultLicense="Basic")
    user_id = stage.accept("jane.doe@home.example")["UserId"]
    user = stage.user(account, user_id)
    assert (user["UserRegistrationStatus"], user["UserInvitationStatus"]) == ("Registered", "Accepted")
    assert (user["DisplayName"], user["LicenseType"]) == ("Jane Doe", "Basic")
    assert len(user["PersonalPIN"]) == 10
    assert user["PersonalPIN"].isdigit()
    assert "RegisteredOn" in user


def test_a_licence_given_to_an_open_invitation_holds(stage: Stage):
    account = stage.team()
    stage.invite(account, "jane@home.example")
    user = stage.api.list_users(AccountId=account)["Users"][0]["UserId"]
    stage.api.update_user(AccountId=account, UserId=user, LicenseType="Basic")
    assert stage.accept("jane@home.example")["LicenseType"] == "Basic"


def test_nobody_accepts_without_an_invitation(stage: Stage):
    account = stage.team()
    assert control_refusal(stage.accept, "jane@home.example") == "NotFound"
    stage.member(account, "jane@home.example")
    assert control_refusal(stage.accept, "jane@home.example") == "NotFound"


def test_an_invitation_is_void_once_another_account_has_claimed_the_domain(stage: Stage):
    stage.invite(stage.team(), "jane@acme.example")
    stage.enterprise("acme.example")
    assert control_refusal(stage.accept, "jane@acme.example") == "Forbidden"


def test_who_joins_another_team_leaves_the_first(stage: Stage):
    first, second = stage.team(), stage.team()
    stage.member(first, "jane@home.example")
    stage.member(second, "jane@home.example")
    assert stage.emails(first) == []
    assert stage.emails(second) == ["jane@home.example"]


def test_whether_who_joins_leaves_can_be_set_for_the_pages_do_not_say(stage: Stage):
    stage.sandbox.post("settings", {"joining_leaves": False})
    first, second = stage.team(), stage.team()
    for account in (first, second):
        stage.member(account, "jane@home.example")
    assert stage.emails(first) == stage.emails(second) == ["jane@home.example"]


def test_who_registers_with_a_claimed_address_becomes_a_member(stage: Stage):
    account = stage.enterprise()
    stage.api.update_account(AccountId=account, DefaultLicense="Basic")
    user = stage.register("jane@acme.example")
    assert user is not None
    assert user["AccountId"] == account
    assert (user["UserRegistrationStatus"], user["LicenseType"]) == ("Registered", "Basic")
    again = stage.register("jane@acme.example")
    assert again is not None
    assert again["UserId"] == user["UserId"]
    assert stage.emails(account) == ["jane@acme.example"]


def test_who_registers_with_an_unclaimed_address_is_in_no_account(stage: Stage):
    account = stage.team()
    stage.claim(account, "acme.example", verified=False)
    assert stage.register("jane@acme.example") is None
    assert stage.emails(account) == []


@pytest.mark.parametrize(("groups", "license_type"), [
    (["Chime Basic"], "Basic"),
    (["Chime Pro"], "Pro"),
    (["Chime Basic", "Chime Pro"], "Pro"),
])  # fmt: skip
def test_groups_decide_on_the_licence_behind_a_directory(stage: Stage, groups: list[str], license_type: str):
    account = stage.directory()
    stage.map_group(account, "Chime Pro", "Pro")
    stage.map_group(account, "Chime Basic", "Basic")
    user = stage.register("jane@acme.example", groups=groups)
    assert user is not None
    assert user["LicenseType"] == license_type


def test_who_is_in_no_mapped_group_cannot_sign_in(stage: Stage):
    account = stage.okta()
    assert control_refusal(stage.register, "jane@acme.example") == "Forbidden"
    stage.map_group(account, "Chime Pro", "Pro")
    assert control_refusal(stage.register, "jane@acme.example", groups=["Sales"]) == "Forbidden"
    assert stage.emails(account) == []


def test_suspending_on_a_team_account_removes_and_inviting_brings_back(stage: Stage):
    account = stage.team()
    user = stage.member(account, "jane@home.example")
    stage.buy("+12065550100")
    stage.api.associate_phone_number_with_user(AccountId=account, UserId=user, E164PhoneNumber="+12065550100")
    assert stage.api.batch_suspend_user(AccountId=account, UserIdList=[user])["UserErrors"] == []
    assert stage.emails(account) == []
    assert refusal(stage.api.get_user, AccountId=account, UserId=user) == "NotFoundException"
    number = stage.number("+12065550100")
    assert (number["Status"], number["Associations"]) == ("Unassigned", [])
    stage.member(account, "jane@home.example")
    assert stage.emails(account) == ["jane@home.example"]


def test_suspending_on_an_lwa_account_blocks_and_unsuspending_brings_back(stage: Stage):
    account = stage.enterprise()
    user = stage.member(account)
    stage.api.batch_suspend_user(AccountId=account, UserIdList=[user])
    assert stage.user(account, user)["UserRegistrationStatus"] == "Suspended"
    assert stage.emails(account) == ["jane@acme.example"]
    assert control_refusal(stage.register, "jane@acme.example") == "Forbidden"
    stage.api.batch_unsuspend_user(AccountId=account, UserIdList=[user])
    assert stage.user(account, user)["UserRegistrationStatus"] == "Registered"


def test_unsuspending_ignores_who_is_not_suspended(stage: Stage):
    account = stage.enterprise()
    user = stage.member(account)
    before = stage.user(account, user)
    assert stage.api.batch_unsuspend_user(AccountId=account, UserIdList=[user])["UserErrors"] == []
    assert stage.user(account, user) == before


@pytest.mark.parametrize(("operation", "kind"), [
    ("batch_suspend_user", "EnterpriseDirectory"),
    ("batch_suspend_user", "EnterpriseOIDC"),
    ("batch_unsuspend_user", "EnterpriseDirectory"),
    ("batch_unsuspend_user", "EnterpriseOIDC"),
    ("batch_unsuspend_user", "Team"),
])  # fmt: skip
def test_where_the_api_does_not_suspend(stage: Stage, operation: str, kind: str):
    account = stage.account_of_type(kind)
    if kind in DIRECTORIES:
        stage.map_group(account, "all", "Pro")
    user = stage.member(account)
    assert refusal(getattr(stage.api, operation), AccountId=account, UserIdList=[user]) == "ForbiddenException"


def test_a_batch_answers_200_and_names_what_failed(stage: Stage):
    account, other = stage.team(), stage.team()
    user, stranger = stage.member(account, "jane@home.example"), stage.member(other, "omar@home.example")
    items: list[dict[str, Any]] = [
        {"UserId": user, "LicenseType": "Basic"},
        {"UserId": stranger, "LicenseType": "Basic"},
        {"UserId": user, "LicenseType": "ProTrial"},
    ]
    answer = stage.api.batch_update_user(AccountId=account, UpdateUserRequestItems=items)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    errors = [(error["UserId"], error["ErrorCode"]) for error in answer["UserErrors"]]
    assert errors == [(stranger, "NotFound"), (user, "BadRequest")]
    assert stage.user(account, user)["LicenseType"] == "Basic"
    assert stage.user(other, stranger)["LicenseType"] == "Pro"
    answer = stage.api.batch_suspend_user(AccountId=account, UserIdList=["nobody", user])
    assert [error["UserId"] for error in answer["UserErrors"]] == ["nobody"]
    assert stage.emails(account) == []


@pytest.mark.parametrize(("operation", "member", "most"), [
    ("batch_suspend_user", "UserIdList", 50),
    ("batch_unsuspend_user", "UserIdList", 50),
    ("batch_update_user", "UpdateUserRequestItems", 20),
])  # fmt: skip
def test_user_batches_have_a_maximum(stage: Stage, operation: str, member: str, most: int):
    account = stage.enterprise()
    ids = [f"user-{n}" for n in range(most + 1)]
    items: list[Any] = ids if member == "UserIdList" else [{"UserId": name} for name in ids]
    call = getattr(stage.api, operation)
    assert refusal(call, AccountId=account, **{member: items}) == "BadRequestException"
    assert len(call(AccountId=account, **{member: items[:most]})["UserErrors"]) == most


def test_an_update_of_a_user_takes_only_the_licence_and_answers_with_the_id(stage: Stage):
    account = stage.team()
    user = stage.member(account)
    metadata = {"IsAlexaForBusinessEnabled": True, "AlexaForBusinessRoomArn": "arn:aws:a4b:us-east-1:1:room/x"}
    before = stage.user(account, user)
    answer = stage.api.update_user(
        AccountId=account,
        UserId=user,
        LicenseType="Basic",
        UserType="SharedDevice",
        AlexaForBusinessMetadata=metadata,
    )
    assert answer["User"] == {"UserId": user}
    assert stage.user(account, user) == {**before, "LicenseType": "Basic"}


@pytest.mark.parametrize("license_type", ["Plus", "ProTrial"])
def test_a_licence_must_be_supported_by_the_account(stage: Stage, license_type: str):
    account = stage.team()
    user = stage.member(account)
    call = stage.api.update_user
    assert refusal(call, AccountId=account, UserId=user, LicenseType=license_type) == "BadRequestException"


@pytest.mark.parametrize("kind", DIRECTORIES)
def test_licences_are_not_written_where_groups_decide(stage: Stage, kind: str):
    account = stage.account_of_type(kind)
    stage.map_group(account, "all", "Pro")
    user = stage.member(account)
    assert refusal(stage.api.update_user, AccountId=account, UserId=user, LicenseType="Basic") == "ForbiddenException"
    items = [{"UserId": user, "LicenseType": "Basic"}]
    call = stage.api.batch_update_user
    assert refusal(call, AccountId=account, UpdateUserRequestItems=items) == "ForbiddenException"


def test_users_are_filtered_by_address_and_type(stage: Stage):
    account = stage.team()
    stage.member(account, "jane@home.example")
    stage.api.create_user(AccountId=account, Email="room@home.example", UserType="SharedDevice")

    def listed(**filters: str) -> list[str]:
        return [user["PrimaryEmail"] for user in stage.api.list_users(AccountId=account, **filters)["Users"]]

    assert listed(UserEmail="Jane@Home.example") == ["jane@home.example"]
    assert listed(UserEmail="other@home.example") == []
    assert listed(UserType="SharedDevice") == ["room@home.example"]
    assert listed(UserEmail="jane@home.example", UserType="SharedDevice") == []


def test_a_page_of_users_has_a_hundred_unless_asked_otherwise(stage: Stage):
    account = stage.team()
    emails = [f"user{n}@home.example" for n in range(130)]
    for start in range(0, len(emails), 50):
        stage.invite(account, *emails[start : start + 50])
    first = stage.api.list_users(AccountId=account)
    assert len(first["Users"]) == 100
    rest = stage.api.list_users(AccountId=account, NextToken=first["NextToken"])
    assert len(rest["Users"]) == 30
    assert "NextToken" not in rest
    assert [user["PrimaryEmail"] for user in first["Users"] + rest["Users"]] == emails
    assert refusal(stage.api.list_users, AccountId=account, MaxResults=201) == "BadRequestException"


def test_a_shared_device_is_registered_at_once(stage: Stage):
    account = stage.directory()
    answer = stage.api.create_user(AccountId=account, Email="room1@acme.example", UserType="SharedDevice")
    user = answer["User"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert (user["UserType"], user["LicenseType"]) == ("SharedDevice", "Pro")
    assert (user["UserRegistrationStatus"], user["DisplayName"]) == ("Registered", "room1")
    params = {"AccountId": account, "Email": "Room1@acme.example", "UserType": "SharedDevice"}
    assert refusal(stage.api.create_user, **params) == "ConflictException"


@pytest.mark.parametrize("more", [{"UserType": "PrivateUser"}, {}])
def test_people_are_not_created(stage: Stage, more: dict[str, str]):
    account = stage.team()
    params = {"AccountId": account, "Email": "jane@home.example", **more}
    assert refusal(stage.api.create_user, **params) == "BadRequestException"


def test_a_pin_reset_gives_another_pin(stage: Stage):
    account = stage.team()
    user = stage.member(account)
    before = stage.user(account, user)
    after = stage.api.reset_personal_pin(AccountId=account, UserId=user)["User"]
    assert after["PersonalPIN"] != before["PersonalPIN"]
    assert len(after["PersonalPIN"]) == 10
    assert stage.user(account, user) == after == {**before, "PersonalPIN": after["PersonalPIN"]}


def test_a_logout_changes_nothing(stage: Stage):
    account = stage.team()
    user = stage.member(account)
    before = stage.user(account, user)
    answer = stage.api.logout_user(AccountId=account, UserId=user)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert stage.user(account, user) == before
    assert refusal(stage.api.logout_user, AccountId=account, UserId="nobody") == "NotFoundException"


def test_telephony_settings_start_off_and_are_replaced_whole(stage: Stage):
    account = stage.team()
    user = stage.member(account)

    def read() -> Any:
        return stage.api.get_user_settings(AccountId=account, UserId=user)["UserSettings"]

    assert read() == {"Telephony": {"InboundCalling": False, "OutboundCalling": False, "SMS": False}}
    wanted = {"Telephony": {"InboundCalling": True, "OutboundCalling": True, "SMS": False}}
    stage.api.update_user_settings(AccountId=account, UserId=user, UserSettings=wanted)
    assert read() == wanted
