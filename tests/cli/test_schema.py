"""`chimeform schema`: printed, written, and always as the definitions are."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from chimeform.cli.schema import FILES, make_schema
from chimeform.report.json_text import to_json
from tests.cli.program import Program

SCHEMAS = Path(__file__).parents[2] / "schemas"


@pytest.mark.parametrize("name", sorted(FILES))
def test_what_is_checked_in_is_fresh(name: str) -> None:
    checked_in = (SCHEMAS / FILES[name]).read_text(encoding="utf-8")
    assert checked_in == to_json(make_schema(name)) + "\n", "run `make schemas`"


@pytest.mark.parametrize("name", sorted(FILES))
def test_schemas_are_schemas(name: str) -> None:
    schema = make_schema(name)
    jsonschema.validators.validator_for(schema).check_schema(schema)
    assert schema["title"]


def test_printing(offline: Program) -> None:
    assert offline("schema").json() == make_schema("workspace")
    assert offline("schema", "plan").json() == make_schema("plan")
    assert offline("schema", "plan", "--format", "json", "--output", "p.json").out == ""
    assert json.loads((offline.root / "p.json").read_text()) == make_schema("plan")


def test_writing(offline: Program) -> None:
    ran = offline("schema", "--write", "a/b")
    assert (ran.code, ran.out) == (0, "")
    assert sorted(file.name for file in (offline.root / "a" / "b").iterdir()) == sorted(FILES.values())
    assert json.loads((offline.root / "a" / "b" / FILES["plan"]).read_text()) == make_schema("plan")
