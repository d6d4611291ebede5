"""The organisation as an HTTP service: tokens, rate limits, pages, errors. [Okta: Core concepts, Rate limits]

Rate limits are counted by family of the API (apps, groups, users) in fixed minutes of the sandbox's clock; Okta's own
families are finer. Without a limit every answer shows 600, of which one is used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.okta import tokens
from chimeform.sandbox.okta.protocol import OktaError, Reply, Request, malformed
from chimeform.sandbox.okta.routes import PREFIX, Call
from chimeform.sandbox.wire import Query

OktaAnswer = tuple[int, list[tuple[bytes, bytes]], bytes]
"""HTTP status, headers, body."""

_MINUTE = 60
_UNLIMITED = 600
_JSON = (b"content-type", b"application/json")
# Made once: json.dumps would make one for every answer.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


@dataclass(slots=True)
class Limits:
    """Requests of the current minute by family. What was counted is forgotten when the process ends."""

    minute: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def take(self, ctx: Context, family: str) -> list[tuple[bytes, bytes]]:
        """Count a request; the headers that tell what is left. E0000047 when nothing is, with the same headers."""
        second = int(ctx.clock.now().timestamp())
        if (minute := second // _MINUTE) != self.minute:
            self.minute, self.counts = minute, {}
        limit, used = ctx.settings.okta_rate_limit, 1
        if limit is not None:
            used = self.counts[family] = self.counts.get(family, 0) + 1
        shown = _UNLIMITED if limit is None else limit
        headers = [
            (b"x-rate-limit-limit", b"%d" % shown),
            (b"x-rate-limit-remaining", b"%d" % max(0, shown - used)),
            (b"x-rate-limit-reset", b"%d" % ((minute + 1) * _MINUTE)),
        ]
        if limit is not None and used > limit:
            raise RateExceeded(headers)
        return headers


class RateExceeded(OktaError):
    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        super().__init__(429, "E0000047", "API call exceeded rate limit due to too many requests.")
        self.headers = headers


def answer(
    ctx: Context,
    limits: Limits,
    call: Call,
    query: Query,
    headers: Mapping[bytes, bytes],
    body: bytes,
    failure: ApiError | None,
) -> OktaAnswer:
    """Run an operation. `failure` is what a fault has it end with in place of being run."""
    shown: list[tuple[bytes, bytes]] = []
    try:
        tokens.check(ctx, headers.get(b"authorization", b"").decode("latin-1"))
        shown = limits.take(ctx, call.family)
        if failure is not None:
            raise _translate(failure)
        org_url = f"http://{headers.get(b'host', b'127.0.0.1').decode('latin-1')}{PREFIX}"
        request = Request(call.labels, dict(query), _read_body(body), org_url)
        reply = call.run(ctx, request)
        return reply.status, [*shown, *_link_headers(call, query, org_url, reply)], _write(reply)
    except RateExceeded as error:
        return write_error(error, error.headers)
    except OktaError as error:
        return write_error(error, shown)


def write_error(error: OktaError, headers: list[tuple[bytes, bytes]]) -> OktaAnswer:
    body = _ENCODER.encode(error.describe(f"oae{os.urandom(11).hex()}")).encode()
    return error.status, [_JSON, *headers], body


def broken() -> OktaError:
    """What the client sees of a defect of the sandbox."""
    return OktaError(500, "E0000009", "Internal Server Error")


def _translate(failure: ApiError) -> OktaError:
    """A fault in Okta's form: being throttled, or failing."""
    if failure.shape == "ThrottledClientException":
        return OktaError(429, "E0000047", "API call exceeded rate limit due to too many requests.")
    return broken()


def _read_body(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise malformed() from error
    if not isinstance(given, dict):
        raise malformed()
    return given


def _write(reply: Reply) -> bytes:
    return b"" if reply.body is None else _ENCODER.encode(reply.body).encode()


def _link_headers(call: Call, query: Query, org_url: str, reply: Reply) -> list[tuple[bytes, bytes]]:
    """One header a link, as Okta sends them: the page itself, and the next one."""
    if not isinstance(reply.body, list):
        return [_JSON]
    path = "/".join(quote(part, safe="") for part in call.path)
    rest = [(name, value) for name, value in query if name != "after"]
    pages = [("self", list(query))] + ([("next", [("after", reply.after), *rest])] if reply.after is not None else [])
    return [
        _JSON,
        *(
            (b"link", f'<{org_url}/api/v1/{path}{"?" if shown else ""}{urlencode(shown)}>; rel="{name}"'.encode())
            for name, shown in pages
        ),
    ]
