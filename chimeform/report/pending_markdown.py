"""What waits, as Markdown: for a ticket, a chat or a wiki, where steps become boxes to tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .markdown import code, escaped
from .model import GateEntry
from .moments import date_only, date_time
from .pending_text import noticed_by, notices
from .plan_text import WHO


def pending_markdown(entries: Sequence[GateEntry], unread: int) -> str:
    """The table of everybody's turn."""
    lines = ["| what | whose turn | since | due | noticed by |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(_row(entry))} |" for entry in entries]
    if not entries:
        lines = ["Nothing waits." if not unread else "Nothing is known to wait."]
    if unread:
        lines += ["", f"{unread} could not be read; `chimeform plan` says why."]
    return "\n".join(lines)


def _row(entry: GateEntry) -> Iterator[str]:
    """The cells, in Markdown already."""
    gate = entry.gate
    yield escaped(f"{gate.address}: {gate.title}")
    yield WHO[gate.who]
    yield date_only(entry.since) if entry.since else "the next apply"
    if entry.opens is not None:
        yield date_time(entry.opens)
    else:
        overdue = ", **overdue**" if entry.is_overdue else ""
        yield f"{date_only(entry.due)}{overdue}" if entry.due else ""
    yield escaped(", ".join(noticed_by(gate)))


def steps_markdown(entry: GateEntry, facts: Sequence[tuple[str, str]]) -> str:
    """One wait, with a box for each step."""
    gate = entry.gate
    lines = [f"## {escaped(gate.title)}", "", f"{WHO[gate.who].capitalize()}, for {code(gate.address)}"]
    lines += ["", *(f"- {escaped(name)}: {code(value)}" for name, value in facts)] if facts else []
    if entry.due is not None:
        lines += ["", f"Due {date_only(entry.due)}{', overdue' if entry.is_overdue else ''}."]
    lines += ["", *(f"- [ ] {escaped(step)}" for step in gate.steps), ""]
    lines += [code(line.strip()) if line.startswith(" ") else escaped(line) for line in notices(gate)]
    return "\n".join([*lines, "", f"_{escaped(gate.source)}_"])
