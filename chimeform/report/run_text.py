"""A run as text: one line for what happened, and at the end what was done, what was not, and what to do next."""

from __future__ import annotations

from ..events import Event, GateOpened, Looked, StepDone, StepFailed, Throttled, Waiting, Waived
from ..plan import Action
from .model import RunReport, fold
from .page import Look, Page, Styled
from .plan_text import FOLD_ABOVE, FOLD_KEEP, count_words, mark, write_gates

_PAST = {
    "create": "created",
    "update": "updated",
    "retire": "retired",
    "restore": "restored",
    "adopt": "adopted",
    "forget": "forgotten",
}


def event_text(event: Event, look: Look) -> str:
    """One line for one event; empty for those that only machines want to know."""
    page = Page(look)
    match event:
        case StepDone():
            begin = mark(Action(event.action), f"{_PAST.get(event.action, 'done'):<9}", look)
            page.line(begin, f" {event.address}", Styled(f"  {event.operation}", "faint"), indent=2)
        case StepFailed():
            page.line(Styled("! failed   ", "danger"), f" {event.summary}", indent=2)
        case GateOpened():
            page.line(Styled("  open now ", "good"), f" {event.address}", indent=2)
        case Looked():
            found = "it had taken effect" if event.happened else "it had not taken effect"
            page.line(Styled("  looked   ", "calm"), f" {event.address}: an answer was lost; {found}", indent=2)
        case Throttled():
            page.line(Styled("  slower   ", "faint"), f" the service asks for patience ({event.operation})", indent=2)
        case Waived():
            page.line(Styled("  waived   ", "change"), f" {event.rule}: {event.reason}", indent=2)
        case Waiting():
            page.line(Styled("  waiting  ", "faint"), f" for {_gates(len(event.gates))}", indent=2)
        case _:
            return ""
    return page.text()


def _gates(count: int) -> str:
    return f"{count} gate{'s' if count != 1 else ''} to open"


def run_text(report: RunReport, look: Look, *, had_work: bool = True) -> str:
    """The end of a run. A run that had nothing to do says only that; its plan has told what waits."""
    page = Page(look)
    if had_work or report.result != "done":
        _write_failures(page, report)
        _write_not_reached(page, report)
        write_gates(page, report.gates, report.at)
        page.blank()
    _write_summary(page, report)
    return page.text()


def _write_failures(page: Page, report: RunReport) -> None:
    if not report.failed:
        return
    page.blank()
    page.line(Styled("Failed", "danger"))
    for one in report.failed:
        page.line(Styled(f"error[{one.code}]: ", "bad"), one.summary, indent=2)
        if one.why:
            page.line(f"why: {one.why}", indent=4)
        if one.do:
            page.line(f"do:  {one.do}", indent=4)
        if one.request_id:
            page.line(Styled(f"request id: {one.request_id}", "faint"), indent=4)


def _write_not_reached(page: Page, report: RunReport) -> None:
    if not report.not_reached:
        return
    page.blank()
    page.line(Styled("Not reached", "change"))
    above = len(report.not_reached) if page.look.full else FOLD_ABOVE
    for folded in fold(report.not_reached, lambda one: one.because, above=above, keep=FOLD_KEEP):
        for one in folded.shown:
            page.line(f"{one.address}, because {one.because}", indent=2)
        if folded.more:
            page.line(f"and {len(folded.more)} more, for the same reason", indent=2)


def _write_summary(page: Page, report: RunReport) -> None:
    _write_result(page, report)
    if report.calls and page.look.full:
        each = ", ".join(f"{operation} {count}" for operation, count in report.calls.items())
        page.line(Styled(f"API calls that changed something: {each}.", "faint"))


def done_words(report: RunReport) -> str:
    """`3 created, 1 updated`; empty if nothing was done."""
    return count_words((_PAST[action], count) for action, count in report.done.items())


def _write_result(page: Page, report: RunReport) -> None:
    done = done_words(report)
    if report.result == "interrupted":
        page.line(Styled("Interrupted: ", "change"), f"{done or 'nothing was done'}. Everything is recorded.")
        page.line(f"Next: 'chimeform {report.verb}' goes on from here.")
        return
    if report.result == "failed":
        told = [f"{len(report.failed)} failed"] if report.failed else []
        told += [f"{len(report.not_reached)} not reached"] if report.not_reached else []
        page.line(Styled("Not all of it worked: ", "danger"), f"{', '.join([done or 'nothing done', *told])}.")
        page.line(f"Next: correct what the messages name; then 'chimeform {report.verb}' goes on from here.")
        return
    page.line(Styled("Done: ", "good"), f"{done or 'nothing had to be done'}.")
    if report.unread:
        page.line(f"{report.unread} could not be read and were left as they are; 'chimeform plan' says why.")
    if report.gates:
        page.line(f"Next: when they are open, 'chimeform {report.verb}' goes on from here.")
