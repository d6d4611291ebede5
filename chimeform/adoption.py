"""Taking over an organisation that is live already: look at all of it, and write the files that declare it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .discovery import Discovery
from .errors import ChimeformError, ServiceError
from .export.organisation import Organisation
from .planner import Selection
from .services.calls import Calls

_HARMLESS = {".git", ".gitignore", ".gitattributes", "README.md", "LICENSE"}
"""What a fresh repository has, and no export writes."""


def look_around(calls: Calls, selection: Selection, *, expected_account: str | None) -> Organisation:
    """The whole organisation, or the selected part of it. Raises `ChimeformError` if nothing at all could be read."""
    organisation = Discovery(calls, selection.may_hold).discover(expected_account or _account(calls))
    if organisation.gaps and not organisation.found:
        reading = organisation.gaps[0].reading
        raise ChimeformError(f"nothing could be read: {reading.reason}", do=reading.do, code=reading.code)
    return organisation


def _account(calls: Calls) -> str | None:
    """The AWS account of the credentials; None where it cannot be told, which the files then leave open."""
    try:
        return str(calls.read("sts", "GetCallerIdentity", {})["Account"])
    except ServiceError:
        return None


def check_empty(folder: Path) -> None:
    """Raises `ChimeformError` for a folder in which an export could meet what somebody else has written."""
    try:
        there = sorted(path.name for path in folder.iterdir() if path.name not in _HARMLESS) if folder.exists() else []
    except OSError as error:
        raise _cannot_write(folder, error) from error
    if there:
        raise ChimeformError(
            f"{folder} is not empty: it has {there[0]}{f' and {len(there) - 1} more' if len(there) > 1 else ''}",
            why="an export writes a whole workspace, and never over anything that is there",
            do="name a folder that is empty or new: --output DIR",
            code="CF-ADP-001",
        )


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write new files below a folder. Raises `ChimeformError`; what is there already is never touched."""
    for name, text in files.items():
        file = folder / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except OSError as error:
            raise _cannot_write(file, error) from error


def _cannot_write(path: Path, error: OSError) -> ChimeformError:
    return ChimeformError(
        f"{path} cannot be written: {error.strerror or error}",
        why="an export is a folder of files",
        do="name a folder that is yours to write to: --output DIR",
        code="CF-ADP-002",
    )
