"""Write docs/guide/policy-variables.md from the definitions of what rules see; `make docs` runs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel

from chimeform.policy.facts import ChangeFacts, ConsequenceFacts, DeclaredFacts, FieldFacts, PlanFacts
from chimeform.policy.variables import VARIABLES

PAGE = Path(__file__).parents[1] / "docs" / "guide" / "policy-variables.md"
TYPES = {
    "string": "text",
    "boolean": "true or false",
    "integer": "a whole number",
    "array": "a list",
    "object": "a map",
}
PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("`change`, and each item of `changes`", ChangeFacts),
    ("Each value of `change.fields`", FieldFacts),
    ("Each item of `change.consequences`", ConsequenceFacts),
    ("`plan`", PlanFacts),
    ("Each item of `declared.KIND`", DeclaredFacts),
)


def page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# What a rule can see"
    yield ""
    yield "Made from the definitions; [policies](policies.md) says how rules are written."
    yield "A map has no order: what a message makes of its keys is sorted."
    yield ""
    yield from _table(("variable", "is"), VARIABLES.items())
    for title, model in PARTS:
        yield ""
        yield f"## {title}"
        yield ""
        schema = model.model_json_schema()["properties"]
        yield from _table(
            ("name", "is", "type"), ((name, part["description"], _type(part)) for name, part in schema.items())
        )


def _type(written: dict[str, object]) -> str:
    members = written.get("anyOf")
    if isinstance(members, list):
        return " or ".join("null" if one["type"] == "null" else TYPES[one["type"]] for one in members)
    return TYPES.get(str(written.get("type")), "any value")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for name, *rest in rows:
        yield f"| `{name}` | {' | '.join(rest)} |"


def main() -> None:
    if not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page():
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        print(f"wrote   {PAGE.name}")


if __name__ == "__main__":
    main()
