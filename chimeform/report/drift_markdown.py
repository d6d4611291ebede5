"""Drift as Markdown, for an issue or the comment of a pull request: tables, and long lists folded away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..drift import Drift, DriftedObject, Happened, Standing
from .drift_words import author_words, edited_words, field_words, object_words, summary_words, title_words
from .markdown import code, escaped
from .model import DriftReport, GateEntry, severity_rank
from .moments import date_only
from .plan_text import WHO

SHOWN = 50
"""How many objects one comment shows: GitHub takes 65536 characters."""


def drift_markdown(report: DriftReport) -> str:
    """The heading, the sum, and a section for each thing that there is to say."""
    drift = report.drift
    sections = [
        f"## {escaped(title_words(report))}",
        f"**{escaped(summary_words(report))}**",
        *_changes(drift),
        *_gates("Closed again", report.gates[Standing.CLOSED_AGAIN]),
        *_gates("Overdue", report.gates[Standing.OVERDUE]),
        *_section("Not read", (f"- {code(one.address)}: {escaped(one.reason)} ({one.code})" for one in drift.unread)),
        *_section("Under way", (f"- {code(one)}" for one in drift.under_way)),
        *_folded("Waiting", _gate_rows(report.gates[Standing.WAITING])),
        *_folded("Not applied yet", _edits(drift)),
        *_folded("Unmanaged", (f"- {code(one.address)} {escaped(one.name)}".rstrip() for one in drift.unmanaged)),
    ]
    return "\n\n".join(sections)


def _changes(drift: Drift) -> Iterator[str]:
    if not drift.objects:
        return
    who = drift.is_attributed
    heading = ["what", "happened", "means", *(["who"] if who else [])]
    lines = [_row(heading), _row(["---"] * len(heading))]
    shown = drift.objects[:SHOWN]
    lines += [_row(cells if who else cells[:-1]) for one in shown for cells in _cells(one)]
    yield "\n".join(lines)
    if len(drift.objects) > len(shown):
        yield f"And {len(drift.objects) - len(shown)} more; `chimeform drift` shows all."


def _cells(one: DriftedObject) -> Iterator[list[str]]:
    """A row for each changed field, or one for the object; the last cell is who did it."""
    means = "<br>".join(
        f"{consequence.severity}: {escaped(consequence.text)}"
        for consequence in sorted(one.consequences, key=severity_rank, reverse=True)
    )
    if one.happened is not Happened.CHANGED:
        who = author_words(one.attribution)
        yield [code(one.address), escaped(f"{one.happened.value}: {object_words(one)}"), means, escaped(who)]
    for field in one.fields:
        who = author_words(field.attribution)
        told = [code(f"{one.address}.{field.name}"), escaped(field_words(field)), means, escaped(who)]
        yield told if one.happened is Happened.CHANGED else [*told[:2], "", ""]
        means = ""


def _row(cells: Sequence[str]) -> str:
    # a bar ends a cell, also within code
    return f"| {' | '.join(cell.replace('|', '&#124;') if cell.startswith('`') else cell for cell in cells)} |"


def _gates(title: str, entries: Sequence[GateEntry]) -> Iterator[str]:
    return _section(title, _gate_rows(entries))


def _gate_rows(entries: Sequence[GateEntry]) -> Iterator[str]:
    for entry in entries:
        since = f", since {date_only(entry.since)}" if entry.since else ""
        due = f", due {date_only(entry.due)}" if entry.due else ""
        turn = escaped(f"{WHO[entry.gate.who]}: {entry.gate.title}{since}{due}")
        yield f"- {code(entry.gate.address)}: {turn}"


def _edits(drift: Drift) -> Iterator[str]:
    for one in drift.edits:
        fields = "; ".join(escaped(edited_words(field)) for field in one.fields)
        yield f"- {code(one.address)}: {fields or escaped(one.reason)}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = list(lines)
    if told:
        yield f"### {title}"
        yield "\n".join(told)


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    """What is no drift, folded away; of a long list, its beginning."""
    told = list(lines)
    if told:
        more = [f"- and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
        listed = "\n".join([*told[:SHOWN], *more])
        yield f"<details><summary>{title}: {len(told)}</summary>\n\n{listed}\n\n</details>"
