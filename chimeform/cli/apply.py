"""`chimeform apply`: do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import StalePlan, UsageError
from .approval import not_approved
from .notices import tell_of_run, telling_of_errors
from .options import DURATION, Options, command
from .plan import accepting, check_selection

if TYPE_CHECKING:
    from ..notice import Verb
    from ..plan import Plan
    from ..waiving import Waiving

auto_approving = click.option("--auto-approve", "-y", "--yes", "approved", is_flag=True, help="Do it without asking.")
GATED = 3
_AGREE = (
    "look at the plan and run it again with --auto-approve; or save it with 'chimeform plan --out FILE'"
    " and do it with 'chimeform apply FILE'"
)


def waiving(function: Callable[..., int]) -> Callable[..., int]:
    """Declare `--waive` and `--reason`."""
    rule = click.option(
        "--waive",
        "waived",
        metavar="RULE",
        multiple=True,
        help="Set a refusal aside for this run, by the name that it gives. Repeatable; needs --reason.",
    )
    reason = click.option("--reason", metavar="TEXT", default="", help="Why, for the history.")
    return rule(reason(function))


@command("apply", tells_events=True)
@click.argument("saved", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@auto_approving
@click.option(
    "--wait", type=DURATION, default=0.0, help="Go on looking for so long whether gates open (90s, 15m, 1h30m)."
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 3 when gates are still closed.")
@accepting
@waiving
def apply(
    options: Options,
    saved: Path | None,
    approved: bool,
    wait: float,
    detailed_exitcode: bool,
    accepted: tuple[str, ...],
    waived: tuple[str, ...],
    reason: str,
) -> int:
    """Do what a plan says: the plan of now, which is shown and asked about first, or a saved PLAN.

    A saved plan is done as it is and without a question; it is refused when the files, the ledger or the live objects
    have moved on. Ctrl-C finishes what is in flight; the next apply goes on from there.

    Exit code 0: done; 1: something failed, could not be read, or was not approved; 3 with --detailed-exitcode: done,
    and gates are still closed; 4: refused by a guard, or a stale plan; 130: interrupted, everything recorded.

    With --format json, each line is an event: an object with "event". The first is "planned", the last "run_ended" or
    "error".
    """
    plan = read_saved(options, saved) if saved else None
    if plan is not None:
        options = replace(options, environment=options.environment or plan.environment)
    return perform(
        options,
        purpose="apply",
        saved=plan,
        accepted=accepted,
        waiving=asked_to_waive(waived, reason),
        approved=approved,
        wait_seconds=wait,
        detailed=detailed_exitcode,
    )


def asked_to_waive(rules: tuple[str, ...], reason: str) -> Waiving:
    """What `--waive` and `--reason` say together. Raises `UsageError` for one without the other."""
    from ..waiving import Waiving

    if bool(rules) != bool(reason.strip()):
        raise UsageError(
            "--waive and --reason belong together",
            why="whoever reads the history has to learn why a rule was set aside",
            do="write both: --waive RULE --reason 'what makes it right this time'",
            code="CF-USE-020",
        )
    return Waiving(rules, reason.strip())


def read_saved(options: Options, file: Path) -> Plan:
    """The plan that `plan --out` saved, which is taken as a whole. Raises `UsageError` or `StalePlan`."""
    from ..plan import Plan

    if options.targets or options.excludes:
        raise UsageError(
            "a saved plan is done as a whole",
            why="--target and --exclude were decided when it was made",
            do="leave them out, or make another plan with them",
            code="CF-USE-007",
        )
    try:
        text = options.path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the plan {file} cannot be read: {error.strerror or error}",
            do="name a file that 'chimeform plan --out FILE' wrote",
            code="CF-USE-005",
        ) from error
    except UnicodeDecodeError as error:
        raise StalePlan(
            f"{file} is not a plan", do="make one with 'chimeform plan --out'", code="CF-PLN-002"
        ) from error
    return Plan.from_json(text)


def perform(
    options: Options,
    *,
    purpose: Verb,
    saved: Plan | None,
    accepted: tuple[str, ...],
    waiving: Waiving,
    approved: bool,
    wait_seconds: float,
    detailed: bool,
) -> int:
    """Run an apply or a destroy with everything that people see of it, and give the exit code."""
    from ..events import Event, RunStarted
    from ..planned import Planned
    from .apply_narration import narrate
    from .interrupt import INTERRUPTED, Interruption

    with options.screen() as screen, narrate(options, screen, shows_plan=saved is None) as narration:
        app, events = options.app(accepted), list[Event]()
        asked = approved or saved is not None
        may_ask = screen.is_interactive and options.format == "text"

        def announce(planned: Planned) -> None:
            check_selection(options, planned)
            narration.announce(planned)

        def approve(planned: Planned) -> bool:
            return asked or (may_ask and narration.ask(planned) == "yes")

        with telling_of_errors(options, app, purpose), Interruption(narration.abandon) as interruption:

            def emit(event: Event) -> None:
                if isinstance(event, RunStarted):
                    interruption.work_begins()
                events.append(event)
                narration.tell(event)

            planned, summary = app.apply(
                purpose=purpose,
                saved=saved,
                announce=announce,
                approve=approve,
                emit=emit,
                stop=interruption.stop,
                wait_seconds=wait_seconds,
                waiving=waiving,
            )
            if summary is None:
                raise not_approved("a plan", _AGREE, may_ask=may_ask)
            narration.end()
        tell_of_run(options, app, planned, events)
        if summary.interrupted:
            return INTERRUPTED
        if summary.failed or summary.not_reached or planned.plan.unread:
            return 1
        return GATED if detailed and summary.gates else 0
