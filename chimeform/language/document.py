"""The files of a workspace: which there are, what their top levels say, and everything of them put together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from ..diagnostics import Diagnostic, Findings, Position, Related, nearest
from .blocks import LANGUAGE_VERSION, LISTS, Workspace, block_names
from .merge import structure
from .source import Source, read
from .text import LARGEST_FILE, Text, decode
from .validate import Path as ValuePath
from .validate import diagnose

ROOT_FILE = "chimeform.yaml"


@dataclass
class Files:
    """The files of a workspace as they were read, with what is wrong with them."""

    root: Path
    findings: Findings
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
            self.findings.add(
                Diagnostic(
                    "CF-DOC-001",
                    f"{name} cannot be read: {error.strerror or error}",
                    why="it is part of the workspace",
                    do="check that it is a file and that you may read it",
                )
            )
            return None
        self.digests[name] = hashlib.sha256(data).hexdigest()
        text, is_sound = decode(name, data, self.findings)
        self.texts[name] = text
        if not is_sound:
            self.is_complete = False
            return None
        return text

    def read(self, name: str) -> Source | None:
        """Read a YAML file and keep it, if it is a mapping."""
        text = self.open(name)
        source = read(text, self.findings) if text is not None else None
        if source is not None and isinstance(source.value, dict):
            self.sources.append(source)
            return source
        self.is_complete = False
        if source is not None:
            self.findings.add(_no_mapping(source))
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
                do="run the command in the folder of the workspace, or name the folder; `chimeform init` makes a new one",
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
        place = source.place(patterns, index)
        complaint = _complaint(pattern)
        if complaint:
            findings.add(_bad_pattern(pattern, place, complaint))
            continue
        try:
            found = list(_matches(root, pattern))
        except (ValueError, NotImplementedError, OSError) as error:
            findings.add(_bad_pattern(pattern, place, str(error)))
            continue
        outside = [path for path in found if not path.resolve().is_relative_to(root.resolve())]
        if outside:
            findings.add(
                _bad_pattern(pattern, place, f"{outside[0].name} is a link to a place outside of the workspace")
            )
        elif not found:
            findings.add(_nothing_included(root, pattern, place))
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


def _bad_pattern(pattern: str, place: Position, complaint: str) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-005",
        f"include: {pattern!r} cannot be used",
        place,
        why=complaint,
        do="write a name or a pattern below the workspace, such as accounts/*.yaml",
    )


def _nothing_included(root: Path, pattern: str, place: Position) -> Diagnostic:
    there = [path.relative_to(root).as_posix() for path in _yaml_files(root)]
    guess = nearest(pattern, there)
    return Diagnostic(
        "CF-DOC-006",
        f"include: no file fits {pattern!r}",
        place,
        why="a pattern without files is most likely a slip, and what it should bring would look as if it were removed",
        do=f"did you mean {guess!r}?" if guess else "correct the pattern, or remove it",
    )


def _yaml_files(root: Path) -> Iterator[Path]:
    """Candidates for a suggestion, not deeper than people put them."""
    for pattern in ("*.yaml", "*.yml", "*/*.yaml", "*/*.yml"):
        yield from root.glob(pattern)


# ---- the top level


@dataclass
class Head:
    """The top-level blocks of all files together. Entries of the lists know their source."""

    workspace: Workspace
    entries: dict[str, list[tuple[Source, dict[str, Any], int]]]
    """moved, removed, import → the source, the entry as written, and its index in the model's tuple."""
    places: dict[str, tuple[Source, dict[str, Any]]]
    """Name of a block → where it is written."""

    def position(self, path: ValuePath, *, key: bool = False) -> Position | None:
        """Where the value at `path` stands, or the nearest thing around it that is written."""
        if not path or str(path[0]) not in self.places:
            return None
        source, tree = self.places[str(path[0])]
        return locate(source, tree, path, key=key)


def locate(source: Source, tree: Any, path: ValuePath, *, key: bool = False) -> Position:
    """The place of the value at `path` below `tree`, or of the last step that is written; with `key` of its key."""
    position, at = Position(source.name, 1, 1), tree
    for step in path:
        if (isinstance(at, dict) and step in at) or (isinstance(at, list) and isinstance(step, int) and step < len(at)):
            position = source.key_place(at, step) if key else source.value_place(at, step)
            at = at[step]
    return position


