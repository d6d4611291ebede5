"""Filter expressions of Okta's lists: `status eq "ACTIVE" and (profile.login sw "a" or id eq "00u1")`.

[Okta: Filter, Operators] Which code answers an expression that is wrong or names a property that cannot be filtered is
not published for each list; the sandbox answers E0000031 to all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chimeform.sandbox.okta.protocol import wrong_search

Match = Callable[[Mapping[str, Any]], bool]

_TOKEN = re.compile(r'\s*(?:([()])|("(?:[^"\\]|\\.)*")|([A-Za-z_][\w.]*))')
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: bool(value == wanted),
    "sw": lambda value, wanted: isinstance(value, str) and value.startswith(wanted),
    "co": lambda value, wanted: isinstance(value, str) and wanted in value,
    # Times are ISO-8601 texts in UTC, whose order is that of the moments.
    "gt": lambda value, wanted: isinstance(value, str) and value > wanted,
    "ge": lambda value, wanted: isinstance(value, str) and value >= wanted,
    "lt": lambda value, wanted: isinstance(value, str) and value < wanted,
    "le": lambda value, wanted: isinstance(value, str) and value <= wanted,
}
_DEEPEST = 30


def compile_filter(text: str, properties: Callable[[str], bool], *, ignore_case: bool = False) -> Match:
    """The expression as a function of an object. OktaError for what is no expression or names another property.

    `properties` says which may be named. Values are compared with regard to case in a `filter` and without in a
    `search` [Okta: List all users].
    """
    reader = _Reader(_split(text), properties, ignore_case)
    match = reader.read_any(0)
    if reader.rest:
        raise wrong_search()
    return match


def _split(text: str) -> list[str]:
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise wrong_search()
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


@dataclass(slots=True)
class _Reader:
    rest: list[str]
    properties: Callable[[str], bool]
    ignore_case: bool

    def read_any(self, depth: int) -> Match:
        choices = [self._read_all(depth)]
        while self._skip("or"):
            choices.append(self._read_all(depth))
        return choices[0] if len(choices) == 1 else lambda item: any(match(item) for match in choices)

    def _read_all(self, depth: int) -> Match:
        parts = [self._read_one(depth)]
        while self._skip("and"):
            parts.append(self._read_one(depth))
        return parts[0] if len(parts) == 1 else lambda item: all(match(item) for match in parts)

    def _read_one(self, depth: int) -> Match:
        if self._skip("("):
            if depth == _DEEPEST:
                raise wrong_search()
            inside = self.read_any(depth + 1)
            if not self._skip(")"):
                raise wrong_search()
            return inside
        return self._read_comparison()

    def _read_comparison(self) -> Match:
        name, operator = self._take(), self._take().lower()
        if not self.properties(name):
            raise wrong_search()
        if operator == "pr":
            return lambda item: _look_up(item, name) is not None
        if operator not in _COMPARE:
            raise wrong_search()
        compare, wanted = _COMPARE[operator], self._read_value()
        if operator != "eq" and not isinstance(wanted, str):
            raise wrong_search()
        if not self.ignore_case or not isinstance(wanted, str):
            return lambda item: compare(_look_up(item, name), wanted)
        folded = wanted.casefold()
        return lambda item: compare(_fold(_look_up(item, name)), folded)

    def _read_value(self) -> Any:
        token = self._take()
        try:
            return json.loads(token)
        except ValueError as error:
            raise wrong_search() from error

    def _take(self) -> str:
        if not self.rest:
            raise wrong_search()
        return self.rest.pop(0)

    def _skip(self, token: str) -> bool:
        if self.rest and self.rest[0].lower() == token:
            del self.rest[0]
            return True
        return False


def _look_up(item: Mapping[str, Any], name: str) -> Any:
    value: Any = item
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _fold(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
