"""The files of a workspace: which there are, and what `include` and `from` bring in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..diagnostics import Diagnostic, Findings, Position, nearest
from .defaults import Defaults
from .merge import Merger, TableRequest
from .source import Source, read
from .table import add_table
from .text import LARGEST_FILE, Text, decode

ROOT_FILE = "chimeform.yaml"


@dataclass
class Files:
    """The files of a workspace as they were read, with what is wrong with them."""

    root: Path
    reading: Findings
    """What is wrong with the text itself: it is never taken for an echo of something else."""
    findings: Findings = field(default_factory=Findings)
    """What is wrong with what the text says."""
    sources: list[Source] = field(default_factory=list)
    texts: dict[str, Sequence[str]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    is_complete: bool = True
    """False when a file could not be read, so that names may seem to be missing."""

    def open(self, name: str) -> Text | None:
        """The text of a file of the workspace; None, with a diagnostic, if it cannot be had."""
        path = self.root / name
        try:
            with path.open("rb") as file:
                data = file.read(LARGEST_FILE + 1)
        except OSError as error:
            self.is_complete = False
            self.reading.add(
                Diagnostic(
                    "CF-DOC-001",
                    f"{name} cannot be read: {error.strerror or error}",
                    why="it is part of the workspace",
                    do="check that it is a file and that you may read it",
                )
            )
            return None
        self.digests[name] = hashlib.sha256(data).hexdigest()
        text, is_sound = decode(name, data, self.reading)
        self.texts[name] = text
        if not is_sound:
            self.is_complete = False
            return None
        return text

    def read(self, name: str) -> Source | None:
        """Read a YAML file and keep it, if it is a mapping."""
        text = self.open(name)
        source = read(text, self.reading) if text is not None else None
        if source is not None and isinstance(source.value, dict):
            self.sources.append(source)
            return source
        self.is_complete = False
        if source is not None:
            self.reading.add(_no_mapping(source))
        return None


def read_files(root: Path, findings: Findings) -> Files:
    """Read chimeform.yaml and everything that it includes, each file once, in a fixed order."""
    files = Files(root, findings)
    if not (root / ROOT_FILE).exists():
        findings.add(
            Diagnostic(
                "CF-DOC-001",
                f"there is no {ROOT_FILE} in {root}",
                why=f"a workspace is a folder with a {ROOT_FILE}",
                do="run the command in the workspace's folder, or name it; `chimeform init` makes a new one",
            )
        )
        return files
    waiting, known = [ROOT_FILE], {ROOT_FILE}
    while waiting:
        source = files.read(waiting.pop(0))
        if source is None:
            continue
        for name in sorted(_included(root, source, findings)):
            if name not in known:
                known.add(name)
                waiting.append(name)
    return files


def _no_mapping(source: Source) -> Diagnostic:
    if source.value is None:
        return Diagnostic(
            "CF-YAML-006",
            f"{source.name} is empty",
            Position(source.name, 1, 1),
            why="a file of a workspace says at least one thing",
            do="write the declarations, or remove the file",
        )
    return Diagnostic(
        "CF-DOC-002",
        f"{source.name}: the file is not a mapping",
        Position(source.name, 1, 1),
        why="the top level of a file is made of keys such as 'accounts' and 'include'",
        do="begin each part with its key and a ':'",
    )


# ---- include


def _included(root: Path, source: Source, findings: Findings) -> Iterator[str]:
    patterns = source.value.get("include")
    if not isinstance(patterns, list):
        return
    for index, pattern in enumerate(patterns):
        if not isinstance(pattern, str) or not pattern:
            continue  # the shape of the block is checked with the others
        yield from find_files(root, pattern, source.place(patterns, index), findings, "include")


def find_files(root: Path, pattern: str, place: Position, findings: Findings, subject: str) -> Iterator[str]:
    """The files of the workspace that fit a name or a pattern, written at `place`. None is an error."""
    complaint = _complaint(pattern)
    if complaint:
        findings.add(_bad_pattern(pattern, place, complaint, subject))
        return
    try:
        found = list(_matches(root, pattern))
    except (ValueError, NotImplementedError, OSError) as error:
        findings.add(_bad_pattern(pattern, place, str(error), subject))
        return
    outside = [path for path in found if not path.resolve().is_relative_to(root.resolve())]
    if outside:
        findings.add(
            _bad_pattern(pattern, place, f"{outside[0].name} is a link to a place outside of the workspace", subject)
        )
    elif not found:
        findings.add(_nothing_found(root, pattern, place, subject))
    else:
        yield from (path.relative_to(root).as_posix() for path in found)


def _complaint(pattern: str) -> str:
    if "\\" in pattern:
        return "folders are separated by forward slashes"
    if "{{" in pattern or "{%" in pattern:
        return "templates are not rendered here: which files belong to a workspace does not depend on values"
    path = PurePosixPath(pattern)
    if path.is_absolute() or pattern[1:2] == ":" or pattern.startswith("~"):
        return "files are named from the folder of the workspace"
    if ".." in path.parts:
        return "a workspace does not reach outside of its folder"
    return ""


def _matches(root: Path, pattern: str) -> Iterator[Path]:
    if not any(character in pattern for character in "*?["):
        if (root / pattern).is_file():
            yield root / pattern
        return
    explicit = any(part.startswith(".") for part in PurePosixPath(pattern).parts)
    for path in root.glob(pattern):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        if path.is_file() and (explicit or not hidden):
            yield path


def _bad_pattern(pattern: str, place: Position, complaint: str, subject: str) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-005",
        f"{subject}: {pattern!r} cannot be used",
        place,
        why=complaint,
        do="write a name or a pattern below the workspace, such as accounts/*.yaml",
    )


def _nothing_found(root: Path, pattern: str, place: Position, subject: str) -> Diagnostic:
    there = [path.relative_to(root).as_posix() for path in _yaml_files(root)]
    guess = nearest(pattern, there)
    return Diagnostic(
        "CF-DOC-006",
        f"{subject}: no file fits {pattern!r}",
        place,
        why="a pattern without files is most likely a slip, and what it should bring would look as if it were removed",
        do=f"did you mean {guess!r}?" if guess else "correct the pattern, or remove it",
    )


def _yaml_files(root: Path) -> Iterator[Path]:
    """Candidates for a suggestion, not deeper than people put them."""
    for pattern in ("*.yaml", "*.yml", "*/*.yaml", "*/*.yml"):
        yield from root.glob(pattern)


# ---- tables


def read_tables(files: Files, merger: Merger, defaults: Defaults) -> None:
    """Read the CSV files that collections name with `from`."""
    for request in merger.tables:
        complaint = _complaint(request.file)
        path = files.root / request.file
        if complaint or not path.resolve().is_relative_to(files.root.resolve()):
            files.is_complete = False
            files.findings.add(_bad_table(request, complaint or "it leads to a place outside of the workspace"))
        elif not path.is_file():
            files.is_complete = False
            files.findings.add(_no_table(files.root, request))
        elif (text := files.open(request.file)) is not None:
            add_table(request, text, merger, defaults, files.reading)
    if files.is_complete:
        defaults.check_columns()


def _bad_table(request: TableRequest, complaint: str) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-005",
        f"from: {request.file!r} cannot be used",
        request.position,
        why=complaint,
        do="write the name of a file below the workspace, such as users.csv",
    )


def _no_table(root: Path, request: TableRequest) -> Diagnostic:
    # people think of a file beside the one they are writing
    beside = PurePosixPath(request.origin.name).parent / request.file
    there = [path.relative_to(root).as_posix() for path in (*root.glob("*.csv"), *root.glob("*/*.csv"))]
    guess = beside.as_posix() if (root / beside).is_file() else nearest(request.file, there)
    return Diagnostic(
        "CF-CSV-001",
        f"{'.'.join(request.parts)}: there is no file {request.file!r}",
        request.position,
        why="files are named from the folder of the workspace",
        do=f"did you mean {guess!r}?" if guess else "correct the name, or make the file",
    )
