"""`chimeform explain`: everything that can be written is explained, and truly."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from chimeform.cli.explain_reference import FieldFacts, blocks, kind_facts
from chimeform.cli.explain_text import reference_pages
from chimeform.language import load
from chimeform.language.blocks import block_names
from chimeform.resources import kinds
from chimeform.resources.base import Resource
from tests.cli.program import Program
from tests.golden import check_golden

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden" / "explain"
EXAMPLE = ROOT / "chimeform" / "cli" / "explain_example.yaml"
every_kind = pytest.mark.parametrize("kind", list(kinds().values()), ids=list(kinds()))


@pytest.mark.parametrize(
    "subject", ["", "user", "bot.events", "guardrails", "phone_requirements", "phone_requirements.DE"]
)
def test_what_people_see(offline: Program, subject: str) -> None:
    ran = offline("explain", *([subject] if subject else []))
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / f"{subject or 'everything'}.txt", ran.out)


@every_kind
def test_every_kind_tells_all_of_its_fields_and_operations(offline: Program, kind: type[Resource]) -> None:
    told = offline("explain", kind.kind, "--format", "json").json()
    declared = {info.alias or name for name, info in kind.model_fields.items()}
    assert {field["name"] for field in told["fields"]} == declared
    assert all(field["description"] and field["type"] for field in told["fields"])
    once = [one.call for one in kind.one_offs]
    first = [detail.operation for one in kind.one_offs for detail in one.first]
    operations = {*kind.api.operations(), *first, *(call.operation for call in once)}
    assert {call["operation"] for call in told["calls"]} == operations
    largest = {call.operation: call.batch.size for call in (*kind.api.calls(), *once) if call.batch}
    assert {call["operation"]: call["batch"] for call in told["calls"] if call["batch"] > 1} == largest
    assert kind.retire_means in offline("explain", kind.kind).out


@every_kind
def test_the_example_of_a_kind_shows_every_field_of_it(kind: type[Resource]) -> None:
    found = [yaml.safe_load(kind_facts(kind).example)]
    for step in kind.path:
        found = [inner for at in found for inner in (at.values() if step == "*" else [at[step]])]
    shown = {name for block in found for name in (block if isinstance(block, dict) else [kind.shorthand])}
    written = {info.alias or name for name, info in kind.model_fields.items() if not kind.traits()[name].from_key}
    assert written - shown <= {"lifecycle"}


def test_the_examples_are_a_valid_workspace(tmp_path: Path) -> None:
    text = EXAMPLE.read_text().replace("include:", "# include:")
    (tmp_path / "chimeform.yaml").write_text(text)
    loaded = load(tmp_path)
    assert {one.kind for one in loaded.declarations.values()} == set(kinds())
    assert set(blocks()) == set(block_names())


def test_every_field_can_be_asked_for(offline: Program) -> None:
    from chimeform.cli.explain import answer

    def ask(owner: str, fields: tuple[FieldFacts, ...]) -> None:
        for field in fields:
            assert answer(f"{owner}.{field.name}", "text").startswith(f"{owner}.{field.name}  ")
            ask(f"{owner}.{field.name}", field.fields)

    for name, kind in kinds().items():
        ask(name, kind_facts(kind).fields)
    for name, block in blocks().items():
        ask(name, block.facts.fields)


@pytest.mark.parametrize("code", ["CF-RET-001", "cf-ret-001"])
def test_a_code_prints_its_page(offline: Program, code: str) -> None:
    assert offline("explain", code).out == (ROOT / "docs" / "codes" / "CF-RET-001.md").read_text()


@pytest.mark.parametrize(
    "subject", ["users", "accounts.acme.users", 'accounts.acme.users["jane@acme.example"]', "User"]
)
def test_a_kind_goes_by_several_names(offline: Program, subject: str) -> None:
    assert offline("explain", subject).out == offline("explain", "user").out


def test_a_field_of_an_account_is_no_account(offline: Program) -> None:
    assert offline("explain", "accounts.name").out.startswith("account.name  ")


@pytest.mark.parametrize(
    ("subject", "code", "words"),
    [
        ("usr", "CF-EXP-001", "'user'"),
        ("user.licence", "CF-EXP-001", "'user.license'"),
        ("bot.events.htps", "CF-EXP-001", "'bot.events.https'"),
        ("user.license.x", "CF-EXP-001", "it is no block"),
        ("guardrail", "CF-EXP-001", "'guardrails'"),
        ("zzzzzz", "CF-EXP-001", "lists what there is"),
        ("CF-RET-099", "CF-EXP-002", "CF-RET-00"),
    ],
)
def test_what_is_not_known_is_told_with_what_is_near(offline: Program, subject: str, code: str, words: str) -> None:
    ran = offline("explain", subject)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"error[{code}]: ")
    assert words in ran.err


def test_the_reference_pages_are_fresh() -> None:
    """`make docs` writes them."""
    folder = ROOT / "docs" / "guide" / "reference"
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")} == reference_pages()


def test_markdown_is_the_page_of_the_reference(offline: Program) -> None:
    assert offline("explain", "user", "--format", "markdown").out == reference_pages()["user.md"]
    assert offline("explain", "CF-RET-001", "--format", "markdown").out == offline("explain", "CF-RET-001").out


@pytest.mark.parametrize("subject", [[], ["user.license"], ["guardrails"], ["guardrails.min_room_administrators"],
                                     ["phone_requirements"], ["phone_requirements.DE"]])  # fmt: skip
def test_what_has_no_page_is_not_told_as_markdown(offline: Program, subject: list[str]) -> None:
    ran = offline("explain", *subject, "--format", "markdown")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error[CF-USE-001]: ")
