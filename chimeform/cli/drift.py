"""`chimeform drift`: what differs from what was applied last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .checks import CHECK_FORMATS, check_text, check_title
from .notices import tell_of_drift, telling_of_errors
from .options import Options, command
from .plan import CHANGES, check_selection, reading

if TYPE_CHECKING:
    from ..drift import Drift, Since
    from .screen import Screen


@command("drift", formats=("text", "json", "markdown", "html", *CHECK_FORMATS))
@click.option(
    "--since",
    type=click.Choice(["last-apply"]),
    help="Only what differs from what was applied last: no edits, waits, or objects that no file names.",
)
@click.option("--no-who", is_flag=True, help="Do not ask CloudTrail who did it.")
def drift(options: Options, since: Since | None, no_who: bool) -> int:
    """Show what differs from what was applied last, who did it, and what it means for whom. Changes nothing.

    Edits of the files are no drift; they are told beside it. Exit code 0: nothing has drifted; 1: something could not
    be read; 2: something has, or a gate is overdue or has closed again.
    """
    app = options.app()
    with telling_of_errors(options, app, "drift"), reading(options):
        planned, found = app.drift(since=since, authors=not no_who)
    check_selection(options, planned)
    with options.screen() as screen:
        text = _told(found, options, screen)
        if text:
            screen.result(text)
    tell_of_drift(options, app, planned, found)
    if found.unread:
        return 1
    return 0 if found.is_empty else CHANGES


def _told(found: Drift, options: Options, screen: Screen) -> str:
    if options.format == "json":
        return found.to_json()
    if options.format in CHECK_FORMATS:
        from ..report.check import check_of_drift

        return check_text(check_of_drift(found, check_title()), options.format, options.directory)
    from ..report.model import drift_report

    if options.format == "markdown":
        from ..report.drift_markdown import drift_markdown

        return drift_markdown(drift_report(found))
    if options.format == "html":
        from ..report.drift_html import drift_html

        return drift_html(drift_report(found))
    from ..report.drift_text import drift_text

    return drift_text(drift_report(found), screen.look)
