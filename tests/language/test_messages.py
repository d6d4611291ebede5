"""What people see when a file is wrong: one planted error, or a few, and the whole text of the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chimeform.errors import InvalidWorkspace
from chimeform.language import load
from tests.golden import check_golden

from .workspaces import HEAD, report, write

GOLDEN = Path(__file__).parent / "golden"

Files = Mapping[str, str | bytes]


def one(text: str) -> Files:
    return {"chimeform.yaml": HEAD + text}


ACCOUNT = "accounts:\n  acme:\n    name: Acme\n"

CASES: dict[str, Files] = {
    # ---- bytes and YAML
    "empty-file": {"chimeform.yaml": ""},
    "only-comments": {"chimeform.yaml": "# nothing here yet\n"},
    "not-utf8": {"chimeform.yaml": HEAD.encode() + b"accounts:\n  acme: {name: M\xfcller}\n"},
    "utf16": {"chimeform.yaml": HEAD.encode("utf-16")},
    "control-character": one('values: {bell: "a\x07b"}\n'),
    "nul": one("values: {zero: a\x00b}\n"),
    "tab-indentation": one("accounts:\n\tacme:\n"),
    "colon-in-text": one("accounts:\n  acme:\n    name: Acme: Sales\n"),
    "unclosed-quote": one('accounts:\n  acme:\n    name: "Acme\n    type: team\n'),
    "unclosed-bracket": one("include: [a.yaml\naccounts: {}\n"),
    "text-after-quote": one('accounts:\n  acme:\n    name: "Acme" Corporation\n'),
    "at-sign": one("values:\n  handle: @acme\n"),
    "wrong-indentation": one("accounts:\n  acme:\n    name: Acme\n   type: team\n"),
    "bad-escape": one('values: {path: "C:\\Quux"}\n'),
    "two-documents": one("---\naccounts: {}\n"),
    "list-at-the-top": {"chimeform.yaml": "- chimeform: 1\n"},
    "duplicate-key": one("accounts:\n  acme: {name: Acme}\n  beta: {name: Beta}\n  acme: {name: Acme too}\n"),
    "tag": one("values: {number: !!str 1, code: !python/name:os.system x}\n"),
    "complex-key": one("values:\n  ? [a, b]\n  : c\n"),
    "alias-cycle": one("values: &all\n  inner: *all\n"),
    "alias-unknown": one("values: {a: *nowhere}\n"),
    "merge-key-of-text": one("values: {<<: text}\n"),
    "words-that-mean-two-things": one("values: {a: no, b: Yes, c: on, d: OFF, e: y, n: 1}\n"),
    "digits-that-mean-two-things": one(
        "values:\n  a: 0123\n  b: 12:30\n  c: 0o17\n  d: 0x1F\n  e: 1_000\n  f: .5\n  g: 1e999\n  h: .inf\n"
    ),
    "pools-that-cannot-be": one(
        "phone_pools:\n"
        "  nothing: {product: business-calling, search: {}, count: 2}\n"
        "  city: {product: business-calling, search: {city: Seattle}, count: 2}\n"
        '  street: {product: business-calling, search: {area_code: "206", city: Seattle}, count: 2}\n'
        '  free: {product: business-calling, search: {toll_free_prefix: "844"}, count: 2}\n'
        '  abroad: {product: sip-media-application, search: {country: CA, area_code: "416"}, count: 2}\n'
        "  papers: {product: sip-media-application, search: {country: DE, type: local}, count: 2}\n"
        "  desks: {product: voice-connector, search: {country: DK, type: local}, count: 2}\n"
        "  code: {product: voice-connector, search: {area_code: 206}, count: many}\n"
    ),
    "people-and-pools": one(
        ACCOUNT + "    users:\n"
        "      jane@acme.example: {phone: {pool: west}}\n"
        "      omar@acme.example: {phone: {pool: west}}\n"
        "      ada@acme.example: {phone: {pool: wset}}\n"
        "      ines@acme.example: {phone: {pool: trunks}}\n"
        "      kai@acme.example: {phone: {pol: west}}\n"
        "      lea@acme.example: {phone: [west]}\n"
        "phone_pools:\n"
        '  west: {product: business-calling, search: {area_code: "206"}, count: 1}\n'
        '  trunks: {product: voice-connector, search: {area_code: "206"}, count: 1}\n'
        "phone_numbers:\n"
        '  "+12065550100": {product: voice-connector, pool: trunks}\n'
        '  "+12065550101": {product: voice-connector, pool: trunks}\n'
        '  "+12065550102": {product: voice-connector, pool: east}\n'
    ),
    "phone-numbers-without-quotes": one(
        ACCOUNT
        + "    users:\n      jane@acme.example: {phone: +12065550100}\n      omar@acme.example: {phone: 12065550101}\n"
        + "phone_numbers:\n  12065550100: {product: business-calling}\n  +12065550101: {product: business-calling}\n"
    ),
    # ---- identity
    "identity": one(
        "accounts:\n"
        "  both:\n    name: Both\n    identity:\n"
        "      okta: {org_url: https://acme.okta.com}\n      directory: {id: d-1234567890}\n"
        "  team:\n    name: Team\n    type: team\n    identity: {okta: {org_url: https://acme.okta.com}}\n"
        "  twin:\n    name: Twin\n    identity:\n      okta: {org_url: https://acme.okta.com}\n"
        "      sign_in: {client_secret: {secretsmanager: a, ssm: b}}\n"
        "      provisioning: {label: Of the twin}\n"
        "      groups:\n        Chime Pro: {members: [jane@acme.example, 7, [a], jane]}\n"
        "  plant:\n    name: Plant\n    identity:\n"
        "      directory: {id: d-1234567890, ldap: {server: dc1.plant.example, base: DC=plant, user: reader}}\n"
        "      sign_in: {label: Nowhere}\n"
        "      groups:\n        Chime Pro: {license: plus}\n"
        "  open:\n    name: Open\n    identity: {okta: {org_url: http://acme.okta.com, issuer: acme}}\n"
        "  third:\n    name: Third\n    identity: {okta: {org_url: https://acme.okta.com}}\n"
    ),
    # ---- numbers abroad, and ports
    "numbers-abroad": one(
        "phone_numbers:\n"
        '  "+33155550100": {product: sip-media-application}\n'
        '  "+82255501000": {product: sip-media-application}\n'
        '  "+442025550100": {product: voice-connector}\n'
        '  "+17875550100": {product: sip-media-application}\n'
        '  "+493025550100":\n    product: sip-media-application\n    documents: [business-registration]\n'
        "    address: {street: Mozartgasse 1, city: Wien, country: AT}\n"
        '  "+41442550100": {product: sip-media-application, documents: [passport, id-copy]}\n'
        '  "+43125550100":\n    product: sip-media-application\n    holder: {business: Acme, individual: Jane Doe}\n'
        "    address: {street: Mozartgasse 1, city: Wien, country: Austria}\n"
    ),
    "ports": one(
        "phone_numbers:\n"
        '  "+12065550170": {product: business-calling}\n'
        '  "+12065550171": {product: voice-connector, port: beta}\n'
        '  "+12065550175": {product: business-calling}\n'
        "phone_ports:\n"
        '  alpha: {numbers: ["+12065550170"]}\n'
        '  beta: {numbers: ["+12065550170", "+493025550100"], product: voice-connector}\n'
        '  gamma: {numbers: ["+18335550100"], product: business-calling, documents: [latest-invoice]}\n'
        '  delta: {numbers: ["+6492555010"], product: sip-media-application}\n'
        '  epsilon:\n    numbers: ["+493025550100"]\n    product: voice-connector\n'
        "    service_address: {street: Mozartgasse 1, city: Wien, country: AT}\n"
        '  zeta:\n    numbers: ["+12065550172"]\n    product: voice-connector\n'
        '    billing_number: "+12065550172"\n    new_billing_number: "+12065550173"\n    wished: next week\n'
        '  eta:\n    numbers: ["+12065550174"]\n    product: voice-connector\n'
        '    billing_number: "+12065550174"\n    new_billing_number: "+12065550173"\n'
        '  theta: {numbers: ["+12065550170"], product: voice-connector}\n'
        '  iota: {direction: out, numbers: ["+12065550175"]}\n'
    ),
    # ---- files
    "no-workspace": {"other.yaml": HEAD},
    "no-version-and-name": {"chimeform.yaml": "accounts: {}\n"},
    "other-version": {"chimeform.yaml": "chimeform: 2\nworkspace: acme\n"},
    "include-nothing": {**one("include: [acounts/*.yaml, phone.yaml]\n"), "phones.yaml": "phone_numbers: {}\n"},
    "include-outside": one("include: [../x.yaml, /etc/passwd, 'a\\b.yaml', '{{ x }}.yaml', '**x/*.yaml']\n"),
    "include-empty-file": {**one("include: ['a/*.yaml']\n"), "a/empty.yaml": "", "a/null.yaml": "~\n"},
    "top-level-key": one("acounts: {}\nphone_number: {}\nwhatever: 1\n"),
    "same-person-in-two-files": {
        **one("include: [b.yaml]\n" + ACCOUNT + "    users:\n      jane@acme.example: {license: pro}\n"),
        "b.yaml": "accounts: {acme: {users: {jane@acme.example: {license: basic}}}}\n",
    },
    "same-field-in-two-files": {
        **one("include: [b.yaml]\n" + ACCOUNT),
        "b.yaml": "accounts: {acme: {name: Acme Corporation, default_license: pro}}\n",
    },
    "same-block-in-two-files": {
        **one("include: [b.yaml]\naws: {profile: a}\n"),
        "b.yaml": "chimeform: 1\naws: {profile: b}\n",
    },
    "all-files-at-once": {
        **one("include: ['*.yaml']\naccounts: {acme: {nam: Acme}}\n"),
        "a.yaml": "accounts: {acme: {users: {jane: }}}\n",
        "b.yaml": "accounts: [\n",
        "c.yaml": "phone_numbers: {'+12065550100': {product: busines-calling}}\n",
    },
    # ---- shapes and values
    "unknown-key": one(ACCOUNT + "    user: {}\n    default_licence: pro\n"),
    "nested-unknown-key": one(ACCOUNT + "    lifecycle: {prevent_destory: true}\n"),
    "missing-field": one("accounts:\n  acme:\n    users: {}\nsettings:\n  call_detail_records:\n"),
    "wrong-types": one(
        "accounts:\n  acme:\n    name: 12\n    meetings: {call_me: 'no', screen_sharing_control: 1}\n"
        "    authoritative: users\n    lifecycle: []\n"
    ),
    "list-in-place-of-block": one(ACCOUNT + "    users:\n      - jane@acme.example\n    meetings: true\n"),
    "not-one-of-the-words": one(
        ACCOUNT + "    default_license: Plus\n    authoritative: [users, rooms]\n    type: Team\n"
    ),
    "too-long": one(f"accounts:\n  acme:\n    name: {'A' * 101}\n  beta:\n    name: ''\n"),
    "out-of-range": one("guardrails: {max_delete_percent: 150, max_deletes: -1}\naws: {requests_per_second: 0}\n"),
    "date": one(ACCOUNT + "    lifecycle: {expires: 31.1.2027}\n"),
    "retention": one(ACCOUNT + "    retention:\n      rooms: 20 years\n      conversations: 90\n"),
    "not-an-address": one(ACCOUNT + "    users:\n      jane:\nphone_numbers:\n  '+1 206 555 0100': {}\n"),
    "field-from-key": one(ACCOUNT + "    users:\n      jane@acme.example: {email: jane@acme.example}\n"),
    "guardrails": one(
        "guardrails:\n  by_kind:\n    users: {max_deletes: 5}\n    bot: {max_deletes: five}\n"
        "  ownership: adopt\n  freeze:\n"
        "    - {from: 2027-01-03, to: 2026-12-20, why: x}\n    - {weekdays: [freitag], hours: 9-5, zone: Berlin}\n"
        "    - {from: Christmas, to: 2026-12-24T18:00:00+01:00, why: x}\n"
    ),
    "policies": {
        "chimeform.yaml": HEAD
        + "policies:\n  files: [rules/*.yaml, nothing.yaml]\n  use: [chimeform/bot, chimeform/licences]\n"
        "  settings:\n    chimeform/licences: {mots: 3, most: many}\n    people: {}\n",
        "rules/people.yaml": "rules:\n  few:\n"
        "    match: {kinds: [person], fields: [licence], addresses: ['accounts..']}\n"
        "    rule: 'true'\n    mesage: x\n    exceptions: [{addresses: [], reason: x, until: soon}]\n  Few: {}\n",
        "rules/empty.yaml": "rules: {}\n",
        "rules/list.yaml": "- rules\n",
    },
    "policy-expressions": {
        "chimeform.yaml": HEAD,
        "policies/people.yaml": "rules:\n  name:\n    rule: chnge.kind == 'user' && size(changes) > 1\n    message: x\n"
        "  syntax:\n    over: plan\n    rule: changes.size( <= 3\n    message: >-\n      there are\n"
        "      {{ changes.length }} or {{ nothing }} of them\n"
        "  block:\n    rule: |\n      change.kind == 'user'\n        && 1 + 'a' == 2\n    message: 'a {{ hole'\n"
        "  number: {rule: change.fields.size() + 1, message: x}\n  deep:\n"
        f"    rule: {'(' * 40}true{')' * 40}\n    message: x\n",
    },
    "policy-of-the-same-name": {
        "chimeform.yaml": HEAD + "policies: {files: ['*/people.yaml']}\n",
        **{f"{folder}/people.yaml": "rules: {one: {rule: 'true', message: x}}\n" for folder in ("a", "b")},
    },
    "defaults": one(ACCOUNT + "    users:\n      defaults: {licence: pro, license: plus}\n      jane@acme.example:\n"),
    "defaults-for-some": {
        **one(
            ACCOUNT
            + "    users:\n      defaults:\n"
            + "        - {match: [], license: pro}\n        - {match: 7, licence: pro}\n"
            + "        - {where: {departement: Sales}, license: pro}\n        - {where: {license: pro}, phone: x}\n"
            + "        - {where: [department], license: pro}\n        - pro\n"
            + "        - {where: {department: []}, telephony: {inbond: true}}\n        - {telephony: on-call}\n"
            + "      from: people.csv\n"
            + "phone_numbers:\n  defaults: [{where: {site: Berlin}, product: business-calling}]\n"
        ),
        "people.csv": "email,department,telephony.inbound\njane@acme.example,Sales,maybe\n",
    },
    "directory-decides": one(
        "accounts:\n  acme:\n    name: Acme\n    identity:\n      okta: {org_url: https://acme.okta.com}\n"
        "      groups:\n        Pro: {license: pro, members: [jane@acme.example]}\n"
        "        Basic: {license: basic, members: [jane@acme.example, omar@acme.example]}\n"
        "    users:\n      jane@acme.example: {license: basic, suspended: true}\n"
        "      omar@acme.example: {license: pro}\n      mary@acme.example: {license: pro, suspended: true}\n"
    ),
    "empty-key": one(ACCOUNT + "    users:\n      '': {license: pro}\n"),
    "ignore-unknown-field": one(ACCOUNT + "    lifecycle: {ignore: [name, default_licens]}\n"),
    "shorthand": one("settings:\n  calling_name: Acme & Sons\n"),
    # ---- references
    "dangling-reference": one(
        ACCOUNT
        + "    users:\n      jane@acme.example: {phone: '+12065550101'}\n"
        + "      omar@acme.example: {phone: '+4930901820'}\n"
        + "phone_numbers:\n  '+12065550100': {product: business-calling}\n"
    ),
    "number-assigned-twice": one(
        ACCOUNT
        + "    users:\n      jane@acme.example: {phone: '+12065550100'}\n"
        + "      omar@acme.example: {phone: '+12065550100'}\n"
        + "phone_numbers:\n  '+12065550100': {product: business-calling}\n"
    ),
    "same-person-in-capitals": one(ACCOUNT + "    users: {Jane@acme.example: , jane@acme.example: }\n"),
    "moved": one(
        ACCOUNT
        + "moved:\n"
        + "  - {from: accounts.acme, to: accounts.beta}\n"
        + "  - {from: accounts.old, to: accounts.acm}\n"
        + "  - {from: accounts.older, to: 'phone_numbers[\"+12065550100\"]'}\n"
        + "  - {from: accounts.acme.users.jane@acme.example, to: accounts.acme.name}\n"
        + "  - {from: accounts.a, to: accounts.b}\n  - {from: accounts.b, to: accounts.a}\n"
        + "  - {from: accounts.x}\n"
    ),
    "previously": one(
        "accounts:\n"
        "  acme: {name: Acme, lifecycle: {previously: [accounts.beta, accounts..x, settings.calling_name]}}\n"
        "  beta: {name: Beta, lifecycle: {previously: [accounts.old, accounts.older]}}\n"
        "  gamma: {name: Gamma, lifecycle: {previously: [accounts.old, accounts.gamma]}}\n"
        "moved: [{from: accounts.older, to: accounts.gamma}]\n"
    ),
    "moved-elsewhere": one(
        "accounts:\n  old: {name: Old, users: {omar@acme.example: {}}}\n"
        "  acme:\n    name: Acme\n    users: {jane@acme.example: {}}\n"
        "    bots: {help: {display_name: Help, domain: acme.example}}\n    meetings: {call_me: true}\n"
        "moved:\n"
        "  - {from: accounts.old.bots.help, to: accounts.acme.bots.help}\n"
        "  - {from: accounts.old.meetings, to: accounts.acme.meetings}\n"
        "  - {from: accounts.old.users, to: accounts.acme.users}\n"
        "  - {from: accounts.lab.users, to: 'accounts.acme.users[\"jane@acme.example\"]'}\n"
        "  - {from: accounts.gone.users, to: accounts.lab.users}\n"
    ),
    "removed-and-imported": one(
        ACCOUNT
        + "    meetings: {}\n"
        + "removed:\n  - {address: accounts.acme, destroy: true}\n  - {address: accounts.gone}\n"
        + "  - {address: nothing, destroy: no}\n"
        + "import:\n  - {to: accounts.acme, id: abc}\n  - {to: accounts.acme, id: def}\n"
        + "  - {to: accounts.acne, id: ghi}\n  - {to: accounts.acme.meetings, id: jkl}\n"
    ),
    "rooms": one(
        ACCOUNT
        + "    bots:\n      mute: {display_name: Mute, domain: acme.example}\n"
        + "      gone: {display_name: Gone, domain: acme.example, disabled: true, events: {https: 'https://b.test'}}\n"
        + "    rooms:\n"
        + "      one:\n"
        + "        members: {jane: member, bots.mute: administrator, bots.gone: member, bots.nobody: member}\n"
        + "      two: {name: one}\n      three: {name: ' '}\n"
    ),
    "rooms-of-a-team-account": one(ACCOUNT + "    type: team\n    rooms: {news: {}}\n"),
    "too-many-rooms": one(
        ACCOUNT
        + "    rooms:\n"
        + "".join(f"      r{number}: {{}}\n" for number in range(1501))
        + "      full:\n        members:\n"
        + "".join(f"          p{number}@acme.example: member\n" for number in range(1001))
    ),
    "sign-in-delegates": one(
        ACCOUNT
        + "    identity:\n      directory: {id: d-1234567890}\n      authoritative: [groups]\n"
        + "      sign_in_delegates: [Lobby, Rooms, 7, ' Canteen', Rooms]\n      groups: {Rooms: {license: basic}}\n"
    ),
    # ---- templates
    "undefined-value": one(
        "values: {domain: acme.example}\naccounts:\n  acme: {name: '{{ domian }} {{ env.HOME }}'}\n"
    ),
    "value-of-an-environment": one(
        "environments:\n  prod: {values: {company: Acme}}\n  lab: {values: {company: Lab}}\naccounts:\n  acme:\n"
        "    name: '{{ company }}'\n  beta:\n    name: '{{ company }} B'\n"
    ),
    "template-syntax": one(
        "accounts:\n  acme:\n    name: 'x{{ company '\n  beta:\n    name: |\n      {% if a %}\n      {% endfor %}\n"
    ),
    "template-limits": one(
        "accounts:\n  a: {name: '{{ range(10**9) }}'}\n  b: {name: \"{{ 'x' * 10**9 }}\"}\n"
        "  c: {name: '{% for a in b %}{% endfor %}'}\n  d: {name: '{{ secret(\"x\") }}'}\n"
        "  e: {name: \"{{ 'a' | ljust(9) }}\"}\n  f: {name: \"{{ ''.__class__.__mro__ }}\"}\n"
    ),
    "rendered-keys": one(
        "values: {a: jane@acme.example, b: jane@acme.example}\n"
        + ACCOUNT
        + "    users: {'{{ a }}': {license: pro}, '{{ b }}': {license: basic}, '{{ c }}': {}}\n"
    ),
    "template-where-none-is": one("environments: {'{{ x }}': {}}\n'{{ y }}': {}\nvalues: {env: 1, if: 2, a-b: 3}\n"),
    # ---- tables
    "table": {
        **one(ACCOUNT + "    users: {from: users.csv}\n"),
        "users.csv": (
            "email,license,suspended\njane@acme.example,plus,\nomar@acme.example,pro,maybe\n,pro,\n"
            'eve@acme.example\n"a ""quoted"" one",pro,true\n{{ x }}@acme.example,,\njane@acme.example,pro,\n'
        ),
    },
    "table-header": {
        **one(ACCOUNT + "    users: {from: [a.csv, b.csv, c.csv, d.csv]}\n"),
        "a.csv": "email,licence,email,lifecycle\n",
        "b.csv": "jane@acme.example,pro\n",
        "c.csv": "email;license\n",
        "d.csv": 'email,license\n"jane@acme.example,pro\n',
    },
    "table-file": {
        **one("include: [a/acme.yaml]\n"),
        "a/acme.yaml": ACCOUNT + "    users: {from: users.csv}\n    bots: {from: ../bots.csv}\n",
        "a/users.csv": "email\n",
    },
}


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, tmp_path: Path) -> None:
    check(name, tmp_path, CASES[name])


def test_unknown_environment(tmp_path: Path) -> None:
    check("unknown-environment", tmp_path, one("environments: {prod: {}, lab: {}}\n"), environment="prd")


def test_environment_without_environments(tmp_path: Path) -> None:
    check("no-environments", tmp_path, one("accounts: {}\n"), environment="prod")


def test_variables(tmp_path: Path) -> None:
    check("variables", tmp_path, one("values: {a: 1}\n"), variables={"not a name": "x", "env": "y"})


def check(name: str, folder: Path, files: Files, **options: Any) -> None:
    with pytest.raises(InvalidWorkspace) as caught:
        load(write(folder, files), **options)
    check_golden(GOLDEN / f"{name}.txt", report(caught.value).replace(str(folder), "FOLDER"))


def test_every_case_has_its_text_and_no_text_is_left_over() -> None:
    others = {"unknown-environment", "no-environments", "variables"}
    assert {path.stem for path in GOLDEN.glob("*.txt")} == {*CASES, *others}
