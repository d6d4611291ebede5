"""One template: text with `{{ … }}` in it, evaluated within limits.

Most templates name a value and nothing else; those are substituted here. The others are expressions, which
`expressions` evaluates with Jinja2, imported only then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Value = str | bool | int | float

LONGEST = 64 * 1024
"""Characters of one template, and of what it gives."""

_SIMPLE = re.compile(r"\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z_][A-Za-z0-9_]*))?\s*\}\}")
RESERVED = frozenset(
    ("env", "secret", "and", "or", "not", "in", "is", "if", "elif", "else", "endif", "for", "true", "false", "none")
) | {"True", "False", "None", "import", "include", "set", "block", "self"}
"""Names that templates give a meaning of their own."""


class Refusal(Exception):
    """A template that cannot be rendered. `word` is the part of the text that is to blame, if one is."""

    def __init__(self, code: str, summary: str, *, why: str, do: str, word: str = "", line: int = 1) -> None:
        super().__init__(summary)
        self.code, self.summary, self.why, self.do, self.word, self.line = code, summary, why, do, word, line


class Undefined(Refusal):
    """A name that has no value: one of the values, or with `is_env` of the process's environment."""

    def __init__(self, name: str, *, is_env: bool) -> None:
        self.name, self.is_env = name, is_env
        self.others: tuple[Undefined, ...] = ()
        """More names of the same template that have no value."""
        self.waits_for_environment = False
        """True where it would have a value if an environment were chosen."""
        what = f"the environment variable {name} is not set" if is_env else f"{name!r} has no value"
        super().__init__("CF-REN-001", what, why="", do="", word=name)


@dataclass
class Context:
    """What templates can name."""

    values: Mapping[str, Value]
    env: Mapping[str, str]
    used: dict[str, Value] = field(default_factory=dict)
    """Every name that was used so far → its value; names of `env` with that prefix."""

    def value(self, name: str) -> Value:
        if name not in self.values:
            raise Undefined(name, is_env=False)
        self.used[name] = self.values[name]
        return self.values[name]

    def variable(self, name: str) -> str:
        if name not in self.env:
            raise Undefined(name, is_env=True)
        self.used[f"env.{name}"] = self.env[name]
        return self.env[name]


def is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


def evaluate(text: str, context: Context) -> Value:
    """What a template gives: text, or the value itself if the template is one expression and nothing around it."""
    if len(text) > LONGEST:
        raise too_long("the template")
    if "{%" not in text and "{#" not in text and "{{-" not in text:
        simple = list(_SIMPLE.finditer(text))
        if len(simple) == text.count("{{") == text.count("}}") and all(_is_plain(found) for found in simple):
            return _substitute(text, simple, context)
    from .expressions import evaluate_expression

    return evaluate_expression(text, context)


def as_text(value: Any) -> str:
    """A value as the files would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _is_plain(found: re.Match[str]) -> bool:
    name, attribute = found.groups()
    return name == "env" if attribute else name not in RESERVED


def _substitute(text: str, found: list[re.Match[str]], context: Context) -> Value:
    pieces: list[Value] = []
    missing: list[Undefined] = []
    at = 0
    for one in found:
        name, attribute = one.groups()
        pieces.append(text[at : one.start()])
        at = one.end()
        try:
            pieces.append(context.variable(attribute) if attribute else context.value(name))
        except Undefined as error:
            missing.append(error)
    pieces.append(text[at:])
    if missing:
        raise together(missing)
    if len(found) == 1 and found[0].span() == (0, len(text)):
        return pieces[1]
    written = [as_text(piece) for piece in pieces]
    if sum(map(len, written)) > LONGEST:
        raise too_long("what it gives")
    return "".join(written)


def together(missing: list[Undefined]) -> Undefined:
    """One error for all names of a template, each of them once."""
    first, *others = {(one.name, one.is_env): one for one in missing}.values()
    first.others = tuple(others)
    return first


def too_long(what: str) -> Refusal:
    return Refusal(
        "CF-REN-004",
        f"{what} is longer than {LONGEST} characters",
        why="no value of a declaration is that long",
        do="shorten it",
    )
