"""`chimeform report`: what the service has delivered, as tables and charts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from .options import Options, group

if TYPE_CHECKING:
    from ..tallying import Tally

_KINDS = ("business-calling", "voice-connector", "all")
_BY = ("person", "country", "day", "number", "direction")


@group("report")
def report() -> None:
    """Tell what the service has delivered. Nothing is changed anywhere."""


@report.command("calls", formats=("text", "csv", "json", "html", "markdown"))
@click.option("--bucket", metavar="NAME", help="The bucket of the records [the one that the workspace declares].")
@click.option("--prefix", default="", metavar="PREFIX", help="What stands before the records' own keys there.")
@click.option(
    "--folder", type=click.Path(path_type=Path), metavar="DIR", help="Downloaded records in place of a bucket."
)
@click.option("--from", "first", metavar="DATE", help="The first day, in UTC [the first that there is].")
@click.option("--to", "last", metavar="DATE", help="The last day, in UTC, included [the last that there is].")
@click.option(
    "--by", type=click.Choice(_BY), default="person", help="Person, country, day, number or direction  [person]."
)
@click.option("--kind", type=click.Choice(_KINDS), default="all", help="Whose records  [all].")
def calls(
    options: Options,
    bucket: str | None,
    prefix: str,
    folder: Path | None,
    first: str | None,
    last: str | None,
    by: str,
    kind: str,
) -> None:
    """Sum the minutes and the calls of delivered call detail records.

    They are read from the bucket that Amazon Chime delivers into, which needs no workspace, or from a folder that they
    were downloaded into. A day is one in UTC, and a call counts on the day on which it began. The country is the other
    party's, the number one's own. Numbers and names are shown as they are in the records. A record that cannot be read
    is named and left out.
    """
    from ..tallying import Asked, check_period, tally

    if folder is not None and (bucket or prefix):
        raise click.UsageError(
            "records are read from a bucket or from a folder: --folder takes no --bucket or --prefix"
        )
    asked = Asked(by, check_period(first, last), kind, bucket, prefix, options.path(folder) if folder else None)
    found = tally(options.app(), asked, parallelism=options.parallelism)
    with options.screen() as screen:
        screen.result(_written(options, found))


def _written(options: Options, found: Tally) -> str:
    from ..report import calls as written

    if options.format == "html":
        from ..report.calls_html import as_html

        return as_html(found.sums, found.where)
    if options.format == "csv":
        return written.as_csv(found.sums)
    if options.format == "json":
        return written.as_json(found.sums, found.where)
    if options.format == "markdown":
        return written.as_markdown(found.sums, found.where)
    return written.as_text(found.sums, found.where, options.screen().look)
