"""Findings as workflow commands: annotations at the lines of a pull request [GitHub: Workflow commands]."""

from __future__ import annotations

from ..diagnostics import Severity
from .check import message
from .model import CheckReport, Finding
from .page import harmless

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(report: CheckReport) -> str:
    """A command a line. Nothing found is nothing said."""
    return "\n".join(_command(one) for one in report.findings)


def _command(one: Finding) -> str:
    told, place = one.diagnostic, one.diagnostic.position
    properties: dict[str, object] = {}
    if place is not None:
        properties = {"file": place.file, "line": place.line, "col": place.column}
        properties["endColumn"] = place.column + place.length
    properties["title"] = f"{told.code} {one.subject}" if one.group != "file" else told.code
    given = ",".join(f"{name}={_property(harmless(str(value)))}" for name, value in properties.items())
    return f"::{_COMMANDS[told.severity]} {given}::{_data(message(told))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
