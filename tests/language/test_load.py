"""A workspace from its files to `Desired`: includes, merging, environments, templates, tables, moves."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chimeform.address import Address
from chimeform.language.desired import Import, Moved, Removed
from chimeform.relocation import Moves, departures
from chimeform.resources.account import Account
from chimeform.resources.bot import Bot
from chimeform.resources.user import User

from .workspaces import HEAD, codes_of, errors_of, load_files, load_text

ACME = Address.parse("accounts.acme")
JANE = Address.parse('accounts.acme.users["jane@acme.example"]')
NUMBER = Address.parse('phone_numbers["+12065550100"]')
ACCOUNT = "accounts:\n  acme:\n    name: Acme\n"


def test_a_whole_workspace(tmp_path: Path) -> None:
    desired = load_files(
        tmp_path,
        {
            "chimeform.yaml": HEAD
            + "include: ['accounts/*.yaml', phones.yaml]\naws: {profile: admin}\nguardrails: {max_deletes: 3}\n"
            + "settings: {calling_name: Acme}\nmoved: [{from: accounts.old, to: accounts.acme}]\n",
            "accounts/acme.yaml": ACCOUNT
            + "    meetings: {call_me: true}\n    users:\n"
            + "      jane@acme.example: {license: pro, phone: '+12065550100'}\n",
            "phones.yaml": "phone_numbers: {'+12065550100': {product: business-calling}}\n"
            "removed: [{address: accounts.gone, destroy: false}]\nimport: [{to: accounts.acme, id: abc}]\n",
        },
    )
    assert (desired.root, desired.workspace, desired.environment) == (tmp_path, "acme", None)
    assert [str(address) for address in desired.declarations] == [
        "settings.calling_name",
        "accounts.acme",
        "accounts.acme.meetings",
        str(JANE),
        str(NUMBER),
    ]
    assert desired.aws.profile == "admin"
    assert desired.guardrails.max_deletes == 3
    jane = desired.declarations[JANE]
    assert jane.spec == User(email="jane@acme.example", license="pro", phone="+12065550100")
    assert jane.kind == "user"
    assert jane.refs == (ACME, NUMBER)
    assert str(jane.at(None)) == "accounts/acme.yaml:6:7"
    assert str(jane.at("license")) == "accounts/acme.yaml:6:36"
    assert jane.at("suspended") == jane.at(None)
    assert [(str(one.source), str(one.target)) for one in desired.moved] == [("accounts.old", "accounts.acme")]
    assert isinstance(desired.moved[0], Moved)
    assert desired.removed == (Removed(Address.parse("accounts.gone"), False, desired.removed[0].position),)
    assert desired.imports == (Import(ACME, "abc", desired.imports[0].position),)
    assert set(desired.digests) == {"chimeform.yaml", "accounts/acme.yaml", "phones.yaml", "(variables)"}
    assert desired.sources["phones.yaml"][0].startswith("phone_numbers")
    assert desired.warnings == ()


# ---- include


def test_included_files_may_include(tmp_path: Path) -> None:
    files = {
        "chimeform.yaml": HEAD + "include: [a/one.yaml]\n",
        "a/one.yaml": ACCOUNT + "include: [a/two.yaml, chimeform.yaml, a/one.yaml]\n",
        "a/two.yaml": "phone_numbers: {'+12065550100': {product: business-calling}}\n",
    }
    assert set(load_files(tmp_path, files).declarations) == {ACME, NUMBER}


def test_a_pattern_does_not_reach_into_hidden_folders(tmp_path: Path) -> None:
    files = {
        "chimeform.yaml": HEAD + "include: ['**/*.yaml']\n" + ACCOUNT,
        ".old/acme.yaml": ACCOUNT,
        "a/b/c.yaml": "accounts: {}",
    }
    assert set(load_files(tmp_path, files).declarations) == {ACME}


def test_a_link_does_not_lead_out_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text("accounts: {}")
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "link.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    assert codes_of(tmp_path / "workspace", "include: [link.yaml]\n") == ["CF-DOC-005"]


def test_an_included_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    assert codes_of(tmp_path, "include: [folder.yaml]\n") == ["CF-DOC-006"]


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "chimeform.yaml").mkdir()
    assert codes_of(tmp_path, {}) == ["CF-DOC-001"]


# ---- what suppresses what


def test_an_unreadable_file_does_not_make_names_seem_missing(tmp_path: Path) -> None:
    files = {
        "chimeform.yaml": HEAD
        + "include: [phones.yaml]\n"
        + ACCOUNT
        + "    users: {jane@acme.example: {phone: '+12065550100'}}\n",
        "phones.yaml": "phone_numbers: [\n",
    }
    assert codes_of(tmp_path, files) == ["CF-YAML-001"]


def test_a_wrong_block_is_not_missing_as_well(tmp_path: Path) -> None:
    text = (
        ACCOUNT
        + "    users: {jane@acme.example: {phone: '+12065550100'}}\nphone_numbers: {'+12065550100': {product: x}}\n"
    )
    assert codes_of(tmp_path, text) == ["CF-DOC-013"]


def test_an_unread_value_is_reported_once(tmp_path: Path) -> None:
    assert codes_of(tmp_path, ACCOUNT + "    meetings: {call_me: no}\n") == ["CF-YAML-020"]
    assert codes_of(tmp_path, ACCOUNT + "    bots: {b: {display_name: B, domain: '{{ domain }}'}}\n") == ["CF-REN-001"]


# ---- environments, values, variables

ENVIRONMENTS = (
    "values: {company: Acme, domain: common.example}\n"
    "environments:\n  prod: {values: {domain: acme.example}}\n"
    "  lab: {values: {company: '{{ company }} {{ env.STAGE }}'}}\n"
    "accounts:\n  acme: {name: '{{ company }} {{ domain }}'}\n"
)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "Acme common.example"),
        ({"environment": "prod"}, "Acme acme.example"),
        ({"environment": "lab", "process_env": {"STAGE": "Lab"}}, "Acme Lab common.example"),
        ({"environment": "prod", "variables": {"domain": "given.example"}}, "Acme given.example"),
    ],
)
def test_values_come_from_the_nearest_place(options: dict[str, Any], name: str, tmp_path: Path) -> None:
    spec = load_text(tmp_path, ENVIRONMENTS, **options).spec(ACME)
    assert isinstance(spec, Account)
    assert spec.name == name


def test_the_digest_of_variables_follows_what_is_used(tmp_path: Path) -> None:
    def digest(**variables: str) -> str:
        return load_text(tmp_path, "accounts: {acme: {name: '{{ a }}'}}\n", variables=variables).digests["(variables)"]

    assert digest(a="1") == digest(a="1", unused="2") != digest(a="2")


def test_a_variable_that_nobody_uses_is_a_warning(tmp_path: Path) -> None:
    desired = load_text(tmp_path, ENVIRONMENTS, variables={"domian": "x", "company": "y"})
    assert [(one.code, one.do) for one in desired.warnings] == [("CF-REN-006", "did you mean 'domain'?")]


def test_keys_and_fields_know_where_their_template_stands(tmp_path: Path) -> None:
    text = "values: {who: jane@acme.example}\n" + ACCOUNT + "    users: {'{{ who }}': {license: '{{ plan }}'}}\n"
    jane = load_text(tmp_path, text, variables={"plan": "pro"}).declarations[JANE]
    assert (str(jane.at(None)), str(jane.at("license"))) == ("chimeform.yaml:7:13", "chimeform.yaml:7:36")


# ---- accounts over several files, defaults


def test_an_account_may_be_spread_over_files(tmp_path: Path) -> None:
    files = {
        "chimeform.yaml": HEAD + "include: [b.yaml, c.yaml]\n" + ACCOUNT,
        "b.yaml": "accounts: {acme: {default_license: pro, users: {jane@acme.example: }}}\n",
        "c.yaml": "accounts: {acme: {users: {omar@acme.example: , defaults: {license: basic}}}}\n",
    }
    desired = load_files(tmp_path, files)
    assert desired.spec(ACME) == Account(name="Acme", default_license="pro")
    assert desired.spec(JANE) == User(email="jane@acme.example", license="basic")
    assert str(desired.declarations[ACME].at("default_license")) == "b.yaml:1:36"
    assert str(desired.declarations[JANE].at("license")) == "c.yaml:1:68"


def test_a_block_wins_over_defaults_also_with_nothing(tmp_path: Path) -> None:
    users = "    users:\n      defaults: {license: pro}\n      jane@acme.example: {license: }\n"
    assert load_text(tmp_path, ACCOUNT + users).spec(JANE) == User(email="jane@acme.example")


def test_dates_and_lists_and_nested_blocks(tmp_path: Path) -> None:
    text = (
        "accounts:\n  acme:\n    name: Acme\n    authoritative: [users]\n"
        "    lifecycle: {expires: 2027-01-31, ignore: [name], prevent_destroy: true}\n"
        "    bots:\n      help:\n        display_name: Help\n        domain: acme.example\n"
        "        events: {lambda: 'arn:aws:lambda:us-east-1:111122223333:function:x'}\n"
    )
    desired = load_text(tmp_path, text)
    account, bot = desired.spec(ACME), desired.spec(ACME.child("bots", "help"))
    assert isinstance(account, Account)
    assert isinstance(bot, Bot)
    assert account.lifecycle is not None
    assert (account.authoritative, account.lifecycle.expires) == (("users",), date(2027, 1, 31))
    assert bot.events is not None
    assert bot.events.lambda_ == "arn:aws:lambda:us-east-1:111122223333:function:x"


# ---- tables


def test_people_from_a_table(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "chimeform.yaml": HEAD
        + ACCOUNT
        + "    users:\n      from: people/all.csv\n      defaults: {license: basic}\n"
        + "      omar@acme.example: {license: pro}\n",
        "people/all.csv": b"\xef\xbb\xbfemail,license,suspended\r\njane@acme.example,pro,\r\n"
        b'"eve@acme.example", ,true\r\n,,\r\n\r\nmax@acme.example,,false\r\n',
    }
    desired = load_files(tmp_path, files)
    users = {address.name: spec for address, spec in desired.of_kind("user")}
    assert users == {
        "omar@acme.example": User(email="omar@acme.example", license="pro"),
        "jane@acme.example": User(email="jane@acme.example", license="pro"),
        "eve@acme.example": User(email="eve@acme.example", license="basic", suspended=True),
        "max@acme.example": User(email="max@acme.example", license="basic"),
    }
    jane = desired.declarations[JANE]
    assert str(jane.at(None)) == "people/all.csv:2:1"
    assert str(jane.at("license")) == "people/all.csv:2:19"
    assert "people/all.csv" in desired.digests
    assert desired.sources["people/all.csv"][1] == "jane@acme.example,pro,"


def test_a_cell_may_hold_a_line_break(tmp_path: Path) -> None:
    files = {
        "chimeform.yaml": HEAD + "phone_numbers: {from: n.csv}\n",
        "n.csv": 'number,calling_name,product\n+12065550100,"Acme\nSales",business-calling\n'
        '+12065550101,"A, ""B",calling\n',
    }
    found = [(item.code, str(item.position)) for item in errors_of(tmp_path, files)]
    assert found == [("CF-NUM-003", "n.csv:2:14"), ("CF-NUM-003", "n.csv:4:14"), ("CF-DOC-013", "n.csv:4:23")]


LICENCES = """accounts:
  acme:
    name: Acme
    users:
      defaults:
        - {match: ["*@sales.acme.example", "ceo@*"], license: pro}
        - {where: {department: [Sales, Support], site: 7}, license: pro, telephony: {inbound: true}}
        - {where: {department: Sales}, telephony: {inbound: false, sms: true}}
        - {license: basic, phone: "+12065550100"}
      from: [people.csv, more.csv]
      CEO@acme.example: {phone: "+12065550101"}
      written@acme.example: {license: pro, telephony: {sms: true}}
