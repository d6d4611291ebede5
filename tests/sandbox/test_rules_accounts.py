"""Accounts: creation, names, licences, deletion, meeting settings, sign-in delegate groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import DAY, Stage, refusal

ENTERPRISE = ("EnterpriseLWA", "EnterpriseDirectory", "EnterpriseOIDC")


def test_a_new_account_is_a_team_account_with_pro_as_its_default(stage: Stage):
    account = stage.api.create_account(Name="Acme")["Account"]
    assert account["AwsAccountId"] == "111122223333"
    assert (account["AccountType"], account["AccountStatus"]) == ("Team", "Active")
    assert (account["DefaultLicense"], account["SupportedLicenses"]) == ("Pro", ["Basic", "Pro"])
    assert stage.api.get_account(AccountId=account["AccountId"])["Account"] == account


def test_account_names_are_not_unique(stage: Stage):
    first, second = stage.team("Acme"), stage.team("Acme")
    assert first != second
    listed = stage.api.list_accounts()["Accounts"]
    assert [account["AccountId"] for account in listed] == [first, second]


def test_the_name_filter_is_a_prefix(stage: Stage):
    for name in ("Acme", "Acme West", "West Acme"):
        stage.team(name)
    listed = stage.api.list_accounts(Name="Acme")["Accounts"]
    assert [account["Name"] for account in listed] == ["Acme", "Acme West"]


def test_the_email_filter_gives_the_one_account_where_the_user_is(stage: Stage):
    first, second = stage.team("first"), stage.team("second")
    stage.invite(first, "jane@home.example")
    stage.member(second, "jane@home.example")
    listed = stage.api.list_accounts(UserEmail="Jane@home.example")["Accounts"]
    assert [account["AccountId"] for account in listed] == [second]
    assert stage.api.list_accounts(UserEmail="nobody@home.example")["Accounts"] == []


def test_accounts_are_paged(stage: Stage):
    made = [stage.team(f"team {n}") for n in range(5)]
    pages = list(stage.api.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2}))
    assert [[account["AccountId"] for account in page["Accounts"]] for page in pages] == [made[:2], made[2:4], made[4:]]


def test_an_update_changes_only_what_is_sent(stage: Stage):
    account = stage.team("Acme")
    stage.api.update_account(AccountId=account, DefaultLicense="Basic")
    stage.api.update_account(AccountId=account, Name="Acme Corporation")
    after = stage.api.update_account(AccountId=account)["Account"]
    assert (after["Name"], after["DefaultLicense"]) == ("Acme Corporation", "Basic")


def test_a_default_licence_must_be_supported(stage: Stage):
    account = stage.team()
    assert refusal(stage.api.update_account, AccountId=account, DefaultLicense="Plus") == "BadRequestException"
    stage.sandbox.put(f"console/accounts/{account}/licenses", {"licenses": ["Plus", "Pro"]})
    assert stage.api.update_account(AccountId=account, DefaultLicense="Plus")["Account"]["DefaultLicense"] == "Plus"
    assert refusal(stage.api.update_account, AccountId=account, DefaultLicense="Basic") == "BadRequestException"


def test_an_unknown_account_is_not_found(stage: Stage):
    for call in (stage.api.get_account, stage.api.delete_account, stage.api.list_users, stage.api.list_bots):
        assert refusal(call, AccountId="nobody") == "NotFoundException"


def test_a_team_account_is_deleted_only_without_users(stage: Stage):
    account = stage.team()
    user = stage.member(account)
    assert refusal(stage.api.delete_account, AccountId=account) == "UnprocessableEntityException"
    stage.invite(account, "omar@acme.example")
    pending = stage.api.list_users(AccountId=account, UserEmail="omar@acme.example")["Users"][0]["UserId"]
    stage.api.batch_suspend_user(AccountId=account, UserIdList=[user])
    assert refusal(stage.api.delete_account, AccountId=account) == "UnprocessableEntityException"
    stage.api.batch_suspend_user(AccountId=account, UserIdList=[pending])
    assert stage.api.delete_account(AccountId=account)["ResponseMetadata"]["HTTPStatusCode"] == 204


@pytest.mark.parametrize("kind", ENTERPRISE)
def test_an_enterprise_account_is_deleted_only_without_claimed_domains(stage: Stage, kind: str):
    account = stage.account_of_type(kind)
    stage.claim(account, "second.example")
    if kind != "EnterpriseLWA":
        stage.map_group(account, "all", "Pro")
    stage.member(account)
    for domain in ("acme.example", "second.example"):
        assert refusal(stage.api.delete_account, AccountId=account) == "UnprocessableEntityException"
        stage.release(account, domain)
    stage.api.delete_account(AccountId=account)
    assert refusal(stage.api.get_account, AccountId=account) == "NotFoundException"


def test_a_deleted_account_stays_ninety_days_in_the_list_of_disabled_ones(stage: Stage):
    account = stage.team("Gone")
    stage.api.delete_account(AccountId=account)
    assert refusal(stage.api.get_account, AccountId=account) == "NotFoundException"
    assert stage.api.list_accounts()["Accounts"] == []
    stage.sandbox.advance(90 * DAY - 60)
    assert [entry["AccountId"] for entry in stage.sandbox.get("accounts")["DisabledAccounts"]] == [account]
    stage.sandbox.advance(60)
    assert stage.sandbox.get("accounts")["DisabledAccounts"] == []


def test_what_an_account_held_goes_with_it(stage: Stage):
    account = stage.enterprise()
    user = stage.member(account)
    stage.api.create_room(AccountId=account, Name="incidents")
    stage.api.create_bot(AccountId=account, DisplayName="desk")
    stage.buy("+12065550100")
    stage.api.associate_phone_number_with_user(AccountId=account, UserId=user, E164PhoneNumber="+12065550100")
    stage.release(account, "acme.example")
    stage.api.delete_account(AccountId=account)
    assert stage.number("+12065550100")["Associations"] == []
    assert stage.sandbox.get("accounts")["Accounts"] == []
    # The domain is free again.
    assert stage.claim(stage.team(), "acme.example")["AccountType"] == "EnterpriseLWA"


def test_a_deleted_team_account_gives_up_its_pending_claims(stage: Stage):
    account = stage.team()
    stage.claim(account, "acme.example", verified=False)
    stage.api.delete_account(AccountId=account)
    assert stage.claim(stage.team(), "acme.example")["AccountType"] == "EnterpriseLWA"


def test_settings_of_a_fresh_account_are_off_and_updates_merge(stage: Stage):
    account = stage.team()

    def read() -> Any:
        return stage.api.get_account_settings(AccountId=account)["AccountSettings"]

    assert read() == {"DisableRemoteControl": False, "EnableDialOut": False}
    stage.api.update_account_settings(AccountId=account, AccountSettings={"EnableDialOut": True})
    assert read() == {"DisableRemoteControl": False, "EnableDialOut": True}
    stage.api.update_account_settings(AccountId=account, AccountSettings={"DisableRemoteControl": True})
    assert read() == {"DisableRemoteControl": True, "EnableDialOut": True}


def test_delegate_groups_add_up_and_go_by_name(stage: Stage):
    account = stage.directory()

    def names() -> list[str]:
        groups = stage.api.get_account(AccountId=account)["Account"].get("SigninDelegateGroups", [])
        return [group["GroupName"] for group in groups]

    def associate(*wanted: str) -> None:
        groups = [{"GroupName": name} for name in wanted]
        stage.api.associate_signin_delegate_groups_with_account(AccountId=account, SigninDelegateGroups=groups)

    associate("north", "south")
    associate("south", "west")
    assert names() == ["north", "south", "west"]
    stage.api.disassociate_signin_delegate_groups_from_account(AccountId=account, GroupNames=["south", "unknown"])
    assert names() == ["north", "west"]


@pytest.mark.parametrize("kind", ["Team", "EnterpriseLWA"])
def test_delegate_groups_need_a_directory(stage: Stage, kind: str):
    account = stage.account_of_type(kind)
    groups = [{"GroupName": "north"}]
    call = stage.api.associate_signin_delegate_groups_with_account
    assert refusal(call, AccountId=account, SigninDelegateGroups=groups) == "ForbiddenException"
