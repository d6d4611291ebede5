"""Pages and their tokens. A token is opaque to the client and says where the next page starts."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from chimeform.sandbox.context import ApiError

Item = TypeVar("Item")

_MARK = "cs1"


def encode_token(position: int, last_key: str | None = None) -> str:
    """A token for the item at `position`; `last_key` names the item before it."""
    raw = json.dumps([_MARK, position, last_key], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_token(token: str) -> tuple[int, str | None]:
    """Position and last key of a token; BadRequestException for one that the sandbox never issued."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        mark, position, last_key = json.loads(raw)
        if mark == _MARK and type(position) is int and position > 0 and isinstance(last_key, str | None):
            return position, last_key
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass  # every way of being malformed has the one answer below
    raise ApiError("BadRequestException", "Service received a bad request: NextToken is not valid")


def page(
    items: Sequence[Item],
    params: dict[str, Any],
    default: int = 100,
    *,
    key: Callable[[Item], str] | None = None,
) -> tuple[Sequence[Item], str | None]:
    """One page of `items` by `MaxResults` and `NextToken` of `params`, and the token of the next one (None at the end).

    With `key` (the item's identifier) the listing survives changes between two pages: the next page starts after the
    last item that was sent, wherever it stands now, so that nothing is skipped when earlier items were removed.
    """
    start = 0
    if token := params.get("NextToken"):
        start, last_key = decode_token(token)
        if key is not None and last_key is not None:
            start = _find_start(items, start, last_key, key)
    end = start + (params.get("MaxResults") or default)
    chosen = items[start:end]
    if end >= len(items):
        return chosen, None
    return chosen, encode_token(end, key(chosen[-1]) if key is not None else None)


def _find_start(items: Sequence[Item], position: int, last_key: str, key: Callable[[Item], str]) -> int:
    if position <= len(items) and key(items[position - 1]) == last_key:
        return position
    for at, item in enumerate(items):
        if key(item) == last_key:
            return at + 1
    # The last item is gone, and perhaps others before it: sending one twice is better than leaving one out.
    return max(0, min(position, len(items)) - 1)