def read_head(files: Files) -> Head:
    """Put the top-level blocks of all files together and check their shapes."""
    known = block_names()
    single: dict[str, Any] = {}
    places: dict[str, tuple[Source, dict[str, Any]]] = {}
    entries: dict[str, list[tuple[Source, dict[str, Any], int]]] = {name: [] for name in LISTS}
    for source in files.sources:
        tree: dict[str, Any] = source.value
        for name, value in tree.items():
            if name in structure().named:
                continue
            if name not in known:
                files.findings.add(_unknown_name(name, source, tree))
            elif name in LISTS:
                _check(files, name, value, source, tree)
                for item in value if isinstance(value, list) else ():
                    if isinstance(item, dict):
                        entries[name].append((source, item, len(entries[name])))
            elif name == "include":
                _check(files, name, value, source, tree)
            elif name == "chimeform" and name in single and value == single[name]:
                continue
            elif name in single:
                files.findings.add(_twice(name, places[name], (source, tree)))
            else:
                places[name] = (source, tree)
                single[name] = value
    sound = {}
    for name, value in single.items():
        source, tree = places[name]
        checked = _check(files, name, value, source, tree)
        if checked is not None:
            sound[name] = getattr(checked, name)
    _check_identity(files, single, places)
    return Head(Workspace.model_construct(**{**_empty(), **sound}), entries, places)


def _empty() -> dict[str, Any]:
    return Workspace().model_dump()


def _check(files: Files, name: str, value: Any, source: Source, tree: dict[str, Any]) -> Workspace | None:
    """The block as a model; None, with diagnostics, if it has another shape."""
    if value is None:
        value = [] if name in (*LISTS, "include") else {} if name not in ("chimeform", "workspace") else None
    try:
        return Workspace.model_validate({name: value})
    except ValidationError as error:
        files.findings.extend(diagnose(error, "", Workspace, lambda path, key: locate(source, tree, path, key=key)))
        return None


def _check_identity(files: Files, single: dict[str, Any], places: dict[str, tuple[Source, dict[str, Any]]]) -> None:
    if not files.sources or files.sources[0].name != ROOT_FILE:
        return
    version = single.get("chimeform")
    if isinstance(version, int) and not isinstance(version, bool) and version != LANGUAGE_VERSION:
        source, tree = places["chimeform"]
        files.findings.add(
            Diagnostic(
                "CF-DOC-003",
                f"chimeform: {version} is not a version of the language",
                source.value_place(tree, "chimeform"),
                why=f"this program reads version {LANGUAGE_VERSION}",
                do=f"write 'chimeform: {LANGUAGE_VERSION}', or use the program that the files were written for",
            )
        )
    for name, example, why in (
        ("chimeform", str(LANGUAGE_VERSION), "the version says how the files are read, also by later programs"),
        ("workspace", "acme", "the name tells workspaces apart in reports and in the ledger"),
    ):
        if single.get(name) is None:
            files.findings.add(
                Diagnostic(
                    "CF-DOC-011",
                    f"{ROOT_FILE}: {name!r} is missing",
                    Position(ROOT_FILE, 1, 1),
                    why=why,
                    do=f"add '{name}: {example}' at the top of {ROOT_FILE}",
                )
            )


def _unknown_name(name: str, source: Source, tree: dict[str, Any]) -> Diagnostic:
    known = [*block_names(), *structure().named]
    guess = nearest(name, known)
    return Diagnostic(
        "CF-DOC-010",
        f"{source.name}: there is no {name!r} at the top level",
        source.key_place(tree, name),
        why=f"a file is made of {', '.join(known)}",
        do=f"did you mean {guess!r}?" if guess else "remove it, or look for the name that is meant",
    )


def _twice(name: str, first: tuple[Source, dict[str, Any]], second: tuple[Source, dict[str, Any]]) -> Diagnostic:
    one, other = (source.key_place(tree, name) for source, tree in (first, second))
    return Diagnostic(
        "CF-DOC-008",
        f"{name}: the block stands in two files",
        other,
        why="only one place can say what holds for the whole workspace",
        do="put both together in one file",
        related=(Related("the first one is here", one),),
    )
