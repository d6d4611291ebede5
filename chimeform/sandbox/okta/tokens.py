"""API tokens: any is taken unless it was declared expired or revoked. Only digests are kept."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from chimeform.sandbox.context import Context
from chimeform.sandbox.control_input import bad_control
from chimeform.sandbox.okta.protocol import OktaError
from chimeform.sandbox.okta.world import tokens

_SCHEME = "SSWS "
_STATUSES = ("active", "expired", "revoked")


def check(ctx: Context, authorization: str) -> None:
    """E0000011 for a request without a token, and for a token that is no longer good: Okta tells no difference."""
    token = authorization.removeprefix(_SCHEME).strip() if authorization.startswith(_SCHEME) else ""
    declared = tokens(ctx).get(_digest(token)) if len(tokens(ctx)) else None
    if not token or declared is not None:
        raise OktaError(401, "E0000011", "Invalid token provided")


def declare(ctx: Context, token: str, status: str) -> dict[str, Any]:
    """Say what has become of a token; `active` makes it good again."""
    if status not in _STATUSES or not token:
        raise bad_control(f"a token and its status are needed, one of {', '.join(_STATUSES)}")
    if status == "active":
        tokens(ctx).remove(_digest(token))
    else:
        tokens(ctx).put(_digest(token), {"status": status})
    return describe(ctx)


def describe(ctx: Context) -> dict[str, Any]:
    """How many tokens are refused, by status; the tokens themselves are secrets."""
    found = [record["status"] for record in tokens(ctx).values()]
    return {status: found.count(status) for status in _STATUSES[1:]}


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
