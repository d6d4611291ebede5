"""Templates in the files: which text is rendered, with which values, and what to say when it cannot be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..diagnostics import Diagnostic, Findings, Position, Severity, nearest
from .source import Container, Source
from .template import RESERVED, Context, Refusal, Undefined, Value, as_text, evaluate, is_template

MOST_RENDERED = 64 * 1024 * 1024
"""Characters that all templates of a workspace may give together."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True)
class Environments:
    """The values that the files give, by environment, and which environment was chosen."""

    common: Mapping[str, Value]
    named: Mapping[str, Mapping[str, Value]]
    chosen: str | None

    def values(self, variables: Mapping[str, str]) -> dict[str, Value]:
        """What templates see: `--var` wins over the environment, and that over the common values."""
        return {**self.common, **(self.named.get(self.chosen, {}) if self.chosen else {}), **variables}


class Renderer:
    """Renders the text of sources in place: a template becomes what it gives, and structure stays as it was written."""

    def __init__(self, context: Context, environments: Environments, findings: Findings) -> None:
        self.context = context
        self.environments = environments
        self.findings = findings
        self.failed: set[Position] = set()
        """Places of text that could not be rendered; what it would have meant is not known."""
        self.lost_names = False
        """True when a key could not be rendered, so that a name may seem to be missing."""
        self._known: dict[str, Value | Refusal] = {}
        self._told_of_environments = False
        self._length = 0

    def render(self, source: Source, only: set[int] | None = None) -> None:
        """Render a source, or `only` these of its containers, by id. What is rendered is not rendered again."""
        for identity in [one for one in source.templates if only is None or one in only]:
            container, slots = source.templates.pop(identity)
            keys = list(container) if isinstance(container, dict) else None
            renamed: dict[int, str] = {}
            for slot in slots:
                self._slot(source, container, slot, keys, renamed)
            if renamed and isinstance(container, dict):
                self._rename(source, container, renamed)

    def _slot(self, source: Source, container: Any, slot: int, keys: list[str] | None, renamed: dict[int, str]) -> None:
        step: Any = slot if keys is None else keys[slot // 2]
        is_key = keys is not None and slot % 2 == 0
        text = step if is_key else container[step]
        if not isinstance(text, str) or not is_template(text):
            return
        value = self._evaluate(text, source, container, slot)
        if value is None:
            self.failed.add(source.place(container, slot))
            self.lost_names |= is_key
        elif is_key:
            renamed[slot // 2] = as_text(value)
        else:
            container[step] = as_text(value)
            if not isinstance(value, str):
                source.natives[id(container), slot] = value

    def _evaluate(self, text: str, source: Source, container: Container, slot: int) -> Value | None:
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._outcome(text)
        if not isinstance(known, Refusal):
            return known
        for one in self._untold(known):
            place = _blame(one, source, container, slot)
            self.findings.add(Diagnostic(one.code, one.summary, place, why=one.why, do=one.do))
        return None

    def _untold(self, refusal: Refusal) -> Iterator[Refusal]:
        """What to say of it. That no environment is chosen is one mistake, however many names wait for one."""
        for one in (refusal, *refusal.others) if isinstance(refusal, Undefined) else (refusal,):
            if isinstance(one, Undefined) and one.waits_for_environment:
                if self._told_of_environments:
                    continue
                self._told_of_environments = True
            yield one

    def _outcome(self, text: str) -> Value | Refusal:
        """What a template gives, or why it gives nothing."""
        try:
            value = evaluate(text, self.context)
        except Refusal as refusal:
            for one in (refusal, *refusal.others) if isinstance(refusal, Undefined) else ():
                self._explain(one)
            return refusal
        self._length += len(as_text(value))
        if self._length > MOST_RENDERED:
            return Refusal(
                "CF-REN-004",
                "the templates of the workspace give too much text",
                why=f"all of them together may give {MOST_RENDERED} characters",
                do="shorten the values that they name",
            )
        return value

    def _explain(self, error: Undefined) -> None:
        """Say where the name could have come from."""
        name, environments = error.name, self.environments
        if error.is_env:
            error.why = "{{ env.NAME }} reads the environment of this process"
            error.do = f"set it, such as {name}=… before the command, or write {{{{ env.{name} | default('…') }}}}"
            return
        within = [one for one, values in environments.named.items() if name in values]
        guess = nearest(name, self.context.values)
        if within and not environments.chosen:
            error.waits_for_environment = True
            error.code, error.summary = "CF-REN-008", f"{name!r} has no value, because no environment is chosen"
            error.why = f"it is one of the values of {' and '.join(within)}"
            error.do = f"choose one: {' or '.join(f'--env {each}' for each in within)}"
        elif within:
            error.why = f"{', '.join(within)} define it, and the environment {environments.chosen} does not"
            error.do = f"add it to environments.{environments.chosen}.values, or give it with --var {name}=…"
        else:
            error.why = "neither 'values', nor an environment, nor --var defines it"
            error.do = f"did you mean {guess!r}?" if guess else f"add it to the values, or give it with --var {name}=…"

    def _rename(self, source: Source, container: dict[str, Any], renamed: dict[int, str]) -> None:
        items, spans = list(container.items()), source.spans[id(container)]
        kept = spans[:0]
        container.clear()
        for index, (key, value) in enumerate(items):
            name = renamed.get(index, key)
            if name in container:
                self.findings.add(
                    Diagnostic(
                        "CF-REN-007",
                        f"two keys of one mapping are {name!r} once they are rendered",
                        source.text.position(spans[2 * index] >> 32, spans[2 * index] & 0xFFFFFFFF),
                        why="only one of the two values could be used",
                        do="give one of them another name",
                    )
                )
                continue
            container[name] = value
            kept.extend(spans[2 * index : 2 * index + 2])
        source.spans[id(container)] = kept


def _blame(refusal: Refusal, source: Source, container: Container, slot: int) -> Position:
    """The word, or else the line, or else the expression that the refusal is about."""
    start, written = source.written(container, slot)
    lines = written.splitlines(keepends=True)
    number = refusal.line - 1 + (written[:1] in "|>")
    offset = sum(map(len, lines[:number])) if refusal.line > 1 and number < len(lines) else 0
    inside = min((at for at in (written.find("{{", offset), written.find("{%", offset)) if at >= 0), default=-1)
    if refusal.word:
        found = re.compile(rf"\b{re.escape(refusal.word)}\b").search(written, max(inside, 0))
        if found:
            return source.text.position(start + found.start(), start + found.end())
    if inside >= 0:
        ends = [at for at in (written.find("}}", inside), written.find("%}", inside)) if at >= 0]
        return source.text.position(start + inside, start + (min(ends) + 2 if ends else len(written)))
    return source.place(container, slot)


def containers_of(value: Any) -> Iterator[int]:
    """The ids of a container and of every container inside it, each once."""
    waiting, seen = [value], set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict | list) or id(one) in seen:
            continue
        seen.add(id(one))
        yield id(one)
        waiting += one.values() if isinstance(one, dict) else one


def check_names(variables: Mapping[str, str], findings: Findings) -> None:
    """`--var` names that no template could use."""
    for name in variables:
        if not _NAME.match(name) or name in RESERVED:
            findings.add(
                Diagnostic(
                    "CF-DOC-024",
                    f"--var {name}: this cannot be the name of a value",
                    why="templates name values by letters, digits and underscores, and keep some words for themselves",
                    do="choose another name",
                )
            )


def unused(variables: Mapping[str, str], context: Context) -> Iterator[Diagnostic]:
    """A warning for every `--var` that changed nothing: most likely its name is misspelt."""
    for name in variables:
        if name not in context.used and _NAME.match(name) and name not in RESERVED:
            guess = nearest(name, (used for used in context.used if used not in variables))
            yield Diagnostic(
                "CF-REN-006",
                f"--var {name} is used by no template",
                why="the files never name it, so it has no effect",
                do=f"did you mean {guess!r}?" if guess else "leave it out, or check its name",
                severity=Severity.WARNING,
            )


def digest(context: Context) -> str:
    """sha256 of everything that was rendered in: it tells whether another run would give the same files."""
    return hashlib.sha256(json.dumps(context.used, sort_keys=True).encode()).hexdigest()
