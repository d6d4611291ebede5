"""Telling webhooks, from the command line: what could not be told is a warning on standard error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import ChimeformError, Interrupted, InvalidWorkspace, UsageError
from .failures import diagnostic_text

if TYPE_CHECKING:
    from ..app import App
    from ..drift import Drift
    from ..events import Event
    from ..language.desired import Desired
    from ..notice import Notice, Verb
    from ..planned import Planned
    from .options import Options


def tell_of_run(options: Options, app: App, planned: Planned, events: Sequence[Event]) -> None:
    if not planned.desired.notifications:
        return
    from ..report.model import run_report
    from ..report.notices import notice_of_run

    plan = planned.plan
    _tell(options, app, planned.desired, notice_of_run(plan, run_report(plan, planned.live.at, events)))


def tell_of_drift(options: Options, app: App, planned: Planned, found: Drift) -> None:
    if not planned.desired.notifications:
        return
    from ..report.model import drift_report
    from ..report.notices import notice_of_drift

    _tell(options, app, planned.desired, notice_of_drift(drift_report(found)))


@contextmanager
def telling_of_errors(options: Options, app: App, event: Verb) -> Iterator[None]:
    """Tell that a run ended with an error, unless somebody sits at the terminal and reads it there."""
    try:
        yield
    except (UsageError, InvalidWorkspace, Interrupted):
        raise  # a matter of the command line, or of files that do not say whom to tell
    except ChimeformError as error:
        if not options.screen().is_interactive:
            _tell_of_error(options, app, event, error)
        raise


def _tell_of_error(options: Options, app: App, event: Verb, error: ChimeformError) -> None:
    try:
        desired = app.load()
    except ChimeformError:
        return  # the error itself is what the user is told
    if not desired.notifications:
        return
    from ..report.notices import notice_of_error

    notice = notice_of_error(event, desired.workspace, desired.environment, app.now(), error)
    _tell(options, app, desired, notice)


def _tell(options: Options, app: App, desired: Desired, notice: Notice) -> None:
    for warning in app.notify(desired, notice):
        options.screen().say(diagnostic_text(warning, {}))
