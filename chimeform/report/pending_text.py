"""What waits, as text: the table of everybody's turn, and the steps of one wait."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from ..address import Address
from ..plan import PlannedGate
from ..resources import kind_at
from .model import GateEntry
from .moments import date_only, date_time, span
from .page import Look, Page, Piece, Styled
from .plan_text import WHO, held_words, wait_words

BY_WORD = "'pending done'"


def noticed_by(gate: PlannedGate) -> tuple[str, ...]:
    """What shows that the gate has opened: the reads that every plan and every apply makes, or a person's word."""
    if gate.confirms is not None:
        return (*((gate.seen_by,) if gate.seen_by else ()), BY_WORD)
    if gate.seen_by:
        return (gate.seen_by,)
    kind = kind_at(Address.parse(gate.address).parts)
    if kind is None:
        return ()
    return tuple(listing.operation for listing in kind.api.listing) or tuple(
        detail.operation for detail in kind.api.details
    )


def pending_text(entries: Sequence[GateEntry], unread: int, look: Look) -> str:
    """The table: what, whose turn, since when, due, and how it will be noticed."""
    page = Page(look)
    if not entries:
        page.line(Styled("Nothing waits." if not unread else "Nothing is known to wait.", "good"))
    else:
        headings = ("WHAT", "WHOSE TURN", "SINCE", "DUE", "NOTICED BY")
        rows: list[tuple[Piece, ...]] = [tuple(Styled(heading, "strong") for heading in headings)]
        for entry in entries:
            gate = entry.gate
            rows.append(
                (
                    f"{gate.address}: {gate.title}",
                    WHO[gate.who],
                    date_only(entry.since) if entry.since else "the next apply",
                    _due(entry),
                    ", ".join(noticed_by(gate)),
                )
            )
        page.rows(rows)
        page.blank()
        page.line(
            Styled("'chimeform pending show ADDR' prints the steps; 'chimeform apply' goes on from here.", "faint")
        )
    if unread:
        page.line(f"{unread} could not be read; 'chimeform plan' says why.")
    return page.text()


def notices(gate: PlannedGate) -> Iterator[str]:
    """How it is noticed that the gate has opened; an indented line is a command."""
    if gate.confirms is None:
        yield f"Nobody has to report it: every plan and apply looks ({', '.join(noticed_by(gate))})."
        return
    if gate.contradicted:
        yield f"It is not so yet: {gate.contradicted}."
    looks = f"Every plan and apply looks ({gate.seen_by}); where that does not show it, say so:"
    yield looks if gate.seen_by else "No service shows it. When it is done, say so:"
    yield f"  chimeform pending done {quoted(str(Address.parse(gate.address).child(gate.name)))}"


def quoted(address: str) -> str:
    """An address as a shell takes it, whatever is in it."""
    return shlex.quote(address)


def confirmed_words(gate: PlannedGate) -> str:
    """What was just recorded."""
    kind = kind_at(Address.parse(gate.address).parts)
    traits = kind.traits() if kind else {}
    values = ", ".join(f"{name} = {traits[name].text(value)}" for name, value in (gate.confirms or {}).items())
    return f"recorded as done: {gate.title}" + (f" ({values})" if values else "")


def _due(entry: GateEntry) -> Piece:
    if entry.opens is not None:
        return date_time(entry.opens)
    if entry.due is None:
        return ""
    return Styled(f"{date_only(entry.due)}, overdue", "change") if entry.is_overdue else date_only(entry.due)


def steps_text(entry: GateEntry, facts: Sequence[tuple[str, str]], look: Look) -> str:
    """One wait: its numbered steps. `facts` are the exact values that a person needs for them."""
    page = Page(look)
    gate = entry.gate
    page.line(Styled(gate.address, "strong"))
    page.line(f"waits for {wait_words(gate)}")
    page.blank()
    rows: list[tuple[Piece, ...]] = [(f"{name}:", value) for name, value in facts]
    if held := held_words(gate.address, gate.holds).strip():
        rows.append(("holds:", held.removeprefix("holds ")))
    if entry.since is not None:
        rows.append(("since:", date_time(entry.since)))
    if entry.opens is not None:
        rows.append(("opens:", f"{date_time(entry.opens)}"))
    if entry.due is not None and entry.since is not None:
        note = ", which is past" if entry.is_overdue else f", after {span(entry.due - entry.since)}"
        rows.append(("ask by:", f"{date_only(entry.due)}{note}"))
    page.rows(rows, indent=2)
    page.blank()
    for number, step in enumerate(gate.steps, 1):
        page.line(f"{number}. {step}", indent=2)
    page.blank()
    for line in notices(gate):
        page.line(line, indent=2)
    page.line(Styled(f"[{gate.source}]", "faint"), indent=2)
    return page.text()
