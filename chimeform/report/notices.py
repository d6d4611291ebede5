"""The notice of a run, of drift, and of a run that ended with an error. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ..drift import DriftedObject, Standing
from ..errors import ChimeformError
from ..notice import Drifted, Failure, Notice, Occasion, Verb, Wait
from ..plan import Plan
from .drift_words import author_words, field_words, object_words, summary_words
from .model import DriftReport, GateEntry, RunReport, severity_rank
from .run_text import done_words

SHOWN = 20
"""How many of each list a notice holds: it is to be read in a chat, and the report has them all."""


def notice_of_run(plan: Plan, report: RunReport) -> Notice:
    """How an apply or a destroy ended. One that had nothing to do is no occasion."""
    is_failure = report.result == "failed" or bool(report.unread)
    had_work = report.result != "done" or not plan.is_empty
    occasions: list[Occasion] = ["apply"] if had_work else []
    counts = {
        **report.done,
        "failed": len(report.failed),
        "not reached": len(report.not_reached),
        "not read": report.unread,
        "waiting": len(report.gates),
    }
    return Notice(
        event=plan.purpose,
        occasions=(*occasions, *_failure(is_failure=is_failure)),
        result="interrupted" if report.result == "interrupted" else "failed" if is_failure else "done",
        workspace=plan.workspace,
        environment=plan.environment,
        aws_account=plan.aws_account,
        at=report.at.isoformat(),
        summary=_run_words(report),
        counts=_without_zeros(counts),
        **_lists(
            failed=[
                Failure(address=one.address, code=one.code, summary=one.summary, why=one.why, do=one.do)
                for one in report.failed
            ]
            + [
                Failure(address=one.address, code=one.code, summary=f"{one.address} could not be read: {one.reason}")
                for one in plan.unread
            ],
            waiting=[_wait(one) for one in _overdue_first(report.gates)],
        ),
    )


def notice_of_drift(report: DriftReport) -> Notice:
    """What has drifted. Without drift it is no occasion, unless something could not be read."""
    drift = report.drift
    gates = {standing.value: len(found) for standing, found in report.gates.items()}
    occasions: list[Occasion] = [] if drift.is_empty else ["drift"]
    return Notice(
        event="drift",
        occasions=(*occasions, *_failure(is_failure=bool(drift.unread))),
        result="failed" if drift.unread else "in order" if drift.is_empty else "drifted",
        workspace=drift.workspace,
        environment=drift.environment,
        aws_account=drift.aws_account,
        at=drift.at,
        summary=summary_words(report),
        counts=_without_zeros({**report.counts, **gates, "not read": len(drift.unread)}),
        **_lists(
            failed=[
                Failure(
                    address=one.address,
                    code=one.code,
                    summary=f"{one.address} could not be read: {one.reason}",
                    do=one.do,
                )
                for one in drift.unread
            ],
            waiting=[
                _wait(one) for standing in (Standing.CLOSED_AGAIN, Standing.OVERDUE) for one in report.gates[standing]
            ],
            drifted=[
                _drifted(one, is_attributed=drift.is_attributed)
                for one in sorted(drift.objects, key=severity_rank, reverse=True)
            ],
        ),
    )


def notice_of_error(
    event: Verb,
    workspace: str,
    environment: str | None,
    at: datetime,
    error: ChimeformError,
) -> Notice:
    """A run that ended before it could say how it ended: refused, stale, locked, or nobody to talk to."""
    return Notice(
        event=event,
        occasions=("failure",),
        result="failed",
        workspace=workspace,
        environment=environment,
        at=at.isoformat(),
        summary=f"It ended with an error: {error.summary}.",
        failed=(Failure(code=error.code, summary=error.summary, why=error.why, do=error.do),),
    )


def _failure(*, is_failure: bool) -> tuple[Occasion, ...]:
    return ("failure",) if is_failure else ()


def _without_zeros(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _lists(**lists: Sequence[Any]) -> dict[str, Any]:
    """Each list as far as a notice holds it, and `beyond`."""
    beyond = {name: len(items) - SHOWN for name, items in lists.items() if len(items) > SHOWN}
    return {**{name: tuple(items[:SHOWN]) for name, items in lists.items()}, "beyond": beyond}


def _run_words(report: RunReport) -> str:
    told = [done_words(report) or "nothing done"]
    told += [f"{len(report.failed)} failed"] if report.failed else []
    told += [f"{len(report.not_reached)} not reached"] if report.not_reached else []
    told += [f"{report.unread} not read"] if report.unread else []
    told += [f"{len(report.gates)} waiting"] if report.gates else []
    begin = {"done": "Done", "interrupted": "Interrupted"}.get(report.result, "Not all of it worked")
    return f"{begin}: {', '.join(told)}."


def _overdue_first(gates: Sequence[GateEntry]) -> list[GateEntry]:
    return sorted(gates, key=lambda one: not one.is_overdue)


def _wait(entry: GateEntry) -> Wait:
    gate = entry.gate
    return Wait(address=gate.address, who=gate.who, title=gate.title, since=gate.since, is_overdue=entry.is_overdue)


def _drifted(one: DriftedObject, *, is_attributed: bool) -> Drifted:
    text = "; ".join(f"{field.name} {field_words(field, full=False)}" for field in one.fields) or object_words(one)
    authors = [field.attribution for field in one.fields] or [one.attribution]
    who = "; ".join(dict.fromkeys(map(author_words, authors))) if is_attributed else ""
    return Drifted(address=one.address, happened=one.happened.value, severity=one.severity, text=text, who=who)
