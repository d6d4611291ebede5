"""The files of a workspace: which there are, what their top levels say, and everything of them put together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from ..diagnostics import Diagnostic, Findings, Position, Related, nearest
from .blocks import LANGUAGE_VERSION, LISTS, Workspace, block_names
from .merge import Merger, TableRequest, structure
from .render import Environments, Renderer, containers_of
from .source import Source, read
from .table import add_table
from .template import RESERVED, Context, is_template
from .text import LARGEST_FILE, Text, decode
from .validate import Path as ValuePath
from .validate import diagnose, native_at, validate

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


# ---- tables


def read_tables(files: Files, merger: Merger) -> None:
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
            add_table(request, text, merger, files.findings)


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


# ---- the top level

Written = tuple[Source, dict[str, Any]]
"""Where a top-level block stands: its file, and the top level of that file."""


class Head:
    """The top-level blocks of all files together, apart from the resources."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.findings = files.findings
        self.single: dict[str, Written] = {}
        self.failed: set[Position] = set()
        """Places of values that could not be rendered."""
        self.lists: dict[str, list[Written]] = {name: [] for name in (*LISTS, "include")}
        known, resources = block_names(), structure().named
        for source in files.sources:
            for name in source.value:
                if name in known:
                    self._gather(name, (source, source.value))
                elif name not in resources:
                    self.findings.add(_unknown_name(name, source, source.value))

    def _gather(self, name: str, here: Written) -> None:
        if name in self.lists:
            self.lists[name].append(here)
            return
        first = self.single.setdefault(name, here)
        # every file may say for itself which language it is written in
        if first is not here and not (name == "chimeform" and first[1][name] == here[1][name]):
            self.findings.add(_twice(name, first, here))

    def block(self, name: str) -> Any:
        """A block that may stand once, as its model; what it is without a file if it is absent or wrong."""
        if name not in self.single:
            return getattr(Workspace(), name)
        checked = self._check(name, self.single[name])
        return getattr(checked or Workspace(), name)

    def entries(self, name: str) -> Iterator[tuple[Any, Entry]]:
        """The entries of a list of all files, each as its model and with its place."""
        for source, tree in self.lists[name]:
            checked = self._check(name, (source, tree))
            field_name = next(key for key, info in Workspace.model_fields.items() if name in (key, info.alias))
            for index, model in enumerate(getattr(checked, field_name) if checked else ()):
                yield model, Entry(source, tree, (name, index))

    def check_include(self) -> None:
        for here in self.lists["include"]:
            self._check("include", here)

    def _check(self, name: str, here: Written) -> Workspace | None:
        source, tree = here
        value = tree[name]
        if value is None and name not in ("chimeform", "workspace"):
            value = [] if name in self.lists else {}
        try:
            return validate(Workspace, {name: value}, lambda path: native_at(source, tree, path))
        except ValidationError as error:
            self.findings.extend(diagnose(error, "", Workspace, lambda path, key: locate(source, tree, path, key=key)))
            return None

    def check_identity(self) -> str:
        """The workspace's name; the version of the language is checked on the way."""
        version, name = self.block("chimeform"), self.block("workspace")
        if not any(source.name == ROOT_FILE for source in self.files.sources):
            return ""
        if version not in (None, LANGUAGE_VERSION):
            source, tree = self.single["chimeform"]
            self.findings.add(_wrong_version(version, source.value_place(tree, "chimeform")))
        for block, example, why in _IDENTITY:
            if block not in self.single or self.single[block][1][block] is None:
                self.findings.add(
                    Diagnostic(
                        "CF-DOC-011",
                        f"{ROOT_FILE}: {block!r} is missing",
                        Position(ROOT_FILE, 1, 1),
                        why=why,
                        do=f"add '{block}: {example}' at the top of {ROOT_FILE}",
                    )
                )
        return str(name or "")


@dataclass(frozen=True)
class Entry:
    """One entry of `moved`, `removed` or `import`."""

    source: Source
    tree: dict[str, Any]
    path: ValuePath

    def position(self, key: str | None = None) -> Position:
        return locate(self.source, self.tree, (*self.path, key) if key else self.path)


_IDENTITY = (
    ("chimeform", str(LANGUAGE_VERSION), "the version says how the files are read, also by later programs"),
    ("workspace", "acme", "the name tells workspaces apart in reports and in the ledger"),
)


