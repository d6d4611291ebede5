"""A report of calls as one page with a chart, which loads nothing and needs no script."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ..call_records.sums import Sums, minutes_text
from .calls import notes_of, period_text
from .html import render
from .page import cut

_MOST_BARS = 60
"""More would be no picture any more; the table below has them all."""
_BAR, _GAP, _LABEL, _LONGEST, _FIGURE = 18, 8, 250, 560, 110


@dataclass(frozen=True)
class Bar:
    """One row of the chart; lengths in its units."""

    full: str
    label: str
    figure: str
    y: int
    length: int


@dataclass(frozen=True)
class Chart:
    width: int
    height: int
    left: int
    bars: tuple[Bar, ...]


def chart_of(sums: Sums) -> Chart:
    """The first rows of the report as bars of minutes."""
    rows = sums.in_order()[:_MOST_BARS]
    longest = max((one.minutes for _, one in rows), default=Decimal(0)) or Decimal(1)
    bars = tuple(
        Bar(name, cut(name, 32), minutes_text(one.minutes), at * (_BAR + _GAP), int(one.minutes / longest * _LONGEST))
        for at, (name, one) in enumerate(rows)
    )
    return Chart(_LABEL + _LONGEST + _FIGURE, max(len(bars) * (_BAR + _GAP), 1), _LABEL, bars)


def as_html(sums: Sums, where: str) -> str:
    """The file."""
    rows = [(name, f"{one.calls:,}", minutes_text(one.minutes)) for name, one in sums.in_order()]
    return render(
        "calls.html",
        sums=sums,
        where=where,
        period=period_text(sums),
        rows=rows,
        total=(f"{sums.total.calls:,}", minutes_text(sums.total.minutes)),
        chart=chart_of(sums),
        left_out=max(0, len(rows) - _MOST_BARS),
        notes=[note.strip() for note in notes_of(sums)],
    )
