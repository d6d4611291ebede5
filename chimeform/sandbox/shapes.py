"""Shapes of a botocore service model, compiled once into functions that check input and shape output.

The checks are the ones that the model declares: type, required, min, max, pattern, enum. Members that the model does
not know are ignored, `null` counts as absent [both: domain page, silent points].
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from chimeform.sandbox.clock import format_timestamp, parse_timestamp

Model = Mapping[str, Any]
Check = Callable[[Any, str], Any]
"""(value as JSON has it, path of the member) -> the value for the operation; raises Violation."""
Write = Callable[[Any], Any]
"""The operation's value -> what JSON carries."""


class Violation(Exception):
    """Input that the model forbids: which member, and what it must satisfy."""

    def __init__(self, path: str, rule: str) -> None:
        super().__init__(f"Value at '{path}' failed to satisfy constraint: Member must {rule}")
        self.member = path.partition(".")[0]


def required(path: str) -> Violation:
    return Violation(path, "not be null")


class Checks:
    """Compiled input checks of one service model, by shape name."""

    def __init__(self, model: Model) -> None:
        self._shapes: Mapping[str, Any] = model["shapes"]
        self._compiled: dict[str, Check] = {}

    def check(self, shape_name: str) -> Check:
        """The check of a shape, compiled when it is first asked for."""
        found = self._compiled.get(shape_name)
        if found is None:
            # While a shape is being compiled, its own members may already name it.
            self._compiled[shape_name] = partial(self._check_later, shape_name)
            found = self._compiled[shape_name] = self._compile(self._shapes[shape_name])
        return found

    def _check_later(self, shape_name: str, value: Any, path: str) -> Any:
        return self._compiled[shape_name](value, path)

    def _compile(self, shape: Model) -> Check:
        kind = shape["type"]
        if kind == "structure":
            return self._structure(shape)
        if kind == "list":
            return self._list(shape)
        if kind == "map":
            return self._map(shape)
        return _SCALARS[kind](shape)

    def _structure(self, shape: Model) -> Check:
        needed = shape.get("required", ())
        members = [(name, self.check(ref["shape"])) for name, ref in shape["members"].items()]

        def check(value: Any, path: str) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise Violation(path, "be an object")
            for name in needed:
                if value.get(name) is None:
                    raise required(f"{path}.{name}")
            return {
                name: check_member(value[name], f"{path}.{name}")
                for name, check_member in members
                if value.get(name) is not None
            }

        return check

    def _list(self, shape: Model) -> Check:
        check_item = self.check(shape["member"]["shape"])
        check_size = _size(shape, "number of items")

        def check(value: Any, path: str) -> list[Any]:
            if not isinstance(value, list):
                raise Violation(path, "be a list")
            check_size(len(value), path)
            if None in value:
                raise required(f"{path}.{value.index(None) + 1}.member")
            return [check_item(item, f"{path}.{at}.member") for at, item in enumerate(value, 1)]

        return check

    def _map(self, shape: Model) -> Check:
        check_value = self.check(shape["value"]["shape"])
        check_size = _size(shape, "number of entries")

        def check(value: Any, path: str) -> dict[str, Any]:
            if not isinstance(value, dict):
                raise Violation(path, "be an object")
            check_size(len(value), path)
            return {key: check_value(item, f"{path}.{key}") for key, item in value.items() if item is not None}

        return check


def _size(shape: Model, noun: str) -> Callable[[float, str], None]:
    low, high = shape.get("min", -math.inf), shape.get("max", math.inf)

    def check(size: float, path: str) -> None:
        if size < low:
            raise Violation(path, f"have {noun} greater than or equal to {low}")
        if size > high:
            raise Violation(path, f"have {noun} less than or equal to {high}")

    return check


