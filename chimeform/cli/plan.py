"""`chimeform plan`: what would change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..address import Address
from ..diagnostics import nearest
from ..errors import UsageError
from .options import Options, command

if TYPE_CHECKING:
    from ..plan import Plan
    from ..planned import Planned
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


@command("plan", formats=("text", "json", "markdown", "html"))
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="FILE", help="Save the plan for 'chimeform apply FILE'."
)
@click.option("--destroy", is_flag=True, help="Plan to retire everything that the workspace manages.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there is something to do.")
@accepting
def plan(options: Options, out: Path | None, destroy: bool, detailed_exitcode: bool, accepted: tuple[str, ...]) -> int:
    """Show what would change, why, in which order, and what it means for whom. Changes nothing.

    Exit code 0: the plan is made; 1: something could not be read; 2 with --detailed-exitcode: there is something to do;
    4: a guard refuses something. With --format json the result is the plan itself, in the form of --out; with
    --format markdown it fits into the comment of a pull request.
    """
    from .screen import write_whole

    planned = make_plan(options, accepted, purpose="destroy" if destroy else "apply")
    found = planned.plan
    if out is not None:
        write_whole(options.path(out), found.to_json(), mode=PRIVATE)
    with options.screen() as screen:
        if options.format == "json":
            screen.result(found.to_json())
        elif options.format == "html":
            screen.result(_page_of(found, planned.live.at))
        else:
            screen.result(_told(planned, options, screen, str(out) if out else ""))
            if out is not None and not found.refusals:
                screen.say(f"\nSaved. To do exactly this: chimeform apply {out}")
    return _exit_code(found, detailed=detailed_exitcode)


def make_plan(options: Options, accepted: Sequence[str] = (), *, purpose: str | None = "apply") -> Planned:
    """Plan, with a sign of life on a terminal. Without a purpose, it is what was asked for last."""
    with reading(options):
        app = options.app(accepted)
        planned = app.outlook() if purpose is None else app.plan(purpose=purpose)
    check_selection(options, planned)
    return planned


@contextmanager
def reading(options: Options) -> Iterator[None]:
    """A sign of life on a terminal while the services are read. Ctrl-C ends it."""
    from .interrupt import Interruption

    line = options.screen().live_line()
    with Interruption(line.end):
        line.begin("reading what is there")
        try:
            yield
        finally:
            line.end()


def check_selection(options: Options, planned: Planned) -> None:
    """Refuse a `--target` or `--exclude` that fits nothing that a plan knows."""
    live = planned.live
    known = {*planned.desired.declarations, *planned.recorded.resources, *live.readings}
    known |= {one.address for one in live.unmanaged}
    check_patterns(options, known, why="neither the files nor the ledger know it")


def check_patterns(options: Options, known: Collection[Address], *, why: str) -> None:
    """Refuse a `--target` or `--exclude` that fits nothing: misspelt, it would do or leave the wrong things."""
    for option, patterns in (("--target", options.targets), ("--exclude", options.excludes)):
        for text in patterns:
            pattern = Address.parse(text)
            if not any(address.matches(pattern) for address in known):
                guess = nearest(text, map(str, known))
                raise UsageError(
                    f"{option} {text}: there is nothing of this address",
                    why=why,
                    do=f"did you mean {guess}?" if guess else "copy an address from a plan",
                    code="CF-USE-012",
                )


def _told(planned: Planned, options: Options, screen: Screen, saved: str) -> str:
    if options.format != "markdown":
        return text_of(planned.plan, planned.live.at, screen)
    from ..report.model import plan_report
    from ..report.plan_markdown import plan_markdown

    return plan_markdown(plan_report(planned.plan, planned.live.at), artifact=saved)


def text_of(found: Plan, at: datetime, screen: Screen) -> str:
    """The plan as text, as this screen can show it."""
    from ..report.model import plan_report
    from ..report.plan_text import plan_text

    return plan_text(plan_report(found, at), screen.look)


def _page_of(found: Plan, at: datetime) -> str:
    from ..report.model import plan_report
    from ..report.plan_html import plan_html

    return plan_html(plan_report(found, at))


def _exit_code(found: Plan, *, detailed: bool) -> int:
    if found.refusals:
        return REFUSED
    if found.unread:
        return 1
    return CHANGES if detailed and not found.is_empty else 0
