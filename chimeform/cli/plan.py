"""`chimeform plan`: what would change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import Options, command

if TYPE_CHECKING:
    from ..app import Planned
    from ..plan import Plan
    from .screen import Screen

CHANGES, REFUSED = 2, 4
PRIVATE = 0o600
"""Saved plans hold people's names."""

accepting = click.option(
    "--accept",
    "accepted",
    metavar="CONSEQUENCE",
    multiple=True,
    help="Consent to a destructive or irreversible consequence by its name. Repeatable, globs allowed.",
)


@command("plan")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for 'chimeform apply FILE'."
)
@click.option("--destroy", is_flag=True, help="Plan to retire everything that the workspace manages.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there is something to do.")
@accepting
def plan(options: Options, out: Path | None, destroy: bool, detailed_exitcode: bool, accepted: tuple[str, ...]) -> int:
    """Show what would change, why, in which order, and what it means for whom. Changes nothing.

    Exit code 0: the plan is made; 1: something could not be read; 2 with --detailed-exitcode: there is something to do;
    4: a guard refuses something. With --format json the result is the plan itself, in the form of --out.
    """
    from .screen import write_whole

    planned = make_plan(options, accepted, purpose="destroy" if destroy else "apply")
    found = planned.plan
    if out is not None:
        write_whole(options.path(out), found.to_json(), mode=PRIVATE)
    with options.screen() as screen:
        if options.format == "json":
            screen.result(found.to_json())
        else:
            screen.result(text_of(found, planned.live.at, screen))
            if out is not None and not found.refusals:
                screen.say(f"\nSaved. To do exactly this: chimeform apply {out}")
    return _exit_code(found, detailed=detailed_exitcode)


def make_plan(options: Options, accepted: Sequence[str] = (), *, purpose: str = "apply") -> Planned:
    """Plan, with a sign of life on a terminal. Ctrl-C ends it."""
    from .interrupt import Interruption

    line = options.screen().live_line()
    with Interruption(line.end):
        line.begin("reading what is there")
        try:
            return options.app(accepted).plan(purpose=purpose)
        finally:
            line.end()


def text_of(found: Plan, at: datetime, screen: Screen) -> str:
    """The plan as text, as this screen can show it."""
    from ..report.model import plan_report
    from ..report.plan_text import plan_text

    return plan_text(plan_report(found, at), screen.look)


def _exit_code(found: Plan, *, detailed: bool) -> int:
    if found.refusals:
        return REFUSED
    if found.unread:
        return 1
    return CHANGES if detailed and not found.is_empty else 0
