"""The sentences about drift, the same in every format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..drift import Attribution, Drift, DriftedField, DriftedObject, EditedField, InFiles
from .model import DriftReport
from .moments import date_time
from .page import cut

_FILES = {
    InFiles.AS_APPLIED: "the files say {}",
    InFiles.AS_LIVE: "the files say {} too",
    InFiles.EDITED: "the files say {} now",
    InFiles.NOTHING: "the files no longer name it",
}
_NEXT = {
    InFiles.AS_APPLIED: "'chimeform apply' puts it back; to keep it, write what is there into the files",
    InFiles.AS_LIVE: "'chimeform apply' records it",
    InFiles.EDITED: "'chimeform apply' brings what the files say",
    InFiles.NOTHING: "'chimeform apply' leaves it as it is",
}


def field_words(field: DriftedField, *, full: bool = True) -> str:
    """`was applied as true, is false there; the files say true`."""
    applied, live, declared = (
        text if full else cut(text) for text in (field.applied_text, field.live_text, field.declared_text)
    )
    return f"was applied as {applied}, is {live} there; {files_words(field, declared)}"


def files_words(field: DriftedField, declared: str) -> str:
    """`the files say true`; `declared` is how long the value may be told."""
    return _FILES[field.files].format(declared)


def field_next(field: DriftedField) -> str:
    """What the next apply does about it."""
    return _NEXT[field.files]


def object_words(one: DriftedObject) -> str:
    """What became of the object, and what the next apply does about it."""
    return f"{one.reason}; {one.next}" if one.next else one.reason


def edited_words(field: EditedField, *, full: bool = True) -> str:
    applied, declared = (text if full else cut(text) for text in (field.applied_text, field.declared_text))
    return f"{field.name}: {applied} → {declared}"


def author_words(author: Attribution | None) -> str:
    """Who did it, or that this was looked for and not found."""
    if author is None:
        return "unknown"
    role = f" as {author.role}" if author.role else ""
    place = f" from {author.source_address}" if author.source_address else ""
    return f"{author.who}{role}, {date_time(author.at)}, {author.event} by {author.via}{place}"


def author_line(author: Attribution | None, drift: Drift) -> str:
    """The same as a line of its own; nothing where nobody has looked."""
    return f"who did it: {author_words(author)}" if drift.is_attributed else ""


def object_author_line(one: DriftedObject, drift: Drift) -> str:
    """Who did what became of an object; what went with another one needs nobody of its own."""
    is_told = one.attribution is not None or one.within is None
    return author_line(one.attribution, drift) if is_told else ""


def title_words(report: DriftReport) -> str:
    """`Drift of acme, environment prod, since the last apply of 2026-11-22 12:00 UTC`."""
    drift = report.drift
    environment = f", environment {drift.environment}" if drift.environment else ""
    account = f", AWS account {drift.aws_account}" if drift.aws_account else ""
    when = f" of {date_time(drift.last_apply)}" if drift.last_apply else ""
    return f"Drift of {drift.workspace}{environment}{account}, since the last apply{when}"


def summary_words(report: DriftReport) -> str:
    """The last line: how much has drifted, or why there is nothing to say."""
    drift = report.drift
    gates = {standing.value: len(found) for standing, found in report.gates.items() if found}
    told = [
        *_counted(report.counts),
        *(f"{gates[name]} {_gates(name, gates[name])}" for name in _DRIFTED if name in gates),
    ]
    unknown = f" Nothing is known about {len(drift.unread)} that could not be read." if drift.unread else ""
    if told:
        return f"Drift: {', '.join(told)}.{unknown}"
    if drift.unread:
        return f"No drift where it could be read.{unknown}"
    if not drift.compared:
        chosen = " of what was chosen" if drift.targets or drift.excludes else ""
        return f"No drift: nothing{chosen} has been applied yet."
    return "No drift: everything is there as it was applied."


_DRIFTED = ("closed again", "overdue")


def _gates(name: str, count: int) -> str:
    noun = "gate" if count == 1 else "gates"
    return f"{noun} {name}"


def _counted(counts: Mapping[str, int]) -> Iterator[str]:
    return (f"{count} {happened}" for happened, count in counts.items())
