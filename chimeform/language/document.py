"""The top level of the files, put together: everything that is no resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from ..diagnostics import Diagnostic, Position, Related, nearest
from .blocks import ENTRIES, LANGUAGE_VERSION, Workspace, block_names
from .files import ROOT_FILE, Files
from .merge import structure
from .render import Environments, Renderer, containers_of
from .source import Source
from .template import RESERVED, Context, Value, is_template
from .validate import Path as ValuePath
from .validate import diagnose, native_at, validate

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
        self.lists: dict[str, list[Written]] = {name: [] for name in (*ENTRIES, "include")}
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
        """The entries of a list of all files that have the right shape, each as its model and with its place."""
        for source, tree in self.lists[name]:
            if not isinstance(tree[name], list):
                self._check(name, (source, tree))
                continue
            for index, item in enumerate(tree[name]):
                entry = Entry(source, tree, (name, index))
                try:
                    yield validate(ENTRIES[name], item, partial(native_at, source, item)), entry
                except ValidationError as error:
                    self.findings.extend(diagnose(error, f"{name}[{index}]", ENTRIES[name], entry.place))

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
            self.findings.extend(diagnose(error, "", Workspace, partial(locate, source, tree)))
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
    """One entry of `notifications`, `moved`, `removed` or `import`."""

    source: Source
    tree: dict[str, Any]
    path: ValuePath

    def position(self, key: str) -> Position:
        return self.place((key,))

    def place(self, path: ValuePath, *, key: bool = False) -> Position:
        return locate(self.source, self.tree, (*self.path, *path), key=key)


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
    head: Head, chosen: str | None, variables: Mapping[str, str], env: Mapping[str, str], used: dict[str, Value]
) -> Environments:
    """The values of the files. They may be templates themselves, of `env`, of `--var` and of the common values."""
    nothing = Environments({}, {}, None)
    _render_block(head, ("values",), Renderer(Context(variables, env, used), nothing, head.files.reading))
    common: dict[str, Any] = head.block("values")
    if chosen is not None:
        # what other environments need may well be missing here
        renderer = Renderer(Context({**common, **variables}, env, used), nothing, head.files.reading)
        _render_block(head, ("environments", chosen), renderer)
    _leave(head, ("environments",))
    named = {name: block.values for name, block in head.block("environments").items()}
    for path in (("values",), *(("environments", one, "values") for one in named)):
        _check_names(head, path)
    if chosen is not None and chosen not in named:
        head.findings.add(_no_environment(chosen, list(named), head))
    return Environments(common, named, chosen)


def _render_block(head: Head, path: tuple[str, ...], renderer: Renderer) -> None:
    source, at = _at(head, path)
    if source is not None:
        renderer.render(source, set(containers_of(at)))
        head.failed |= renderer.failed


def _check_names(head: Head, path: tuple[str, ...]) -> None:
    source, at = _at(head, path)
    for name in at if isinstance(at, dict) else ():
        if name in RESERVED and source is not None:
            head.findings.add(_reserved(name, source.key_place(at, name)))


def _leave(head: Head, path: tuple[str, ...]) -> None:
    """What is still a template below a path is none of this run's business."""
    source, at = _at(head, path)
    if source is not None:
        for identity in containers_of(at):
            source.templates.pop(identity, None)


def _at(head: Head, path: tuple[str, ...]) -> tuple[Source | None, Any]:
    """What is written at a path, with its file; None where there is nothing."""
    if path[0] not in head.single:
        return None, None
    source, tree = head.single[path[0]]
    at: Any = tree
    for step in path:
        at = at.get(step) if isinstance(at, dict) else None
    return source, at


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
                    head.files.reading.add(_not_rendered(source.place(container, slot)))
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
