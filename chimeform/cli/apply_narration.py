"""What is told while an apply runs: lines for people, one that is drawn over on a terminal, JSON Lines for programs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from ..events import CallStarted, Event, RunStarted, StepDone, StepFailed, Throttled, Waiting, as_json
from ..report.json_text import to_line

if TYPE_CHECKING:
    from ..planned import Planned
    from .options import Options
    from .screen import Screen


class Narration(Protocol):
    """Told everything in the order in which it happens; events may come from several threads."""

    def announce(self, planned: Planned) -> None: ...

    def ask(self, planned: Planned) -> str: ...

    def tell(self, event: Event) -> None: ...

    def end(self) -> None: ...

    def abandon(self) -> None:
        """Leave the terminal usable, in whatever state things are."""


@contextmanager
def narrate(options: Options, screen: Screen, *, shows_plan: bool) -> Iterator[Narration]:
    if options.format == "json":
        yield JsonNarration(screen)
        return
    narration = TextNarration(screen, shows_plan=shows_plan)
    try:
        yield narration
    finally:
        narration.abandon()


class JsonNarration:
    """One JSON object a line."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def _write(self, document: dict[str, Any]) -> None:
        self._screen.result(to_line(document))

    def announce(self, planned: Planned) -> None:
        plan = planned.plan
        self._write(
            {
                "event": "planned",
                "workspace": plan.workspace,
                "environment": plan.environment,
                "purpose": plan.purpose,
                "fingerprint": plan.fingerprint,
                "changes": dict(plan.count()),
                "calls": plan.writes,
                "gates": [gate.id for gate in plan.gates],
                "refusals": [refusal.model_dump(mode="json") for refusal in plan.refusals],
                "warnings": [warning.model_dump(mode="json") for warning in plan.warnings],
                "unread": [one.model_dump(mode="json") for one in plan.unread],
            }
        )

    def ask(self, planned: Planned) -> str:
        return ""

    def tell(self, event: Event) -> None:
        self._write(as_json(event))

    def end(self) -> None:
        """`run_ended` was the end."""

    def abandon(self) -> None:
        """There is no terminal to leave."""


class TextNarration:
    """The plan, a line for what happened, and the end."""

    def __init__(self, screen: Screen, *, shows_plan: bool) -> None:
        self._screen = screen
        self._shows_plan = shows_plan
        self._planned: Planned | None = None
        self._events: list[Event] = []
        self._said: set[str] = set()
        self._events_shown = False
        self._lock = threading.RLock()
        self._line = screen.live_line()
        self._line.begin("reading what is there")

    def announce(self, planned: Planned) -> None:
        from .plan import text_of

        self._line.end()
        self._planned = planned
        if self._shows_plan or planned.plan.refusals:
            self._screen.result(text_of(planned.plan, planned.live.at, self._screen) + "\n\n")

    def ask(self, planned: Planned) -> str:
        plan = planned.plan
        verb = "Destroy all this" if plan.purpose == "destroy" else "Do all this"
        where = f"{plan.workspace}, environment {plan.environment}" if plan.environment else plan.workspace
        return self._screen.ask(f"{verb} in {where}? Only 'yes' is taken for a yes: ")

    def tell(self, event: Event) -> None:
        from ..report.run_text import event_text

        with self._lock:
            self._events.append(event)
            self._draw(event)
            if isinstance(event, Throttled | Waiting):
                # worth saying, but not a hundred times
                if event.kind in self._said:
                    return
                self._said.add(event.kind)
            text = event_text(event, self._screen.look)
            self._events_shown |= bool(text)
            if text and not self._line.write(text):
                self._screen.result(text)

    def _draw(self, event: Event) -> None:
        match event:
            case RunStarted() if self._planned and self._planned.plan.runnable:
                self._line.begin("", total=len(self._planned.plan.runnable))
            case CallStarted():
                count = len(event.addresses)
                self._line.describe(f"{event.operation} for {count}" if count > 1 else event.operation)
            case StepDone() | StepFailed():
                self._line.advance()
            case Waiting():
                self._line.describe(f"waiting for {len(event.gates)} to open")
            case _:
                pass

    def end(self) -> None:
        from ..report.model import run_report
        from ..report.run_text import run_text

        assert self._planned is not None
        self._line.end()
        plan = self._planned.plan
        if not plan.steps and not plan.changes:
            return  # the plan said already that there is nothing to do
        report = run_report(plan, self._planned.live.at, self._events)
        blank = "\n" if self._events_shown else ""
        self._screen.result(blank + run_text(report, self._screen.look, had_work=not plan.is_empty))

    def abandon(self) -> None:
        self._line.end()
