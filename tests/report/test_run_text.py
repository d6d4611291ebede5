"""The end of a run as text: what worked, what did not and why, what was not reached, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimeform.events import (
    Event,
    GateClosed,
    Looked,
    RunEnded,
    StepDone,
    StepFailed,
    StepNotReached,
    Throttled,
    Waiting,
)
from chimeform.plan import Effect, Step
from chimeform.report.model import run_report
from chimeform.report.page import Look
from chimeform.report.run_text import event_text, run_text
from tests.golden import check_golden
from tests.report.plans import ACME, NOW, everything

GOLDEN = Path(__file__).parent / "golden"
NEW = f'{ACME}.users["new@acme.example"]'
BOT = f"{ACME}.bots.helpdesk"
PLAN = everything().model_copy(
    update={
        "steps": tuple(
            Step(id=f"{address}#{operation}", address=address, kind="user", call=operation, operation=operation,
                 request={}, effect=Effect())
            for address, operation in [(NEW, "InviteUsers"), (BOT, "PutEventsConfiguration")]
        )
    }
)  # fmt: skip


def ended(result: str, **counts: int) -> RunEnded:
    zero = {"done": 0, "failed": 0, "not_reached": 0, "gated": 0}
    return RunEnded("run", result, **{**zero, **counts}, calls={"ListUsers": 3, "InviteUsers": 1})


FAILED = StepFailed(
    step=f"{NEW}#InviteUsers",
    address=NEW,
    operation="InviteUsers",
    summary=f"{NEW}: InviteUsers: no (Forbidden)",
    why="because",
    do="allow it",
    code="CF-AWS-403",
    request_id="r-1",
)
DONE = StepDone(f"{BOT}#PutEventsConfiguration", BOT, "PutEventsConfiguration", "update", None)
GATE = GateClosed(f"{ACME}~gate", ACME, "operator", "the account becomes an Enterprise account", ())


@pytest.mark.parametrize(
    ("name", "events"),
    [
        ("run-done", [DONE, GATE, ended("done", done=1)]),
        ("run-failed", [DONE, FAILED, StepNotReached("s", ACME, f"{NEW}#InviteUsers"), ended("failed", failed=1)]),
        ("run-interrupted", [DONE, StepNotReached("s", ACME, "the run was stopped"), ended("interrupted", done=1)]),
    ],
)
def test_the_end_of_a_run(name: str, events: list[Event]) -> None:
    check_golden(GOLDEN / f"{name}.txt", run_text(run_report(PLAN, NOW, events), Look()) + "\n")


def test_what_failed_in_part_is_not_counted_as_done() -> None:
    half: list[Event] = [StepDone("a", NEW, "InviteUsers", "create", "u-2"), FAILED, ended("failed", done=1, failed=1)]
    assert "create" not in run_report(PLAN, NOW, half).done


def test_only_calls_that_change_something_are_counted() -> None:
    report = run_report(PLAN, NOW, [DONE, ended("done")])
    assert report.calls == {"InviteUsers": 1}
    assert "API calls that changed something: InviteUsers 1." in run_text(report, Look(full=True))


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (DONE, f"~ updated   {BOT}  PutEventsConfiguration"),
        (FAILED, f"! failed    {NEW}: InviteUsers: no (Forbidden)"),
        (Looked("s", BOT, happened=True), "it had taken effect"),
        (Looked("s", BOT, happened=False), "it had not taken effect"),
        (Throttled("ListUsers"), "asks for patience (ListUsers)"),
        (Waiting(("g",), 1.0), "for 1 gate to open"),
    ],
)
def test_events_are_one_line_each(event: Event, words: str) -> None:
    text = event_text(event, Look())
    assert words in text
    assert "\n" not in text


@pytest.mark.parametrize("event", [ended("done"), ended("failed", failed=1), GATE])
def test_what_the_end_of_a_run_tells_is_no_line_before(event: Event) -> None:
    assert event_text(event, Look()) == ""
