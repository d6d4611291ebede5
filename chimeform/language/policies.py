"""The policy files of a workspace and the sets that it uses: read, checked, compiled, with a place for every error."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import ValidationError

from ..diagnostics import Diagnostic, Findings, Position, Related, nearest
from ..policy.cel import Expression, NotInstalled, Problem, Unreadable, understand
from ..policy.variables import variables
from .document import Head, locate
from .files import Files, find_files
from .rules import Policies, Rule, RuleEntry, RuleFile, RuleSet, Settings
from .source import Source, read
from .template import Context
from .text import Text, decode
from .validate import diagnose, native_at, validate

SHIPPED = Path(__file__).parents[1] / "policy" / "shipped"
USUAL = "policies/*.yaml"
_SHOWN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_NAMED_VALUE = re.compile(r"\bvalues\b(?:\.([A-Za-z_][A-Za-z0-9_]*))?")


def shipped_names() -> list[str]:
    return sorted(f"chimeform/{file.stem}" for file in SHIPPED.glob("*.yaml"))


def read_policies(head: Head, files: Files, context: Context) -> tuple[RuleSet, ...]:
    """Every set of rules that holds in the workspace. What is wrong goes to the findings of `files`."""
    block: Policies = head.block("policies") or Policies()
    place = partial(locate, *head.single["policies"]) if "policies" in head.single else None
    found: dict[str, tuple[RuleFile, Source]] = {}
    for name in _own_files(head, files, block):
        text = files.open(name)
        _add(found, PurePosixPath(name).stem, text, files.reading, files.findings)
    for index, name in enumerate(block.use):
        assert place is not None
        if name not in shipped_names():
            files.findings.add(_not_shipped(name, place(("policies", "use", index))))
            continue
        text, digest = _shipped(name, files.reading)
        files.digests[f"({name})"] = digest
        _add(found, name, text, files.reading, files.findings)
    sets = [
        _compiled(name, entry, source, _settings(name, entry, block.settings.get(name, {}), place, files.findings),
                  files.findings)
        for name, (entry, source) in found.items()
    ]  # fmt: skip
    for name in block.settings:
        if name not in found:
            assert place is not None
            files.findings.add(_no_set(name, list(found), place(("policies", "settings", name), key=True)))
    _note_values(sets, context)
    return tuple(sets)


def _own_files(head: Head, files: Files, block: Policies) -> Iterator[str]:
    if block.files is None:
        yield from sorted(path.relative_to(files.root).as_posix() for path in files.root.glob(USUAL) if path.is_file())
        return
    source, tree = head.single["policies"]
    named: dict[str, None] = {}
    for index, pattern in enumerate(block.files):
        place = locate(source, tree, ("policies", "files", index))
        named |= dict.fromkeys(sorted(find_files(files.root, pattern, place, files.findings, "policies.files")))
    yield from named


def _shipped(name: str, reading: Findings) -> tuple[Text | None, str]:
    data = (SHIPPED / f"{name.partition('/')[2]}.yaml").read_bytes()
    text, is_sound = decode(name, data, reading)
    return (text if is_sound else None), hashlib.sha256(data).hexdigest()


def _add(
    found: dict[str, tuple[RuleFile, Source]], name: str, text: Text | None, reading: Findings, findings: Findings
) -> None:
    source = read(text, reading) if text is not None else None
    if source is None:
        return
    if name in found:
        findings.add(_same_name(name, source, found[name][1]))
        return
    entry = checked(RuleFile, source, findings)
    if entry is not None:
        found[name] = (entry, source)


def checked(model: Any, source: Source, findings: Findings) -> Any:
    """The model of a whole file; None, with diagnostics, if it has another shape."""
    if not isinstance(source.value, dict):
        findings.add(
            Diagnostic(
                "CF-DOC-002",
                f"{source.name}: the file is not a mapping",
                Position(source.name, 1, 1),
                why=f"it is made of {', '.join(model.model_fields)}",
                do="begin each part with its key and a ':'",
            )
        )
        return None
    try:
        return validate(model, source.value, partial(native_at, source, source.value))
    except ValidationError as error:
        findings.extend(diagnose(error, "", model, partial(locate, source, source.value)))
        return None


# ---- settings


def _settings(name: str, entry: RuleFile, given: Settings, place: Any, findings: Findings) -> Mapping[str, Any]:
    for key, value in given.items():
        path = ("policies", "settings", name, key)
        if key not in entry.settings:
            guess = nearest(key, entry.settings)
            findings.add(
                Diagnostic(
                    "CF-POL-007",
                    f"policies.settings: {name} has no setting {key!r}",
                    place(path, key=True),
                    why=f"its settings are {', '.join(entry.settings)}" if entry.settings else "it has none",
                    do=f"did you mean {guess!r}?" if guess else "remove it",
                )
            )
        elif _sort(value) != _sort(entry.settings[key]):
            findings.add(
                Diagnostic(
                    "CF-POL-007",
                    f"policies.settings: {key!r} of {name} is {_sort(entry.settings[key])}",
                    place(path),
                    why=f"its own value is {entry.settings[key]!r}, and the rules expect its like",
                    do=f"write {_sort(entry.settings[key])}",
                )
            )
    return {**entry.settings, **given}


def _sort(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "text")


# ---- expressions


def _compiled(name: str, entry: RuleFile, source: Source, settings: Mapping[str, Any], findings: Findings) -> RuleSet:
    rules = []
    for key, rule in entry.rules.items():
        place = source.key_place(source.value["rules"], key)
        where = name if name.startswith("chimeform/") else f"{place.file}:{place.line}"
        compiler = _Compiler(f"{name}.{key}", rule, source, source.value["rules"][key], findings)
        try:
            condition, message = compiler.condition(), compiler.message()
        except NotInstalled:
            findings.add(_not_installed(name, source))
            break
        if condition is not None and message is not None:
            rules.append(Rule(f"{name}.{key}", rule, where, condition, message))
    return RuleSet(name, entry.about, settings, tuple(rules))


@dataclass(frozen=True)
class _Compiler:
    """The expressions of one rule, which stands in `block` of its file."""

    id: str
    rule: RuleEntry
    source: Source
    block: dict[str, Any]
    findings: Findings

    def condition(self) -> Expression | None:
        return self._understand("rule", self.rule.rule, wants_truth=True)

    def message(self) -> tuple[str | Expression, ...] | None:
        """Text and expressions, in turn."""
        text = self.rule.message
        pieces = _SHOWN.split(text)
        parts = [self._understand("message", piece) if at % 2 else piece for at, piece in enumerate(pieces)]
        if any("{{" in piece or "}}" in piece for piece in pieces[::2]):
            self._add("message", text, Problem("'{{' and '}}' do not belong together", 1, 1))
            return None
        whole = tuple(part for part in parts if part is not None)
        return whole if len(whole) == len(parts) else None

    def _understand(self, key: str, text: str, *, wants_truth: bool = False) -> Expression | None:
        try:
            return understand(text, self._names(), wants_truth=wants_truth)
        except Unreadable as error:
            for problem in error.problems:
                self._add(key, text, problem)
            return None

    def _names(self) -> tuple[str, ...]:
        return variables(over=self.rule.over, wants_declared=bool(self.rule.declared))

    def _add(self, key: str, text: str, problem: Problem) -> None:
        self.findings.add(
            Diagnostic(
                "CF-POL-003",
                f"{self.id}: the {key} cannot be understood: {problem.summary}",
                _place(self.source, self.block, key, text, problem),
                why=f"it is made of CEL over {', '.join(self._names())}",
                do="correct it; docs/guide/policies.md shows what there is",
            )
        )


def _place(source: Source, block: dict[str, Any], key: str, text: str, problem: Problem) -> Position:
    """The character of the file that is to blame, if the expression stands in it as it is; else the whole value."""
    start, written = source.written(block, 2 * list(block).index(key) + 1)
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        found = written.find(line.strip(), at)
        if found < 0:
            break
        if number == problem.line:
            offset = start + found + max(0, problem.column - 1 - (len(line) - len(line.lstrip())))
            return source.text.position(offset, offset + 1)
        at = found + len(line.strip())
    return source.value_place(block, key)


def _note_values(sets: list[RuleSet], context: Context) -> None:
    """What rules name of the values is part of what the plan was made from, as what templates name is."""
    for rule in (rule for one in sets for rule in one.rules):
        expressions = [rule.condition, *(part for part in rule.message if isinstance(part, Expression))]
        for name in (name for one in expressions for name in _NAMED_VALUE.findall(one.text)):
            for used in [name] if name else context.values:
                if used in context.values:
                    context.used[used] = context.values[used]


# ---- what can be wrong


def _not_shipped(name: str, place: Position) -> Diagnostic:
    guess = nearest(name, shipped_names())
    return Diagnostic(
        "CF-POL-004",
        f"policies.use: chimeform ships no set of rules {name!r}",
        place,
        why=f"there are {', '.join(shipped_names())}",
        do=f"did you mean {guess!r}?" if guess else "'chimeform policy list' shows them; files are named in 'files'",
    )


def _no_set(name: str, known: list[str], place: Position) -> Diagnostic:
    guess = nearest(name, known)
    return Diagnostic(
        "CF-POL-007",
        f"policies.settings: no set of rules {name!r} is in use",
        place,
        why=f"in use: {', '.join(known)}" if known else "none is in use",
        do=f"did you mean {guess!r}?" if guess else "name the set in 'use', or remove its settings",
    )


def _same_name(name: str, source: Source, first: Source) -> Diagnostic:
    return Diagnostic(
        "CF-POL-006",
        f"{source.name}: there is another policy file of the name {name!r}",
        Position(source.name, 1, 1),
        why="a set of rules is named after its file, and the name is what refusals and waivers use",
        do="give one of the two another name",
        related=(Related("the first one is here", Position(first.name, 1, 1)),),
    )


def _not_installed(name: str, source: Source) -> Diagnostic:
    return Diagnostic(
        "CF-POL-005",
        f"{name}: the rules cannot be read, because the library for them is not installed",
        Position(source.name, 1, 1),
        why="rules are written in CEL, and its library is part of the extra 'policies'",
        do="pip install 'chimeform[policies]'",
    )
