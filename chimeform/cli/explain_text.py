"""How `explain` shows what it knows: as text for a terminal, and as markdown for the reference pages."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..report.plan_text import WHO
from ..resources import kinds
from .explain_reference import (
    BlockFacts,
    CallFacts,
    FieldFacts,
    GateFacts,
    KindFacts,
    OneOffFacts,
    blocks,
    first_sentence,
    kind_facts,
)

_WIDTH = 110


def list_text() -> str:
    """Every kind and every other block of the files, with a line about each."""
    in_order = sorted(kinds().values(), key=lambda kind: kind.path)
    rows = [(kind.kind, ".".join(kind.path).replace("*", "NAME"), first_sentence(kind)) for kind in in_order]
    wide, path = (max(len(row[column]) for row in rows) for column in (0, 1))
    others = {name: block.facts.description.rstrip(".") for name, block in blocks().items()}
    return "\n".join(
        [
            "Kinds of resources:",
            *(f"  {name.ljust(wide)}  {place.ljust(path)}  {about}" for name, place, about in rows),
            "",
            "The rest of the files:",
            *(f"  {name.ljust(wide)}  {about}" for name, about in others.items()),
            "",
            "'chimeform explain KIND', 'chimeform explain KIND.FIELD' and 'chimeform explain CODE' tell more;",
            "'chimeform explain phone_requirements' tells what countries ask for their phone numbers.",
        ]
    )


# ---------------------------------------------------------------- text


def kind_text(facts: KindFacts) -> str:
    parts = [
        f"{facts.kind}  at {facts.path}",
        _wrapped(facts.about),
        "Example:\n" + textwrap.indent(facts.example.rstrip(), "    "),
        "Fields:\n" + "\n".join(line for field in facts.fields for line in _field_lines(field)),
    ]
    if facts.inside:
        parts.append(f"Within it: {', '.join(facts.inside)}.")
    parts.append(f"When it is removed from the files: {facts.retiring}.")
    if facts.gates:
        parts.append("It may have to wait until\n" + "\n".join(_gate_lines(facts.gates)))
    if facts.one_offs:
        parts.append("What can be done once:\n" + "\n".join(_one_off_lines(facts.one_offs)))
    if facts.calls:
        parts.append(_operations(facts.calls))
    return "\n\n".join(parts)


def _one_off_lines(one_offs: Iterable[OneOffFacts]) -> Iterator[str]:
    for one in one_offs:
        yield f"  {one.command}"
        yield textwrap.indent(_wrapped(f"{one.title}; {one.consequence}", _WIDTH - 6), "      ")


def _operations(calls: Iterable[CallFacts]) -> str:
    rows = [(call.operation, call.purpose, call.iam_action, _batch(call)) for call in calls]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    return "Operations (each needs the IAM action of the third column):\n" + "\n".join(
        f"  {operation.ljust(wide[0])}  {purpose.ljust(wide[1])}  {action.ljust(wide[2])}  {batch}".rstrip()
        for operation, purpose, action, batch in rows
    )


def field_text(name: str, facts: FieldFacts) -> str:
    lines = [f"{name}  {facts.type}{_need(facts)}"]
    if facts.description:
        lines += ["", _wrapped(facts.description)]
    if facts.marks:
        lines += ["", *(f"  - {mark}" for mark in facts.marks)]
    if facts.fields:
        lines += ["", "Fields:", *(line for field in facts.fields for line in _field_lines(field))]
    return "\n".join(lines)


def block_text(block: BlockFacts) -> str:
    example = "Example:\n" + textwrap.indent(block.example.rstrip(), "    ")
    return f"{field_text(block.facts.name, block.facts)}\n\n{example}"


def _field_lines(facts: FieldFacts, depth: int = 1) -> Iterator[str]:
    margin = "  " * depth
    yield f"{margin}{facts.name}: {facts.type}{_need(facts)}"
    if facts.description:
        yield textwrap.indent(_wrapped(facts.description, _WIDTH - 4 - 2 * depth), margin + "    ")
    for mark in facts.marks:
        yield f"{margin}    - {mark}"
    for inner in facts.fields:
        yield from _field_lines(inner, depth + 2)


def _need(facts: FieldFacts) -> str:
    if facts.is_required and not any(mark.startswith("is the key") for mark in facts.marks):
        return " (required)"
    return f" (default: {facts.default})" if facts.default is not None else ""


def _gate_lines(gates: Iterable[GateFacts]) -> Iterator[str]:
    for gate in gates:
        yield f"  - {gate.title} ({WHO[gate.who]}) [{gate.source}]"
        yield from (f"      {step}" for step in gate.steps)


def _batch(call: CallFacts) -> str:
    return f"up to {call.batch} in one call" if call.batch > 1 else ""


def _wrapped(text: str, width: int = _WIDTH) -> str:
    """Paragraphs filled to the width."""
    return "\n\n".join(textwrap.fill(" ".join(part.split()), width) for part in text.split("\n\n"))


# ---------------------------------------------------------------- markdown


def kind_markdown(facts: KindFacts) -> str:
    parts = [
        f"# {facts.kind}",
        f"`{facts.path}`",
        facts.about,
        f"```yaml\n{facts.example.rstrip()}\n```",
        "## Fields",
        *_field_table(facts.fields),
        "## Behaviour",
        "\n".join(_behaviour(facts)),
    ]
    if facts.one_offs:
        done = [(f"`{one.command}`", one.title, one.consequence) for one in facts.one_offs]
        parts += ["## One-off operations", _table(("command", "to", "means"), done)]
    if facts.calls:
        rows = [(f"`{c.operation}`", c.purpose, _action(c), str(c.batch)) for c in facts.calls]
        parts += ["## Operations", _table(("operation", "for", "IAM action", "in one call"), rows)]
    return "\n\n".join(parts) + "\n"


def _action(call: CallFacts) -> str:
    return f"`{call.iam_action}`" if call.iam_action else "none"


def _behaviour(facts: KindFacts) -> Iterator[str]:
    yield f"- When it is removed from the files: {facts.retiring}."
    if facts.inside:
        yield f"- Within it stand {', '.join(f'[{name}]({name}.md)' for name in facts.inside)}."
    for gate in facts.gates:
        yield f"- It may have to wait until {gate.title} ({WHO[gate.who]}) [{gate.source}]:"
        yield from (f"  - {step}" for step in gate.steps)


def _field_table(fields: Iterable[FieldFacts]) -> Iterator[str]:
    yield _table(("field", "is", "about"), [_field_row(facts) for facts in _flat(fields)])


def _flat(fields: Iterable[FieldFacts], prefix: str = "") -> Iterator[FieldFacts]:
    for facts in fields:
        name = f"{prefix}{facts.name}"
        yield replace(facts, name=name)
        yield from _flat(facts.fields, f"{name}.")


def _field_row(facts: FieldFacts) -> tuple[str, str, str]:
    sentences = [facts.description, *(f"{mark[0].upper()}{mark[1:]}." for mark in facts.marks)]
    return f"`{facts.name}`", facts.type + _need(facts), " ".join(part for part in sentences if part)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def reference_pages() -> dict[str, str]:
    """The reference as files: name → text. A page a kind, and one for the list and the rest of the files."""
    pages = {f"{kind.kind}.md": kind_markdown(kind_facts(kind)) for kind in kinds().values()}
    return {"README.md": _index_markdown(), **pages}


def _index_markdown() -> str:
    in_order = sorted(kinds().values(), key=lambda kind: kind.path)
    rows = [
        (f"[{kind.kind}]({kind.kind}.md)", f"`{'.'.join(kind.path).replace('*', 'NAME')}`", first_sentence(kind))
        for kind in in_order
    ]
    parts = [
        "# Reference",
        "Written by `make docs` from the definitions of the kinds; `chimeform explain` tells the same.",
        "## Kinds of resources",
        _table(("kind", "address", "is"), rows),
        "## The rest of the files",
    ]
    for name, block in blocks().items():
        parts += [f"### {name}", f"{block.facts.description} It is {block.facts.type}{_need(block.facts)}."]
        parts.append(f"```yaml\n{block.example.rstrip()}\n```")
        if block.facts.fields:
            parts += _field_table(block.facts.fields)
    return "\n\n".join(parts) + "\n"
