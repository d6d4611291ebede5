"""Diagnostics and drift as findings: what `sarif`, `junit` and `github` say of a check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from ..diagnostics import Diagnostic, Position, Severity
from ..drift import Drift, DriftedGate, DriftedObject, Happened, Standing
from ..errors import ChimeformError, InvalidWorkspace
from ..plan import UnreadObject
from .drift_words import author_line, field_next, field_words, object_author_line
from .model import CheckReport, Finding, Outcome
from .moments import date_only
from .page import harmless
from .plan_text import WHO

ANCHOR = "chimeform.yaml"
_SEVERITIES = {
    "notice": Severity.NOTE,
    "caution": Severity.WARNING,
    "destructive": Severity.ERROR,
    "irreversible": Severity.ERROR,
}
_CODES = {
    Happened.CHANGED: "CF-DFT-001",
    Happened.REPLACED: "CF-DFT-002",
    Happened.RETIRED: "CF-DFT-003",
    Happened.MISSING: "CF-DFT-004",
    Happened.UNMANAGED: "CF-DFT-005",
}
_GATES = {
    Standing.CLOSED_AGAIN: ("CF-DFT-006", "has closed again", Outcome.FAILED),
    Standing.OVERDUE: ("CF-DFT-007", "is overdue", Outcome.FAILED),
    Standing.WAITING: ("CF-DFT-008", "waits", Outcome.WAITING),
}


# ---------------------------------------------------------------- a workspace


def check_of_files(diagnostics: Iterable[Diagnostic], files: Iterable[str], title: str) -> CheckReport:
    """What is wrong with the files, and which of them are without errors."""
    findings = tuple(_of_diagnostic(one) for one in diagnostics)
    broken = {one.about for one in findings if one.outcome is Outcome.FAILED}
    sound = tuple(("file", name) for name in sorted(files) if name not in broken)
    return CheckReport(title, ANCHOR, findings, sound)


def _of_diagnostic(one: Diagnostic) -> Finding:
    outcome = Outcome.FAILED if one.severity is Severity.ERROR else Outcome.TOLD
    return Finding(one, one.summary, one.position.file if one.position else ANCHOR, "file", outcome)


def check_of_failure(error: ChimeformError, title: str) -> CheckReport:
    """What kept a command from its result."""
    if isinstance(error, InvalidWorkspace):
        return check_of_files(error.diagnostics, error.sources, title)
    told = Diagnostic(error.code, error.summary, why=error.why, do=error.do)
    finding = Finding(told, error.code, title, "command", Outcome.ERROR)
    return CheckReport(title, ANCHOR, (finding,), is_complete=False)


# ---------------------------------------------------------------- drift


def check_of_drift(drift: Drift, title: str) -> CheckReport:
    """A finding for each changed field, each other object, each gate, and each object that could not be read."""
    findings = [
        *(finding for one in drift.objects for finding in _of_object(one, drift)),
        *map(_of_gate, drift.gates),
        *map(_of_unread, drift.unread),
    ]
    blamed = {finding.about for finding in findings}
    sound = tuple(("resource", address) for address in drift.compared if address not in blamed)
    return CheckReport(title, ANCHOR, tuple(findings), sound, is_complete=not drift.unread)


def _of_object(one: DriftedObject, drift: Drift) -> Iterator[Finding]:
    means = [f"{each.text} ({each.severity}) [{each.source}]" for each in one.consequences]
    if one.happened is not Happened.CHANGED:
        fields = (f"{field.name} {field_words(field)}" for field in one.fields)
        why = [*fields, *means, object_author_line(one, drift)]
        summary = f"{one.address}: {one.reason}"
        yield _finding(one, one.address, summary, why, _sentence(one.next), one.place)
        return
    for field in one.fields:
        name = f"{one.address}.{field.name}"
        why = [*means, author_line(field.attribution, drift)]
        yield _finding(one, name, f"{name}: {field_words(field)}", why, field_next(field), field.place)


def _finding(
    one: DriftedObject, subject: str, summary: str, why: Iterable[str], do: str, place: Position | None
) -> Finding:
    told = Diagnostic(
        _CODES[one.happened],
        summary,
        position=place,
        why="; ".join(filter(None, why)),
        do=do,
        severity=_SEVERITIES[one.severity],
    )
    return Finding(told, subject, one.address, "resource", Outcome.FAILED)


def _sentence(next_step: str) -> str:
    return f"{next_step}; 'chimeform plan' shows it" if next_step else ""


def _of_gate(one: DriftedGate) -> Finding:
    code, word, outcome = _GATES[one.standing]
    gate = one.gate
    since = f" since {date_only(datetime.fromisoformat(gate.since))}" if gate.since else ""
    told = Diagnostic(
        code,
        f"{gate.address}: {word}{since}: {gate.title}",
        position=one.place,
        why=f"it is the turn of {WHO[gate.who]}",
        do=f"'chimeform pending show {gate.address}' prints the steps",
        severity=_SEVERITIES[one.severity],
    )
    return Finding(told, gate.id, gate.id, "gate", outcome)


def _of_unread(one: UnreadObject) -> Finding:
    told = Diagnostic(one.code, f"{one.address}: {one.reason}", why="what cannot be read may have changed", do=one.do)
    return Finding(told, one.address, one.address, "resource", Outcome.ERROR)


# ---------------------------------------------------------------- what all formats say


def message(told: Diagnostic) -> str:
    """The sentence, why it is so, and what to do, each on a line."""
    lines = [told.summary, *([f"why: {told.why}"] if told.why else []), *([f"do: {told.do}"] if told.do else [])]
    return "\n".join(map(harmless, lines))
