"""The formats of checks, for `validate` and `drift`: code scanning, build servers, annotations of a pull request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..report.model import CheckReport

CHECK_FORMATS = ("sarif", "junit", "github")


def check_title() -> str:
    """The command that checks, such as `chimeform drift`."""
    context = click.get_current_context(silent=True)
    return context.command_path if context else "chimeform"


def check_text(report: CheckReport, form: str, directory: Path) -> str:
    """The report in one of the formats, with the files as they are called where the program was started."""
    if directory != Path():
        report = report.under(_from_here(directory))
    if form == "sarif":
        from .. import __version__
        from ..report.sarif import sarif
        from .explain import code_page

        return sarif(report, code_page, __version__)
    if form == "junit":
        from ..report.junit import junit

        return junit(report)
    from ..report.github import github

    return github(report)


def _from_here(directory: Path) -> str:
    """Relative where that is possible: a checkout has another place on every machine."""
    whole = directory.resolve()
    return (whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else whole).as_posix()
