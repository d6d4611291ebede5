"""Drift as a page: for the auditor who reads it in a browser, on a phone or on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..address import Address
from ..drift import Drift, DriftedField, DriftedObject, Edit, Happened, Standing
from .drift_text import SYMBOLS
from .drift_words import (
    author_line,
    edited_words,
    field_next,
    files_words,
    object_author_line,
    object_words,
    summary_words,
    title_words,
)
from .gate_rows import gate_dates, gate_nodes, gate_row, holders, in_order
from .html import html
from .model import DriftReport, GateEntry, severity_rank
from .picture import MOST_NODES, Node
from .plan_text import WHO
from .web_page import (
    Aside,
    Command,
    FieldLine,
    Row,
    RowGroup,
    Tile,
    Traits,
    WebPage,
    command_line,
    listed,
    unread_alarm,
)


def drift_html(report: DriftReport) -> str:
    """The file."""
    return html(drift_page(report))


def drift_page(report: DriftReport) -> WebPage:
    drift = report.drift
    title, _, since = title_words(report).partition(", since ")
    gates = [entry for found in report.gates.values() for entry in found]
    return WebPage(
        title=title,
        subtitle=f"Since {since}" if since else "",
        heading="What has drifted" if drift.objects or not drift.is_empty else "What waits",
        at=drift.at,
        tiles=tuple(_tiles(report)),
        summary=(summary_words(report),),
        commands=tuple(_commands(drift)),
        alarms=tuple(unread_alarm(drift.unread)),
        groups=tuple(_groups(report)),
        picture_words="An arrow leads from what contains something to what is in it, and from a gate to what it holds.",
        nodes=_nodes(drift, gates),
        calendar=in_order(gate_dates(gates)),
        asides=tuple(_asides(drift)),
    )


def _tiles(report: DriftReport) -> Iterator[Tile]:
    for happened, count in report.counts.items():
        yield Tile(count, happened, SYMBOLS[Happened(happened)][1])
    for standing, found in report.gates.items():
        if found:
            style = "gate" if standing is Standing.WAITING else "bad"
            yield Tile(len(found), f"gate{'s' if len(found) != 1 else ''} {standing.value}", style)
    if report.drift.unread:
        yield Tile(len(report.drift.unread), "not read", "bad")


def _commands(drift: Drift) -> Iterator[Command]:
    def line(verb: str) -> str:
        return command_line(verb, drift.environment, drift.targets, drift.excludes)

    if drift.objects or drift.edits:
        yield Command("See what the next apply would do:", line("plan"))
        yield Command("Do it:", line("apply"))
    if drift.gates:
        yield Command("See what waits for whom:", command_line("pending", drift.environment))


# ---------------------------------------------------------------- rows


def _groups(report: DriftReport) -> Iterator[RowGroup]:
    held = holders(entry for found in report.gates.values() for entry in found)
    for group in report.groups:
        yield RowGroup(group.title, tuple(_row(one, report.drift, held.get(one.address, ())) for one in group.objects))
    severities = {one.gate.id: one.severity for one in report.drift.gates}
    for standing in (Standing.CLOSED_AGAIN, Standing.OVERDUE, Standing.WAITING):
        rows = tuple(
            gate_row(entry, standing.value, report.at, report.drift.environment, severities[entry.gate.id])
            for entry in report.gates[standing]
        )
        if rows:
            yield RowGroup(f"Gates: {standing.value}", rows)


def _row(one: DriftedObject, drift: Drift, gates: Sequence[GateEntry]) -> Row:
    symbol, style = SYMBOLS[one.happened]
    is_changed = one.happened is Happened.CHANGED
    told = ["" if is_changed else object_words(one), "" if is_changed else object_author_line(one, drift)]
    told += [f"a part of it waits: {entry.gate.title}" for entry in gates]
    told += [f"in the files: {one.place}"] if one.place else []
    return Row(
        address=one.address,
        word=f"{symbol} {one.happened.value}",
        style=style,
        traits=Traits(
            happened=one.happened.value,
            kind=one.kind.replace("_", " "),
            severity=one.severity,
            turns=tuple(WHO[entry.gate.who] for entry in gates),
            authors=tuple(_authors(one)) if drift.is_attributed else (),
        ),
        lines=tuple(line for line in told if line),
        fields=tuple(_field(field, drift, with_author=is_changed) for field in one.fields),
        consequences=tuple(sorted(one.consequences, key=severity_rank, reverse=True)),
    )


def _authors(one: DriftedObject) -> Iterator[str]:
    if one.happened is Happened.CHANGED:
        for field in one.fields:
            yield field.attribution.who if field.attribution else "unknown"
    elif one.attribution or one.within is None:
        yield one.attribution.who if one.attribution else "unknown"


def _field(field: DriftedField, drift: Drift, *, with_author: bool) -> FieldLine:
    author = author_line(field.attribution, drift) if with_author else ""
    notes = (f"{files_words(field, field.declared_text)}; {field_next(field)}", *([author] if author else []))
    return FieldLine(field.name, field.applied_text, field.live_text, notes)


# ---------------------------------------------------------------- the picture


def _nodes(drift: Drift, gates: Sequence[GateEntry]) -> tuple[Node, ...]:
    """Everything that was looked at; where that is too much, what has drifted and what it is in."""
    happened = {one.address: one.happened for one in drift.objects}
    held = holders(gates)
    everything = {*drift.compared, *happened, *held, *(entry.gate.address for entry in gates)}
    if len(everything) + len(gates) > MOST_NODES:
        marked = {Address.parse(one) for one in (*happened, *held)}
        around = {str(above) for address in marked for above in address.ancestors()}
        everything &= {*map(str, marked), *around}
    found = list(gate_nodes(gates))
    for address in sorted(everything, key=Address.parse):
        above = next((str(one) for one in Address.parse(address).ancestors() if str(one) in everything), None)
        needs = [*([above] if above else []), *(entry.gate.id for entry in held.get(address, ()))]
        told = happened.get(address)
        word, style = (told.value, SYMBOLS[told][1]) if told else ("as applied", "faint")
        found.append(Node(address, word, style, tuple(needs)))
    return tuple(found)


# ---------------------------------------------------------------- what is told beside it


def _asides(drift: Drift) -> Iterator[Aside]:
    yield from listed("Who did it could not be looked up", "For some of it, because:", drift.not_looked)
    yield from listed(
        "Under way",
        "A run has begun to change these and has not settled it; nothing is said about them.",
        drift.under_way,
    )
    yield from listed(
        "Not applied yet",
        "The files say otherwise than what was applied; that is no drift.",
        [_edit_words(one) for one in drift.edits],
    )
    yield from listed(
        "Unmanaged",
        "No file names them; they are left alone.",
        [f"{one.address} {one.name}".rstrip() for one in drift.unmanaged],
    )


def _edit_words(one: Edit) -> str:
    return "; ".join([f"{one.address}: {one.reason}", *(edited_words(field) for field in one.fields)])
