"""Gates on a page: what waits as a row to be found like any change, a box of the picture, and dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from ..plan import CalendarEntry
from .model import GateEntry
from .moments import date_only, date_time, span
from .pending_text import notices
from .picture import Node
from .plan_text import WHO, held_words
from .web_page import Row, Traits, command_line


def gate_row(entry: GateEntry, word: str, at: datetime, environment: str | None, severity: str = "") -> Row:
    """One wait with its steps and the command that prints them. `word` says how it stands."""
    gate = entry.gate
    told = [*_dates(entry, at), held_words(gate.address, gate.holds).strip()]
    told += [*(line.strip() for line in notices(gate)), f"[{gate.source}]"]
    return Row(
        address=gate.address,
        word=f"… {word}",
        style="bad" if entry.is_overdue or word == "closed again" else "gate",
        traits=Traits(word, "gate", severity, (WHO[gate.who],)),
        lines=(f"{WHO[gate.who]}: {gate.title}", *(line for line in told if line)),
        steps=gate.steps,
        command=command_line("pending show", environment, more=(gate.address,)),
    )


def _dates(entry: GateEntry, at: datetime) -> Iterator[str]:
    told = []
    if entry.since is not None:
        told.append(f"since {date_only(entry.since)} ({span(at - entry.since)})")
    if entry.opens is not None:
        told.append(f"opens {date_time(entry.opens)}")
    if entry.due is not None:
        told.append(f"{'overdue since' if entry.is_overdue else 'due'} {date_only(entry.due)}")
    if told:
        yield ", ".join(told)


def gate_nodes(entries: Iterable[GateEntry]) -> Iterator[Node]:
    for entry in entries:
        gate = entry.gate
        yield Node(gate.id, WHO[gate.who], "gate", is_gate=True, label=gate.title)


def gate_dates(entries: Iterable[GateEntry]) -> Iterator[CalendarEntry]:
    """When a gate opens by itself, and when to ask why it takes so long."""
    for entry in entries:
        if entry.opens is not None:
            text = f"opens: {entry.gate.title}"
            yield CalendarEntry(at=entry.opens.isoformat(), address=entry.gate.address, text=text)
        if entry.due is not None:
            text = f"ask by then: {entry.gate.title}"
            yield CalendarEntry(at=entry.due.isoformat(), address=entry.gate.address, text=text)


def holders(entries: Iterable[GateEntry]) -> Mapping[str, Sequence[GateEntry]]:
    """Which gates hold an address."""
    found: dict[str, list[GateEntry]] = {}
    for entry in entries:
        for address in dict.fromkeys(entry.gate.holds):
            found.setdefault(address, []).append(entry)
    return found


def in_order(dates: Iterable[CalendarEntry]) -> tuple[CalendarEntry, ...]:
    """By time, each once: a plan's calendar has some of the gates' dates already."""
    return tuple(sorted(dict.fromkeys(dates), key=lambda one: (datetime.fromisoformat(one.at), one.address, one.text)))
