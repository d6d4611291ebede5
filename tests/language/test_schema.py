"""The schema for editors: what loads is valid, and slips that a schema can see are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from chimeform.language.blocks import block_names
from chimeform.language.schema import workspace_schema
from chimeform.resources import kinds

VALIDATOR = jsonschema.Draft7Validator(workspace_schema())

ACME: dict[str, Any] = yaml.safe_load(
    """
chimeform: 1
workspace: acme
include: ["accounts/*.yaml"]
aws: {region: us-east-1, profile: "{{ profile }}", expected_account: "111122223333", requests_per_second: 5}
state: {backend: local}
guardrails: {max_deletes: 10, max_delete_percent: 5}
values: {company: Acme, count: 3, on_call: true}
environments:
  prod: {values: {domain: acme.example}}
  lab: {}
accounts:
  defaults: {default_license: pro}
  acme:
    name: Acme Corporation
    authoritative: [users]
    lifecycle: {prevent_destroy: true, ignore: [name], expires: "2027-01-31"}
    meetings: {screen_sharing_control: true, call_me: "{{ on_call }}"}
    retention: {conversations: 90 days, rooms: 1 year}
    users:
      from: [users.csv]
      defaults: {license: basic}
      jane@acme.example: {license: pro, phone: "+12065550100"}
      omar@acme.example:
      "eve@{{ domain }}": {license: "{{ plan }}", suspended: "{{ gone }}"}
    bots:
      helpdesk: {display_name: HelpDesk, domain: "{{ domain }}", events: {https: "https://bot.acme.example/chime"}}
  beta: {users: {max@acme.example: {}}}
phone_numbers:
  "+12065550100": {product: business-calling, calling_name: Acme Sales}
  "{{ number }}": {product: business-calling}
settings:
  calling_name: Acme
  call_detail_records: {bucket: acme-chime-cdr}
moved: [{from: accounts.old, to: accounts.acme}]
removed: [{address: accounts.acme.bots.legacy, destroy: false}]
import: [{to: accounts.acme, id: 12a3456b-7c89-012d-3456-78901e23fg45}]
"""
)


def test_the_schema_is_a_schema_of_draft_7_without_loose_ends() -> None:
    schema = workspace_schema()
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)
    names = {item.rpartition("/")[2] for item in references(schema)}
    assert names == set(schema["definitions"])
    assert "$defs" not in json.dumps(schema)


def references(schema: Any) -> Iterator[str]:
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if key == "$ref":
            yield value
        elif isinstance(value, dict | list):
            yield from references(value)


def test_what_loads_is_valid() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(ACME)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("chimeform",), 2),
        (("workspace",), "{{ company }}"),
        (("acounts",), {}),
        (("aws", "prefile"), "x"),
        (("aws", "expected_account"), "1234"),
        (("guardrails", "max_delete_percent"), 150),
        (("values", "a-b"), 1),
        (("environments", "prod", "vals"), {}),
        (("accounts", "acme", "user"), {}),
        (("accounts", "acme", "name"), 12),
        (("accounts", "acme", "name"), ""),
        (("accounts", "acme", "default_license"), "plus"),
        (("accounts", "acme", "authoritative"), ["rooms and bots"]),
        (("accounts", "acme", "lifecycle", "prevent_destory"), True),
        (("accounts", "acme", "meetings", "call_me"), "no"),
        (("accounts", "acme", "retention", "rooms"), 90),
        (("accounts", "acme", "retention", "rooms"), "for ever"),
        (("accounts", "acme", "users", "jane"), {}),
        (("accounts", "acme", "users", "jane@acme.example", "licence"), "pro"),
        (("accounts", "acme", "users", "jane@acme.example", "email"), "jane@acme.example"),
        (("accounts", "acme", "users", "jane@acme.example", "phone"), "206 555 0100"),
        (("accounts", "acme", "users", "defaults", "licence"), "pro"),
        (("accounts", "acme", "users", "from"), {}),
        (("accounts", "acme", "bots", "helpdesk", "events", "http"), "x"),
        (("accounts", "acme", "users"), ["jane@acme.example"]),
        (("phone_numbers", "2065550100"), {"product": "business-calling"}),
        (("phone_numbers", "+12065550100", "product"), "calling"),
        (("settings", "calling_name"), "A"),
        (("settings", "call_detail_records"), {}),
        (("settings", "ringtone"), "x"),
        (("moved",), [{"from": "accounts.a"}]),
        (("removed",), [{"address": "accounts.a"}]),
        (("import",), [{"to": "accounts.a", "id": 1}]),
    ],
)
def test_slips_are_seen(path: tuple[str, ...], value: Any) -> None:
    assert not VALIDATOR.is_valid(changed(ACME, path, value))


def changed(tree: Any, path: tuple[str, ...], value: Any) -> Any:
    return value if not path else {**tree, path[0]: changed(tree.get(path[0], {}), path[1:], value)}


def test_every_field_is_explained_and_can_be_completed() -> None:
    """What an editor shows: a description at every field of every kind, and nothing that may not be written."""
    schema = workspace_schema()
    assert set(block_names()) < set(schema["properties"])
    for name, kind in kinds().items():
        definition = schema["definitions"][name]
        block = definition if "properties" in definition else definition["anyOf"][-1]
        assert definition["description"] == definition["markdownDescription"]
        for field, trait in kind.traits().items():
            assert (field in block["properties"]) is not trait.from_key
            if not trait.from_key:
                assert block["properties"][field]["description"], f"{name}.{field}"