def _string(shape: Model) -> Check:
    check_size = _size(shape, "length") if "min" in shape or "max" in shape else None
    # The service's patterns describe the whole value, also where the model leaves the anchors out.
    pattern = _compile_pattern(shape.get("pattern"))
    choices = frozenset(shape.get("enum", ()))

    def check(value: Any, path: str) -> str:
        if not isinstance(value, str):
            raise Violation(path, "be a string")
        if check_size is not None:
            check_size(len(value), path)
        if pattern is not None and pattern.fullmatch(value) is None:
            raise Violation(path, f"satisfy regular expression pattern: {pattern.pattern}")
        if choices and value not in choices:
            raise Violation(path, f"satisfy enum value set: [{', '.join(sorted(choices))}]")
        return value

    return check


def _compile_pattern(text: str | None) -> re.Pattern[str] | None:
    """The pattern of a shape; None also for one that is no regular expression, as one of the voice model's is."""
    if text is None:
        return None
    try:
        return re.compile(text, re.ASCII)
    except re.error:
        return None


def _integer(shape: Model) -> Check:
    check_size = _size(shape, "value")

    def check(value: Any, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Violation(path, "be an integer")
        check_size(value, path)
        return value

    return check


def _float(shape: Model) -> Check:
    check_size = _size(shape, "value")

    def check(value: Any, path: str) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Violation(path, "be a number")
        check_size(value, path)
        return float(value)

    return check


def _boolean(_shape: Model) -> Check:
    def check(value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            raise Violation(path, "be a boolean")
        return value

    return check


def _timestamp(_shape: Model) -> Check:
    def check(value: Any, path: str) -> datetime:
        try:
            if isinstance(value, int | float) and not isinstance(value, bool):
                return datetime.fromtimestamp(value, UTC)
            return parse_timestamp(value)
        except (TypeError, ValueError, OverflowError, OSError):
            raise Violation(path, "be a timestamp") from None  # the cause says nothing that the client could use

    return check


_SCALARS: dict[str, Callable[[Model], Check]] = {
    "string": _string,
    "integer": _integer,
    "long": _integer,
    "float": _float,
    "double": _float,
    "boolean": _boolean,
    "timestamp": _timestamp,
}


class Writers:
    """Compiled output writers of one service model; they keep what the model declares and leave the rest out."""

    def __init__(self, model: Model) -> None:
        self._shapes: Mapping[str, Any] = model["shapes"]
        self._compiled: dict[str, Write | None] = {}
        self._write_timestamp = _write_epoch if model["metadata"]["protocol"] == "json" else _write_timestamp

    def writer(self, shape_name: str) -> Write | None:
        """The writer of a shape; None when its values are JSON as they are."""
        if shape_name in self._compiled:
            return self._compiled[shape_name]
        shape = self._shapes[shape_name]
        kind = shape["type"]
        if kind in ("structure", "list", "map"):
            self._compiled[shape_name] = partial(self._write_later, shape_name)
            self._compiled[shape_name] = getattr(self, f"_{kind}")(shape)
        else:
            self._compiled[shape_name] = self._write_timestamp if kind == "timestamp" else None
        return self._compiled[shape_name]

    def _write_later(self, shape_name: str, value: Any) -> Any:
        write = self._compiled[shape_name]
        return write(value) if write is not None else value

    def _structure(self, shape: Model) -> Write:
        members = [(name, self.writer(ref["shape"])) for name, ref in shape["members"].items()]

        def write(value: Mapping[str, Any]) -> dict[str, Any]:
            answer = {}
            for name, write_member in members:
                member = value.get(name)
                if member is not None:
                    answer[name] = member if write_member is None else write_member(member)
            return answer

        return write

    def _list(self, shape: Model) -> Write:
        write_item = self.writer(shape["member"]["shape"])
        return list if write_item is None else lambda value: [write_item(item) for item in value]

    def _map(self, shape: Model) -> Write:
        write_value = self.writer(shape["value"]["shape"])
        return dict if write_value is None else lambda value: {key: write_value(item) for key, item in value.items()}


def _write_timestamp(value: datetime | str) -> str:
    return value if isinstance(value, str) else format_timestamp(value)


def _write_epoch(value: datetime | str) -> int:
    """The form of AWS JSON, which CloudTrail fills with whole seconds."""
    return int((parse_timestamp(value) if isinstance(value, str) else value).timestamp())
