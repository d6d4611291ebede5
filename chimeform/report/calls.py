"""A report of calls in each of its formats but the page: text, CSV, JSON, Markdown.

Names and numbers are shown as they are in the records.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from ..call_records.sums import Sum, Sums, minutes_text
from .json_text import to_json
from .markdown import code, escaped
from .page import Look, Page, Styled
from .spreadsheet import as_cell


def period_text(sums: Sums) -> str:
    first, last = sums.period.first, sums.period.last
    if first is None and last is None:
        return "all days"
    return " ".join([*([f"from {first}"] if first else []), *([f"to {last}"] if last else [])])


def notes_of(sums: Sums) -> Iterator[str]:
    """What has to be said beside the sums."""
    if sums.streamed.calls:
        minutes = sums.streamed.seconds / 60
        yield f"{_counted(sums.streamed.calls, 'streaming record')}, {minutes:,.1f} minutes, not in the sums"
    for version, count in sorted(sums.unknown_versions.items()):
        yield f"{_counted(count, 'record')} of the undocumented form {version}, read like the documented one"
    if sums.damaged_count:
        yield f"{_counted(sums.damaged_count, 'record')} not read, and not in the sums:"
        yield from (f"  {one.place}: {one.why}" for one in sums.damaged)
        more = sums.damaged_count - len(sums.damaged)
        yield from [f"  and {more:,} more"] if more else []


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def as_text(sums: Sums, where: str, look: Look) -> str:
    page = Page(look)
    page.line(Styled(f"Calls by {sums.by}", "strong"), f"  {where}, {period_text(sums)} (UTC)")
    page.blank()
    if not sums.rows:
        page.line("There are no calls.")
    else:
        body = [(name, *_figures(one)) for name, one in sums.in_order()]
        shown = [(sums.by, "calls", "minutes"), *body, ("total", *_figures(sums.total))]
        calls, minutes = (max(len(row[at]) for row in shown) for at in (1, 2))
        page.rows([(row[0], f"{row[1]:>{calls}}", f"{row[2]:>{minutes}}") for row in shown], indent=2)
    notes = list(notes_of(sums))
    if notes:
        page.blank()
        for note in notes:
            page.line(note)
    return page.text()


def _figures(one: Sum) -> tuple[str, str]:
    return f"{one.calls:,}", minutes_text(one.minutes)


def as_csv(sums: Sums) -> str:
    """A row for each name, without a total: whoever reads it sums by themselves."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([sums.by, "calls", "minutes", "seconds"])
    for name, one in sums.in_order():
        writer.writerow([as_cell(name), one.calls, one.minutes, one.seconds])
    return stream.getvalue()


def as_json(sums: Sums, where: str) -> str:
    """Minutes are texts, because they are decimal numbers."""
    told: dict[str, Any] = {
        "by": sums.by,
        "source": where,
        "from": str(sums.period.first) if sums.period.first else None,
        "to": str(sums.period.last) if sums.period.last else None,
        "rows": [{sums.by: name, **_sum(one)} for name, one in sums.in_order()],
        "total": _sum(sums.total),
        "streamed": {"records": sums.streamed.calls, "seconds": sums.streamed.seconds},
        "damaged": {
            "count": sums.damaged_count,
            "first": [{"place": one.place, "why": one.why} for one in sums.damaged],
        },
        "unknown_versions": dict(sorted(sums.unknown_versions.items())),
    }
    return to_json(told)


def _sum(one: Sum) -> dict[str, Any]:
    return {"calls": one.calls, "minutes": str(one.minutes), "seconds": one.seconds}


def as_markdown(sums: Sums, where: str) -> str:
    lines = [f"## Calls by {sums.by}", "", f"{code(where)}, {period_text(sums)} (UTC)", ""]
    if sums.rows:
        lines += [f"| {sums.by} | calls | minutes |", "|---|--:|--:|"]
        lines += [f"| {escaped(name)} | {' | '.join(_figures(one))} |" for name, one in sums.in_order()]
        lines += [f"| **total** | {' | '.join(_figures(sums.total))} |"]
    else:
        lines += ["There are no calls."]
    notes = [f"- {escaped(note.strip())}" for note in notes_of(sums)]
    return "\n".join([*lines, *(["", *notes] if notes else [])])