def locate(source: Source, tree: Any, path: ValuePath, *, key: bool = False) -> Position:
    """The place of the value at `path` below `tree`, or of the last step that is written; with `key` of its key."""
    position, at = Position(source.name, 1, 1), tree
    for step in path:
        if not ((isinstance(at, dict) and step in at) or (isinstance(at, list) and step in range(len(at)))):
            break
        position = source.key_place(at, step) if key else source.value_place(at, step)
        at = at[step]  # type: ignore[index]
    return position


def read_environments(
    head: Head, chosen: str | None, variables: Mapping[str, str], env: Mapping[str, str]
) -> Environments:
    """The values of the files. They may be templates themselves, of `env`, of `--var` and of the common values."""
    nothing = Environments({}, {}, None)
    context = Context({**variables}, env)
    _render_block(head, ("values",), Renderer(context, nothing, head.findings))
    common: dict[str, Any] = head.block("values")
    if chosen is not None:
        # what other environments need may well be missing here
        renderer = Renderer(Context({**common, **variables}, env), nothing, head.findings)
        _render_block(head, ("environments", chosen), renderer)
    named = {name: block.values for name, block in head.block("environments").items()}
    for path in [("values", name) for name in common] + [
        ("environments", one, "values", name) for one, values in named.items() for name in values
    ]:
        if path[-1] in RESERVED:
            source, tree = head.single[path[0]]
            head.findings.add(_reserved(path[-1], locate(source, tree, path, key=True)))
    if chosen is not None and chosen not in named:
        head.findings.add(_no_environment(chosen, list(named), head))
    return Environments(common, named, chosen)


def _render_block(head: Head, path: tuple[str, ...], renderer: Renderer) -> None:
    if path[0] not in head.single:
        return
    source, at = head.single[path[0]]
    for step in path:
        at = at.get(step) if isinstance(at, dict) else None
    renderer.render(source, set(containers_of(at)))
    head.failed |= renderer.failed


def refuse_templates(head: Head) -> None:
    """What decides which files and values belong to the workspace is written plainly, and so are top-level names."""
    for source in head.files.sources:
        plain = {id(source.value): ("workspace", "chimeform")}
        environments = source.value.get("environments")
        for container in (source.value, environments):
            found = source.templates.pop(id(container), None)
            for slot in found[1] if found else ():
                keys = list(container)
                step = keys[slot // 2]
                text = container[step] if slot % 2 else step
                if is_template(text) and (slot % 2 == 0 or step in plain.get(id(container), ())):
                    head.findings.add(_not_rendered(source.place(container, slot)))
        source.templates.pop(id(source.value.get("include")), None)


def _not_rendered(place: Position) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-025",
        "a template is not rendered here",
        place,
        why="names of the workspace, of its environments and of top-level blocks hold for every environment",
        do="write the name out",
    )


def _reserved(name: str, place: Position) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-024",
        f"{name!r} cannot be the name of a value",
        place,
        why="it has a meaning of its own in templates",
        do="choose another name",
    )


def _no_environment(chosen: str, named: list[str], head: Head) -> Diagnostic:
    guess = nearest(chosen, named)
    place = None
    if "environments" in head.single:
        source, tree = head.single["environments"]
        place = source.key_place(tree, "environments")
    return Diagnostic(
        "CF-DOC-009",
        f"there is no environment {chosen!r}",
        place,
        why=f"the workspace has {', '.join(named)}" if named else "the workspace has no 'environments'",
        do=f"did you mean --env {guess}?"
        if guess
        else "choose one of them, or leave out --env"
        if named
        else "leave out --env",
    )


def _wrong_version(version: int, place: Position) -> Diagnostic:
    return Diagnostic(
        "CF-DOC-003",
        f"chimeform: {version} is not a version of the language",
        place,
        why=f"this program reads version {LANGUAGE_VERSION}",
        do=f"write 'chimeform: {LANGUAGE_VERSION}', or use the program that the files were written for",
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


def _twice(name: str, first: Written, second: Written) -> Diagnostic:
    one, other = sorted(source.key_place(tree, name) for source, tree in (first, second))
    return Diagnostic(
        "CF-DOC-008",
        f"{name}: the block stands in two files",
        other,
        why="only one place can say what holds for the whole workspace",
        do="put both together in one file",
        related=(Related("the first one is here", one),),
    )
