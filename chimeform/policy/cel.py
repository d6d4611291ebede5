"""CEL, the Common Expression Language, in which rules are written. The only module that knows the library behind it.

An expression reads values and gives one: it has no loops without an end, calls nothing and sees no clock. The library
counts what a comprehension looks at and gives up after some 10,000 things, so that every evaluation ends, and the same
one always ends alike; regular expressions take linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

_PROBLEM = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)$", re.MULTILINE)
_STATUS = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$| \(in container ''\)")
_TIMESTAMPS, _TEXTS = ("now",), ("env",)


class NotInstalled(Exception):
    """The library is part of the extra `policies`."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with the text of an expression, and where: line and column counted from 1."""

    summary: str
    line: int
    column: int


class Unreadable(Exception):
    """A text that is no expression over the variables that there are."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].summary)
        self.problems = problems


class Failed(Exception):
    """An expression that could not be evaluated: a missing key, another type, too much to look at."""


@dataclass(frozen=True)
class Expression:
    text: str
    compiled: Any


def understand(text: str, variables: tuple[str, ...], *, wants_truth: bool = False) -> Expression:
    """Compile `text`. Raises `Unreadable`, also for what can be seen not to give true or false where that is wanted."""
    try:
        compiled = _environment(variables).compile(text)
    except RuntimeError as error:
        found = tuple(
            Problem(_plain(summary), int(line), int(column)) for line, column, summary in _PROBLEM.findall(str(error))
        )
        raise Unreadable(found or (Problem(_plain(str(error)), 1, 1),)) from error
    gives = compiled.return_type().name()
    if wants_truth and gives not in ("BOOL", "DYN"):
        raise Unreadable((Problem(f"it gives {gives.lower()}, and not true or false", 1, 1),))
    return Expression(text, compiled)


def evaluate(expression: Expression, values: Mapping[str, Any]) -> Any:
    """What the expression gives, as a plain value. Raises `Failed`."""
    from cel_expr_python import cel  # type: ignore[import-untyped]

    try:
        result = expression.compiled.eval(data=values)
    except RuntimeError as error:
        raise Failed(_plain(str(error))) from error
    if result.type() in (cel.Type.ERROR, cel.Type.UNKNOWN):
        raise Failed(_plain(str(result)))
    return result.plain_value()


def _plain(message: str) -> str:
    """The library's message without its status words."""
    text = message
    for _ in range(3):
        text = _STATUS.sub("", text).strip()
    return text


@cache
def _environment(variables: tuple[str, ...]) -> Any:
    try:
        from cel_expr_python import cel
    except ImportError as error:
        raise NotInstalled from error
    kinds = dict.fromkeys(_TIMESTAMPS, cel.Type.TIMESTAMP) | dict.fromkeys(_TEXTS, cel.Type.STRING)
    text = cel.Type.STRING
    # comparing the beginning of an address is no test of where it leads: https://acme.example@evil.example
    host = cel.Overload("host_string", text, [text], is_member=False, impl=_host)
    return cel.NewEnv(
        variables={name: kinds.get(name, cel.Type.DYN) for name in variables},
        extensions=[cel.CelExtension("chimeform", [cel.FunctionDecl("host", [host])])],
    )


def _host(url: str) -> str:
    """The host that a URL leads to, in small letters; empty if it names none."""
    return (urlsplit(url).hostname or "").rstrip(".")
