"""Reading what a request to the control surface asks for; whatever makes no sense is refused with a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chimeform.sandbox.context import ApiError

_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", list: "list", dict: "object"}


def bad_control(reason: str) -> ApiError:
    """The refusal of a control request that makes no sense."""
    return ApiError("BadRequestException", reason)


def read_json(body: bytes) -> Any:
    """The request's JSON; None for an empty body."""
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_control("the body is not valid JSON") from error


def read_fields(body: Any, optional: Mapping[str, type] | None = None, **required: type) -> dict[str, Any]:
    """The members of a JSON object, each of its type; an optional one that is absent or null is left out."""
    types = {**required, **(optional or {})}
    if not isinstance(body, dict):
        raise bad_control(f"the body is an object with {', '.join(types)}")
    if unknown := sorted(set(body) - set(types)):
        raise bad_control(f"unknown member {unknown[0]!r}; known are {', '.join(types)}")
    given = {name: body.get(name) for name in types if name in required or body.get(name) is not None}
    for name, value in given.items():
        if not _is_a(value, types[name]):
            raise bad_control(f"{name} is missing or not of its type ({_NAMES[types[name]]})")
    return given


def read_query(query: Mapping[str, str], **types: type) -> dict[str, Any]:
    """The parameters of a query, each optional; a whole number is 1 or more."""
    if unknown := sorted(set(query) - set(types)):
        raise bad_control(f"unknown parameter {unknown[0]!r}; known are {', '.join(types)}")
    given: dict[str, Any] = {}
    for name, text in query.items():
        if types[name] is int and not (text.isdecimal() and 0 < int(text) < 1_000_000):
            raise bad_control(f"{name} is a whole number, 1 or more")
        given[name] = types[name](text)
    return given


def _is_a(value: object, wanted: type) -> bool:
    if isinstance(value, bool):
        return wanted is bool
    if wanted is float:
        return isinstance(value, int | float)
    return isinstance(value, wanted)