"""
NUMBERS = """phone_numbers:
  defaults: {product: business-calling}
  "+12065550100": {}
  "+12065550101": {}
"""


def test_the_first_defaults_that_fit_decide_and_what_is_written_goes_before_them(tmp_path: Path) -> None:
    desired = load_files(
        tmp_path,
        {
            "chimeform.yaml": HEAD + LICENCES.replace(', phone: "+12065550100"}', "}") + NUMBERS,
            "people.csv": "email,department,site,license,telephony.outbound,lifecycle.expires\n"
            "a@acme.example,Sales,7,,true,\n"
            "b@acme.example,Sales,8,,,2027-01-31\n"
            "c@acme.example,Sales,7,basic,,\n"
            "d@acme.example,Kitchen,7,,,\n",
            "more.csv": "email\ne@SALES.acme.example\n",
        },
    )
    people = {address.name: spec for address, spec in desired.of_kind("user") if isinstance(spec, User)}
    assert {name: person.license for name, person in people.items()} == {
        "a@acme.example": "pro",
        "b@acme.example": "basic",
        "c@acme.example": "basic",
        "d@acme.example": "basic",
        "e@SALES.acme.example": "pro",
        "CEO@acme.example": "pro",
        "written@acme.example": "pro",
    }
    settings = {address.parts[3]: spec.values() for address, spec in desired.of_kind("telephony")}
    assert settings == {
        "a@acme.example": {"inbound": True, "outbound": True, "sms": True},
        "b@acme.example": {"inbound": False, "sms": True},
        "c@acme.example": {"inbound": True, "sms": True},
        "written@acme.example": {"sms": True},
    }
    expires = people["b@acme.example"].lifecycle
    assert expires is not None and expires.expires == date(2027, 1, 31)
    one = desired.declarations[Address.parse('accounts.acme.users["a@acme.example"]')]
    assert str(one.at("license")) == "chimeform.yaml:9:69", "a value of defaults is where the defaults are"
    calls = desired.declarations[one.address.child("telephony")]
    assert (str(calls.at("outbound")), str(calls.at("inbound"))) == ("people.csv:2:25", "chimeform.yaml:9:95")
    assert str(desired.declarations[Address.parse('accounts.acme.users["b@acme.example"]')].at("lifecycle")) == (
        "people.csv:3:26"
    )


def test_somebody_in_a_table_and_in_the_files_is_declared_twice(tmp_path: Path) -> None:
    files = {
        "chimeform.yaml": HEAD
        + ACCOUNT
        + "    users:\n      from: [a.csv, b.csv]\n      omar@acme.example: {telephony: {sms: true}}\n",
        "a.csv": "email,license\njane@acme.example,pro\nomar@acme.example,pro\n",
        "b.csv": "email\njane@acme.example\n",
    }
    found = errors_of(tmp_path, files)
    assert [(item.code, str(item.position), str(item.related[0].position)) for item in found] == [
        ("CF-DOC-007", "b.csv:2:1", "a.csv:2:1"),
        ("CF-DOC-007", "chimeform.yaml:8:7", "a.csv:3:1"),
    ]


def test_people_move_between_accounts_one_by_one_or_all_together(tmp_path: Path) -> None:
    text = (
        ACCOUNT
        + "    users: {jane@acme.example: {lifecycle: {previously: ['accounts.lab.users[\"jane@acme.example\"]']}}}\n"
        + "moved: [{from: accounts.old.users, to: accounts.acme.users}, {from: accounts.lab, to: accounts.older}]\n"
    )
    desired = load_text(tmp_path, text.replace("accounts.older", "accounts.acme"))
    old, lab = (Address.parse(f'accounts.{name}.users["jane@acme.example"]') for name in ("old", "lab"))
    assert departures(desired) == {old: JANE}, "who goes with her account only has another address"
    assert Moves(desired.moved).renames() == [(Address.parse("accounts.lab"), ACME), (lab, JANE)]


def test_whole_numbers_and_periods_in_tables_are_what_the_field_wants(tmp_path: Path) -> None:
    files = {"chimeform.yaml": HEAD + "accounts: {from: a.csv}\n", "a.csv": "key,name,default_license\nacme,12,pro\n"}
    assert load_files(tmp_path, files).spec(ACME) == Account(name="12", default_license="pro")


# ---- moves


def test_moves_may_follow_one_another(tmp_path: Path) -> None:
    text = ACCOUNT + "moved: [{from: accounts.a, to: accounts.b}, {from: accounts.b, to: accounts.acme}]\n"
    assert [str(one.target) for one in load_text(tmp_path, text).moved] == ["accounts.b", "accounts.acme"]


def test_a_resource_may_say_itself_where_it_was(tmp_path: Path) -> None:
    """It may have had several addresses, and an entry of `moved` may end at one of them: that one goes first."""
    text = (
        ACCOUNT + "    lifecycle: {previously: [accounts.b, accounts.c]}\nmoved: [{from: accounts.a, to: accounts.b}]\n"
    )
    moved = load_text(tmp_path, text).moved
    assert [(str(one.source), str(one.target)) for one in moved] == [
        ("accounts.a", "accounts.b"),
        ("accounts.b", "accounts.acme"),
        ("accounts.c", "accounts.acme"),
    ]
    assert str(moved[1].position) == "chimeform.yaml:6:30"


def test_entries_of_several_files_add_up(tmp_path: Path) -> None:
    files = {
        "chimeform.yaml": HEAD
        + "values: {really: true}\ninclude: [b.yaml]\nremoved: [{address: accounts.x, destroy: false}]\n",
        "b.yaml": "removed: [{address: accounts.y, destroy: '{{ really }}'}]\n",
    }
    removed = load_files(tmp_path, files).removed
    assert [(str(one.address), one.destroy) for one in removed] == [("accounts.x", False), ("accounts.y", True)]


# ---- what a workspace without templates does not pay for


def test_jinja_is_imported_only_for_expressions(tmp_path: Path) -> None:
    load_text(tmp_path, "values: {a: Acme}\naccounts: {acme: {name: '{{ a }} {{ env.B }}'}}\n", process_env={"B": "b"})
    program = (
        "import sys; from pathlib import Path; from chimeform.language import load\n"
        f"load(Path({str(tmp_path)!r}), process_env={{'B': 'b'}})\n"
        "heavy = {'jinja2', 'networkx', 'boto3', 'botocore', 'deepdiff', 'rich'}\n"
        "sys.exit(f'imported: {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
