"""What people and programs are told when a command fails, and with which exit code."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from ..diagnostics import Diagnostic, render
from ..errors import ChimeformError, Interrupted, InvalidWorkspace, ServiceError, UsageError
from ..report.json_text import to_json, to_line
from ..report.page import harmless, masked
from .checks import CHECK_FORMATS, check_text, check_title

if TYPE_CHECKING:
    from .options import Options

FAULT = "CF-RUN-002"


def report_failure(options: Options, error: BaseException, *, as_event: bool = False) -> int:
    """Tell it (as text on standard error, as JSON or as a check where the result would be) and give the exit code.

    `as_event`: the result is one JSON object a line, and this is the last of them.
    """
    known = _as_known(error)
    try:
        with options.screen() as screen:
            if options.format == "json":
                told = as_json(known)
                screen.result(to_line({"event": "error", **told.pop("error"), **told}) if as_event else to_json(told))
            elif options.format in CHECK_FORMATS:
                screen.result(_as_check(options, known))
            if options.format not in ("json", "github"):
                screen.say(as_text(known))
            if options.verbose and known.code == FAULT:
                screen.say(_where(error))
    except ChimeformError as unwritable:
        if unwritable is not error:
            options.screen().say(as_text(unwritable))
    return known.exit_code


def _as_check(options: Options, error: ChimeformError) -> str:
    from ..report.check import check_of_failure

    return check_text(check_of_failure(error, check_title()), options.format, options.directory)


def _as_known(error: BaseException) -> ChimeformError:
    if isinstance(error, ChimeformError):
        return error
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Interrupted("interrupted; nothing is under way any more")
    if isinstance(error, click.ClickException):
        return _usage_error(error)
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError):
        return ChimeformError(f"{error.filename}: {error.strerror}", code="CF-USE-005")
    return ChimeformError(
        f"this is a fault of chimeform ({type(error).__name__})",
        why="something happened that its authors did not think of",
        do="please report it, with the lines that the same command prints with -v; they hold no values of yours",
        code=FAULT,
    )


def _usage_error(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    near = getattr(error, "possibilities", None) or ()
    path = context.command_path if context else "chimeform"
    summary = (error.message if near else error.format_message()).rstrip(".")
    advice = f"did you mean {' or '.join(near)}? " if near else ""
    return UsageError(summary, do=f"{advice}'{path} --help' lists what there is")


def _where(error: BaseException) -> str:
    """The traceback without messages and source lines: an exception's message may hold a value that is secret."""
    lines = []
    current: BaseException | None = error
    while current is not None:
        lines.append(f"{type(current).__module__}.{type(current).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(current.__traceback__)
        ]
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


def as_text(error: ChimeformError) -> str:
    """`error[CODE]: …` with why and do; for a workspace, every diagnostic with its place, and how many there are."""
    if isinstance(error, InvalidWorkspace):
        told = [diagnostic_text(item, error.sources) for item in error.diagnostics]
        return "\n\n".join([*told, f"{error.summary[0].upper()}{error.summary[1:]}."])
    if isinstance(error, Interrupted):
        return error.summary
    lines = [f"error[{error.code}]: {error.summary}"]
    if error.why:
        lines.append(f"    why: {error.why}")
    if error.do:
        lines.append(f"    do:  {error.do}")
    if isinstance(error, ServiceError) and error.request_id:
        lines.append(f"    request id: {error.request_id}")
    return "\n".join(harmless(line) for line in "\n".join(lines).splitlines())


def diagnostic_text(item: Diagnostic, sources: Mapping[str, Sequence[str]]) -> str:
    """A diagnostic with its snippets, whatever the file holds."""
    return "\n".join(masked(line) for line in render(item, sources).split("\n"))


def as_json(error: ChimeformError) -> dict[str, Any]:
    told: dict[str, Any] = {"code": error.code, "summary": error.summary, "why": error.why, "do": error.do}
    if isinstance(error, ServiceError):
        told |= {"operation": error.operation, "fault": str(error.fault), "request_id": error.request_id}
    if isinstance(error, InvalidWorkspace):
        return {"error": told, "diagnostics": [item.as_json() for item in error.diagnostics]}
    return {"error": told}
