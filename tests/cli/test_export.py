"""`chimeform export`: the files of what is live already, and never at the cost of what is there."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "export"


@pytest.fixture
def organisation(sandbox: SandboxProcess) -> None:
    """A company as one finds it: an Enterprise account, one of Active Directory, a Team account, numbers, settings."""
    sandbox.post("settings", {"order_seconds": 0, "calling_name_seconds": 0})
    chime = sandbox.client()

    def account(name: str) -> str:
        return str(chime.create_account(Name=name)["Account"]["AccountId"])

    def enterprise(name: str, domain: str, *people: str) -> str:
        made = account(name)
        sandbox.post(f"console/accounts/{made}/domains", {"domain": domain, "verified": True})
        for person in people:
            sandbox.post("people/register", {"email": f"{person}@{domain}"})
        return made

    def user(where: str, email: str) -> str:
        (found,) = chime.list_users(AccountId=where, UserEmail=email)["Users"]
        return str(found["UserId"])

    acme = enterprise("Acme Corporation", "acme.example", "eve", "jane", "omar", "rita")
    numbers = ["+12065550100", "+12065550101", "+12065550102"]
    chime.create_phone_number_order(ProductType="BusinessCalling", E164PhoneNumbers=numbers)
    chime.update_phone_number(PhoneNumberId=numbers[0], CallingName="Acme Sales")
    chime.associate_phone_number_with_user(
        AccountId=acme, UserId=user(acme, "jane@acme.example"), E164PhoneNumber=numbers[0]
    )
    chime.delete_phone_number(PhoneNumberId=numbers[2])
    chime.update_user(AccountId=acme, UserId=user(acme, "omar@acme.example"), LicenseType="Basic")
    chime.batch_suspend_user(AccountId=acme, UserIdList=[user(acme, "eve@acme.example")])
    chime.update_account_settings(AccountId=acme, AccountSettings={"EnableDialOut": True})
    days = {"RoomRetentionSettings": {"RetentionDays": 365}, "ConversationRetentionSettings": {"RetentionDays": 90}}
    chime.put_retention_settings(AccountId=acme, RetentionSettings=days)
    for name, endpoint in (("HelpDesk", "https://bot.acme.example/chime"), ("Lunch", "")):
        bot = chime.create_bot(AccountId=acme, DisplayName=name, Domain="acme.example")["Bot"]["BotId"]
        if endpoint:
            chime.put_events_configuration(AccountId=acme, BotId=bot, OutboundEventsHTTPSEndpoint=endpoint)
    labs = enterprise("Acme Labs", "labs.example")
    sandbox.post(f"console/accounts/{labs}/directory", {"directory_id": "d-1234567890"})
    sandbox.post(f"console/accounts/{labs}/groups", {"name": "Everybody", "license": "Pro"})
    sandbox.post("people/register", {"email": "ada@labs.example"})
    _, partners = account("Partners"), account("Partners")
    chime.invite_users(AccountId=partners, UserEmailList=["lee@x.example", "kim@x.example"])
    sandbox.post("people/accept", {"email": "lee@x.example"})
    chime.update_phone_number_settings(CallingName="Acme")
    sandbox.client("s3").create_bucket(Bucket="acme-chime-calls")
    chime.update_global_settings(BusinessCalling={"CdrBucket": "acme-chime-calls"})


def shown(root: Path) -> str:
    """All files one after the other, without the day."""
    files = sorted(path for path in root.rglob("*") if path.suffix in (".yaml", ".csv"))
    texts = (f"==> {path.relative_to(root)} <==\n{path.read_text()}" for path in files)
    return re.sub(r"\d{4}-\d\d-\d\d(?! \d)", "2027-01-31", "\n".join(texts))


@pytest.mark.usefixtures("organisation")
def test_the_files_read_as_if_a_person_had_written_them(chimeform: Program):
    ran = chimeform("export", "--output", "acme")
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / "files.txt", shown(chimeform.root / "acme"))
    check_golden(GOLDEN / "told.txt", re.sub(r"\d{4}-\d\d-\d\d", "2027-01-31", ran.out))


@pytest.mark.usefixtures("organisation")
def test_many_become_tables(chimeform: Program):
    assert chimeform("export", "--csv-above", "1", "--output", "acme").code == 0
    check_golden(GOLDEN / "tables.txt", shown(chimeform.root / "acme"))


@pytest.mark.usefixtures("organisation")
def test_the_workspace_is_taken_over_and_stays_as_it_is(chimeform: Program, sandbox: SandboxProcess):
    assert chimeform("export", "--output", "acme").code == 0
    assert chimeform("validate", "-C", "acme").code == 0
    before = sandbox.calls()
    assert chimeform("apply", "--auto-approve", "-C", "acme").code == 0
    assert chimeform("plan", "--detailed-exitcode", "-C", "acme").code == 0
    changed = {name for name, count in sandbox.calls().items() if count > before.get(name, 0)}
    assert all(name.startswith(("Get", "List")) for name in changed)


@pytest.mark.usefixtures("organisation")
def test_what_is_suggested_in_comments_is_valid_as_it_stands(chimeform: Program):
    assert chimeform("export", "--output", "acme").code == 0
    for file in (chimeform.root / "acme" / "accounts").iterdir():
        text = file.read_text()
        begin, _, rest = text.partition(" take the '# ' away:\n")
        file.write_text(f"{begin}\n{re.sub('^    # ', '    ', rest, flags=re.MULTILINE)}")
    told = chimeform("validate", "-C", "acme", "--format", "json").json()
    assert told["valid"], told
    assert {name: told["resources"][name] for name in ("domain", "identity", "outlook", "slack")} == {
        "domain": 2,
        "identity": 1,
        "outlook": 4,
        "slack": 2,
    }


@pytest.mark.usefixtures("organisation")
def test_json(chimeform: Program):
    told = chimeform("export", "--format", "json", "--output", "acme").json()
    assert told["declared"] == {
        "account": 4,
        "bot": 2,
        "call_detail_records": 1,
        "calling_name": 1,
        "meetings": 4,
        "phone_number": 2,
        "retention": 1,
        "telephony": 1,
        "user": 7,
    }
    assert [one["address"] for one in told["undeclared"]] == ['phone_numbers["+12065550102"]']
    assert told["unread"] == []
    assert {name for name in told["files"] if name.endswith(".yaml")} == {
        str(path.relative_to(chimeform.root / "acme")) for path in (chimeform.root / "acme").rglob("*.yaml")
    }


def test_an_empty_organisation_is_a_workspace_too(chimeform: Program):
    assert chimeform("export").code == 0
    assert chimeform("validate").code == 0
    assert chimeform("export").err.startswith("error[CF-ADP-001]: ")


def test_what_is_told_does_not_act_on_the_terminal(chimeform: Program):
    ran = chimeform("export", "--output", "\x1b[2Jfiles")
    assert "\\x1b[2Jfiles: " in ran.out
    assert "\x1b" not in ran.out


def test_what_could_not_be_read_is_told_and_fails(chimeform: Program, sandbox: SandboxProcess):
    sandbox.client().create_account(Name="Acme")
    sandbox.post("iam", {"deny": ["chime:ListUsers"]})
    ran = chimeform("export")
    assert ran.code == 1
    assert "Not read\n  accounts.acme.users: " in ran.out
    assert chimeform("validate").code == 0
    sandbox.delete("iam")


@pytest.mark.parametrize("there", ["chimeform.yaml", "notes.txt", "accounts/acme.yaml"])
def test_a_folder_that_is_in_use_is_left_alone(chimeform: Program, there: str):
    chimeform.write(there, "mine")
    ran = chimeform("export")
    assert ran.code == 1
    assert ran.err.startswith("error[CF-ADP-001]: ")
    assert [path.name for path in chimeform.root.iterdir()] == [Path(there).parts[0]]
    assert (chimeform.root / there).read_text() == "mine"


def test_a_fresh_repository_counts_as_empty(chimeform: Program):
    chimeform.write(".git/HEAD", "ref: refs/heads/main\n")
    chimeform.write("README.md", "# Ours\n")
    assert chimeform("export").code == 0
    assert (chimeform.root / "README.md").read_text() == "# Ours\n"


def test_a_place_that_cannot_be_written_is_told(chimeform: Program):
    (chimeform.root / "file").touch()
    ran = chimeform("export", "--output", "file/acme")
    assert ran.code == 1
    assert ran.err.startswith("error[CF-ADP-002]: ")


def test_a_workspace_says_where_to_look(chimeform: Program):
    chimeform.write("chimeform.yaml", 'chimeform: 1\nworkspace: x\naws: {expected_account: "999999999999"}\n')
    ran = chimeform("export", "--output", "new")
    assert ran.code == 4
    assert ran.err.startswith("error[CF-GRD-006]: ")
    chimeform.write("chimeform.yaml", "chimeform: 1\nworkspace: x\naws: {requests_per_second: 99}\n")
    assert chimeform("export", "--output", "new").code == 0
    assert "requests_per_second: 99" in (chimeform.root / "new" / "chimeform.yaml").read_text()


COLUMNS = (
    "account,account_id,user_id,email,display_name,license,user_type,registration_status,invitation_status,"
    "invited_on,registered_on,phone_number"
)


@pytest.mark.usefixtures("organisation")
def test_the_list_of_people_for_a_spreadsheet(chimeform: Program, sandbox: SandboxProcess):
    ran = chimeform("export", "users", "--csv")
    assert ran.code == 0
    head, *rows = ran.out.splitlines()
    assert head == COLUMNS
    people = {row["email"]: row for row in csv.DictReader(ran.out.splitlines())}
    assert len(people) == len(rows) == 7
    assert people["jane@acme.example"]["phone_number"] == "+12065550100"
    assert people["eve@acme.example"]["registration_status"] == "Suspended"
    assert people["kim@x.example"]["invitation_status"] == "Pending"
    chime = sandbox.client()
    for account in chime.list_accounts()["Accounts"]:
        for user in chime.list_users(AccountId=account["AccountId"])["Users"]:
            assert user.get("PersonalPIN", "never") not in ran.out
    some = chimeform("export", "users", "--csv", "--target", "accounts.acme-labs").out
    assert [row["email"] for row in csv.DictReader(some.splitlines())] == ["ada@labs.example"]


@pytest.mark.usefixtures("organisation")
def test_the_list_of_people_for_a_program_and_into_a_file(chimeform: Program):
    told = chimeform("export", "users", "--format", "json").json()
    assert (len(told), list(told[0])) == (7, COLUMNS.split(","))
    assert chimeform("export", "users", "--csv", "--output", "people.csv").out == ""
    assert (chimeform.root / "people.csv").read_text().count("\n") == 8
    assert chimeform("export", "users").err.startswith("error[CF-USE-015]: ")
    assert chimeform("export", "--csv").code == 1


def test_nobody_is_a_list_too(chimeform: Program):
    assert chimeform("export", "users", "--csv").out == f"{COLUMNS}\n"
    assert chimeform("export", "users", "--format", "json").json() == []


def test_a_name_is_no_formula(chimeform: Program, sandbox: SandboxProcess):
    chime = sandbox.client()
    account = chime.create_account(Name="Devices")["Account"]["AccountId"]
    for name in ("=HYPERLINK(1)", "-1", "+12065550100"):
        chime.create_user(AccountId=account, Username=name, UserType="SharedDevice")
    names = [row["display_name"] for row in csv.DictReader(chimeform("export", "users", "--csv").out.splitlines())]
    assert names == ["'=HYPERLINK(1)", "-1", "+12065550100"]


def test_many_people_come_page_by_page(chimeform: Program, sandbox: SandboxProcess):
    sandbox.post("seed", {"accounts": 1, "users": 1000})
    assert chimeform("export", "users", "--csv").out.count("\n") == 1001
    assert sandbox.calls()["ListUsers"] == 5
