"""Every example lives a whole life on the sandbox: planned, applied, changed by others, put right, destroyed."""

from __future__ import annotations

import csv
import re
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from tests.engine.stage import Stage
from tests.examples.company import EXAMPLES, Company
from tests.sandbox_process import SandboxProcess

CASES: list[tuple[str, str | None, dict[str, str]]] = [
    ("minimal", None, {}),
    ("acme", "prod", {"Acme Corporation": "acme.example"}),
    ("acme", "lab", {"Acme Lab": "lab.acme.example"}),
]
CENTER: tuple[str, str | None, dict[str, str]] = ("contact-center", None, {})


@pytest.fixture
def company(request: pytest.FixtureRequest, sandbox: SandboxProcess, tmp_path: Path) -> Company:
    name, environment, domains = request.param
    return Company.of_example(name, environment, domains, sandbox, tmp_path / "workspace")


every_example = pytest.mark.parametrize(
    "company", CASES, indirect=True, ids=lambda case: "-".join(part for part in case[:2] if part)
)


def test_every_example_is_tested() -> None:
    named = {"gitops", "voice", CENTER[0], *(name for name, _, _ in CASES)}
    assert {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()} == named


@every_example
def test_whole_life(company: Company) -> None:
    company.run("validate")
    company.run("plan", "--detailed-exitcode", code=2)
    company.apply()
    company.people_act()
    company.apply()
    assert company.plan()["gates"] == [], "nobody has to do anything any more"

    edit_by_hand(company)
    changes = company.plan()["changes"]
    causes = {field["cause"] for change in changes if change["action"] != "retire" for field in change["fields"]}
    assert causes == {"changed there"}
    company.apply()
    assert company.plan()["changes"] == []

    destroy(company)


def edit_by_hand(company: Company) -> None:
    """Somebody who does not know the files changes a setting, a licence and, where there is one, a period."""
    client = company.sandbox.client()
    name, account = next(iter(sorted(company.account_ids().items())))
    settings = client.get_account_settings(AccountId=account)["AccountSettings"]
    flipped = {"EnableDialOut": not settings["EnableDialOut"]}
    client.update_account_settings(AccountId=account, AccountSettings=flipped)
    user = next(user for _, user in sorted(company.users(name).items()) if user["LicenseType"] == "Basic")
    asked = [{"UserId": user["UserId"], "LicenseType": "Pro"}]
    client.batch_update_user(AccountId=account, UpdateUserRequestItems=asked)
    if domain := company.domains.get(name):
        company.sandbox.post("people/register", {"email": f"stranger@{domain}"})
        client.put_retention_settings(AccountId=account, RetentionSettings=retention(rooms=7, conversations=90))


def retention(*, rooms: int, conversations: int) -> dict[str, Any]:
    return {
        "RoomRetentionSettings": {"RetentionDays": rooms},
        "ConversationRetentionSettings": {"RetentionDays": conversations},
    }


def destroy(company: Company) -> None:
    """What the limits of the workspace refuse at first is done once somebody has raised them and consented."""
    company.run("destroy", "--yes", code=4)
    assert company.account_ids(), "a refused plan does nothing"
    file = company.program.root / "chimeform.yaml"
    file.write_text(re.sub(r"(?m)^guardrails:\n(  .*\n)+", "", file.read_text()))
    if company.domains:
        told = company.run("destroy", "--yes", "--accept", "*", "--detailed-exitcode", code=3)
        assert "the domains of the account are released" in told.out, "an administrator has to do it"
        company.release_domains()
    company.run("destroy", "--yes", "--accept", "*")
    client = company.sandbox.client()
    assert company.account_ids() == {}
    assert client.list_phone_numbers(Status="Assigned").get("PhoneNumbers", []) == []
    assert company.run("state", "list", "--format", "json").json() == []


# ---------------------------------------------------------------- how many calls a company of sixty takes

