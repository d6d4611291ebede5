"""Drift as text: what has changed there since the last apply, what it means for whom, and what is told beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ..drift import Attribution, Drift, DriftedObject, Edit, Happened, Standing
from .drift_words import (
    author_line,
    edited_words,
    field_words,
    object_author_line,
    object_words,
    summary_words,
    title_words,
)
from .model import DriftReport, Fold, fold, list_names, severity_rank
from .page import Look, Page, Piece, Styled
from .plan_text import (
    FOLD_ABOVE,
    FOLD_KEEP,
    write_consequence,
    write_gates,
    write_unmanaged,
    write_unread,
)

_INDENT = 15
SYMBOLS = {
    Happened.CHANGED: ("~", "change"),
    Happened.REPLACED: ("~", "bad"),
    Happened.RETIRED: ("-", "bad"),
    Happened.MISSING: ("-", "bad"),
    Happened.UNMANAGED: ("+", "change"),
}
_GATES = {
    Standing.CLOSED_AGAIN: "Closed again",
    Standing.OVERDUE: "Overdue",
    Standing.WAITING: "Waiting",
}


def drift_text(report: DriftReport, look: Look) -> str:
    """The whole report. With `look.full` nothing is folded or cut, and places in the files are named."""
    page, drift = Page(look), report.drift
    page.line(Styled(title_words(report), "strong"))
    for group in report.groups:
        page.blank()
        page.line(Styled(group.title, "strong"))
        for folded in fold(group.objects, _alike, above=_limit(look), keep=FOLD_KEEP):
            _write_objects(page, folded, drift)
    for standing, title in _GATES.items():
        write_gates(page, report.gates[standing], report.at, title)
    write_unread(page, drift.unread)
    _write_under_way(page, drift.under_way)
    _write_not_looked(page, drift.not_looked)
    _write_edits(page, drift.edits)
    write_unmanaged(page, drift.unmanaged)
    page.blank()
    page.line(Styled(summary_words(report), "good" if drift.is_empty and not drift.unread else "strong"))
    return page.text()


def _limit(look: Look) -> int:
    return 1_000_000_000 if look.full else FOLD_ABOVE


def _alike(one: DriftedObject) -> tuple[Any, ...]:
    """What somebody did to many in one go."""
    fields = tuple((each.name, each.live_text, each.files, _who(each.attribution)) for each in one.fields)
    return one.happened, one.kind, one.reason, one.severity, one.next, fields, _who(one.attribution)


def _who(author: Attribution | None) -> str:
    return author.who if author else ""


def _write_not_looked(page: Page, reasons: Sequence[str]) -> None:
    if reasons:
        page.blank()
        page.line(Styled("Who did it could not be looked up", "strong"))
        for reason in reasons:
            page.line(f"  {reason}")


# ---------------------------------------------------------------- what has drifted


def _write_objects(page: Page, folded: Fold[DriftedObject], drift: Drift) -> None:
    for one in folded.shown:
        _write_object(page, one, drift)
    if folded.more:
        _write_folded(page, folded.more)


def _mark(one: DriftedObject) -> Styled:
    symbol, style = SYMBOLS[one.happened]
    return Styled(f"{symbol} {one.happened.value:<10}", style)


def _write_object(page: Page, one: DriftedObject, drift: Drift) -> None:
    reason = "" if one.happened is Happened.CHANGED else f"  {object_words(one)}"
    place = f"  [{one.place}]" if one.place and page.look.full else ""
    page.line(_mark(one), " ", one.address, Styled(f"{reason}{place}", "faint"), indent=2)
    if one.happened is not Happened.CHANGED:
        _write_author(page, object_author_line(one, drift))
    page.rows(_field_rows(one, drift, full=page.look.full), indent=_INDENT)
    for consequence in sorted(one.consequences, key=severity_rank, reverse=True):
        write_consequence(page, consequence, indent=_INDENT)


def _write_author(page: Page, words: str) -> None:
    if words:
        page.line(words, indent=_INDENT)


def _field_rows(one: DriftedObject, drift: Drift, *, full: bool) -> Iterator[tuple[Piece, ...]]:
    for field in one.fields:
        yield f"{field.name}:", field_words(field, full=full)
        author = author_line(field.attribution, drift) if one.happened is Happened.CHANGED else ""
        if author:
            yield "", author


def _write_folded(page: Page, objects: Sequence[DriftedObject]) -> None:
    page.line(_mark(objects[0]), " ", f"{len(objects)} more like these", Styled("  (-v shows all)", "faint"), indent=2)
    counted = Counter(consequence for one in objects for consequence in set(one.consequences))
    for consequence, times in sorted(counted.items(), key=lambda one: (-severity_rank(one[0]), one[0].name)):
        write_consequence(page, consequence, f" {times}×", indent=_INDENT)


# ---------------------------------------------------------------- what is told beside it


def _write_under_way(page: Page, addresses: Sequence[str]) -> None:
    if not addresses:
        return
    page.blank()
    page.line(
        Styled("Under way", "strong"),
        "  a run has begun to change these and has not settled it; nothing is said about them:",
    )
    shown, more = list_names(addresses, len(addresses) if page.look.full else FOLD_ABOVE)
    for address in shown:
        page.line(address, indent=2)
    if more:
        page.line(f"and {more} more  (-v shows all)", indent=2)


def _write_edits(page: Page, edits: Sequence[Edit]) -> None:
    if not edits:
        return
    page.blank()
    page.line(
        Styled("Not applied yet", "strong"),
        "  the files say otherwise than what was applied; no drift",
        Styled("  ('chimeform plan' says what it would do)", "faint"),
    )
    for folded in fold(edits, lambda one: (one.reason, one.kind), above=_limit(page.look), keep=FOLD_KEEP):
        for one in folded.shown:
            page.line(one.address, Styled(f"  {one.reason}", "faint"), indent=2)
            for field in one.fields:
                page.line(edited_words(field, full=page.look.full), indent=4)
        if folded.more:
            page.line(f"and {len(folded.more)} more like these  (-v shows all)", indent=2)