INVITED_AT_ONCE, LICENSED_AT_ONCE, NUMBERS_AT_ONCE = 50, 20, 50
"""What one call of the service takes [botocore chime: InviteUsers, BatchUpdateUser, CreatePhoneNumberOrder]."""


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / "acme" / "prod" / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("company", [CASES[1]], indirect=True, ids=["acme-prod"])
def test_a_company_of_sixty_takes_the_fewest_calls(company: Company) -> None:
    staff, contractors, numbers = rows("users.csv"), rows("contractors.csv"), rows("phones.csv")
    assert len(staff) + len(contractors) > 60
    assert len(staff) > INVITED_AT_ONCE, "or one call would do for all of them"

    company.run("apply", "--yes")
    assert company.writes() == {
        "CreateAccount": 2,
        "UpdateAccount": 1,  # new accounts give Pro licences, and the contractors' one is to give Basic ones
        "UpdateAccountSettings": 1,  # what the contractors may do is what people of a new account may do
        "CreateUser": 1,  # the screen in the board room
        "InviteUsers": ceil(len(staff) / INVITED_AT_ONCE) + ceil(len(contractors) / INVITED_AT_ONCE),
        "CreatePhoneNumberOrder": ceil(len(numbers) / NUMBERS_AT_ONCE),
        "BatchUpdatePhoneNumber": ceil(sum(1 for one in numbers if one["calling_name"]) / NUMBERS_AT_ONCE),
        "UpdateGlobalSettings": 1,
        "UpdatePhoneNumberSettings": 1,
    }
    before = company.writes()

    company.people_act()
    company.run("apply", "--yes")
    after = company.writes()
    with_number = [person for person in staff if person["phone"]]
    hosts = ("Engineering", "Management", "Sales")
    other_license = [one for one in staff if one["department"] not in hosts and one["license"] != "pro"]
    assert len(other_license) < sum(one["department"] not in hosts for one in staff), "there is an exception to the rule"
    assert len(other_license) > LICENSED_AT_ONCE, "or one call would do for all of them"
    assert {name: count - before.get(name, 0) for name, count in after.items() if count > before.get(name, 0)} == {
        "BatchUpdateUser": ceil(len(other_license) / LICENSED_AT_ONCE),
        "AssociatePhoneNumberWithUser": len(with_number),  # there is no batch operation for it
        "UpdateUserSettings": len(with_number),  # nor for this: a number is dead until it is allowed to ring
        "CreateBot": 3,
        "PutEventsConfiguration": 2,
        "CreateRoom": 3,
        "BatchCreateRoomMembership": 2,  # people and bot of a room in one call, once the bot has its endpoint
        "PutRetentionSettings": 1,
    }
    company.run("plan", "--detailed-exitcode")


@pytest.mark.parametrize("company", [CENTER], indirect=True, ids=["contact-center"])
def test_a_contact_center_lives_on_two_thousand_numbers_for_five_hundred_people(company: Company) -> None:
    company.run("validate")
    company.apply()
    writes = company.writes()
    assert writes["CreatePhoneNumberOrder"] == 2000 / NUMBERS_AT_ONCE
    assert writes["InviteUsers"] == 2 * ceil(250 / INVITED_AT_ONCE)
    assert len(Stage(company.sandbox).numbers()) == 2000

    company.people_act()
    company.run("apply", "--yes")
    assert company.writes()["AssociatePhoneNumberWithUser"] == 500, "there is no batch operation for it"
    people = [*company.users("Acme Center Seattle").values(), *company.users("Acme Center Brooklyn").values()]
    assert len({person["PrimaryProvisionedNumber"] for person in people}) == 500

    before = company.sandbox.calls()
    company.run("drift")
    read = {name: count - before.get(name, 0) for name, count in company.sandbox.calls().items()}
    assert {name: count for name, count in read.items() if count} == {
        "ListAccounts": 1,
        "GetPhoneNumberSettings": 1,
        "ListPhoneNumbers": ceil(2000 / 99),
        "ListPhoneNumberOrders": 1,
        "ListUsers": 2 * ceil(250 / 200),
    }, "as many as there are pages"
    destroy(company)
