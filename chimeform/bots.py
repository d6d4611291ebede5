"""For authors of chatbots: whether a request comes from Amazon Chime.

    from chimeform.bots import NotFromAmazonChime, verify_https

    try:
        event = verify_https(request.headers, request.body, token)
    except NotFromAmazonChime:
        return 403

The service signs `TIMESTAMP|BODY` with the bot's security token by HMAC-SHA256, and sends the signature in base64
[guide: Authenticating chatbot requests]. Nothing but the standard library is imported here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

SIGNATURE, TIMESTAMP = "Chime-Signature", "Chime-Request-Timestamp"
"""The names of both values: of HTTPS headers, and in the client context of a Lambda function."""


class Reason(StrEnum):
    MISSING = "the signature or its timestamp is missing"
    MISMATCH = "the signature does not fit the body, the timestamp and the token"
    STALE = "the request is older than what is taken, or from the future"
    UNREADABLE = "the timestamp or the body cannot be read"


class NotFromAmazonChime(Exception):
    """The request is not to be acted on. It holds neither the token nor the signature that would have been right."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def sign(timestamp: str, body: bytes, token: str) -> str:
    """The signature of a request, for tests of a bot: `Chime-Signature` for that `Chime-Request-Timestamp`."""
    signed = timestamp.encode() + b"|" + body
    return base64.b64encode(hmac.digest(token.encode(), signed, hashlib.sha256)).decode("ascii")


def verify_https(
    headers: Mapping[str, str],
    body: bytes | str,
    token: str,
    *,
    max_age: timedelta | None = None,
    now: datetime | None = None,
) -> Any:
    """The event in the body of an HTTPS request, once it is sure that Amazon Chime sent it.

    `body` is what came in, byte for byte. With `max_age`, a request that is older, or as far in the future, is refused;
    every attempt of the service has a timestamp and a signature of its own. Raises `NotFromAmazonChime`.
    """
    raw = body.encode() if isinstance(body, str) else body
    timestamp = _check([raw], headers, token)
    _check_age(timestamp, max_age, now)
    return _read(raw)


def verify_lambda(
    event: Any,
    context: Any,
    token: str,
    *,
    max_age: timedelta | None = None,
    now: datetime | None = None,
) -> Any:
    """The same for an invocation of a Lambda function, whose values stand in the client context.

    `event` is the payload, as text or bytes where the runtime gives that. A runtime that has read it already has lost
    its exact form; it is then written back in the forms that JSON writers use, and one of them has to fit. `context` is
    the function's context, its client context, or that in base64 as it is sent.
    """
    if isinstance(event, bytes | str):
        forms = [event.encode() if isinstance(event, str) else event]
    else:
        forms = list(dict.fromkeys(_written(event)))
    timestamp = _check(forms, _client_context(context), token)
    _check_age(timestamp, max_age, now)
    return _read(forms[0])


def _check(forms: list[bytes], values: Mapping[str, Any], token: str) -> str:
    """The timestamp of what is signed rightly. Every form is compared, so that time tells nothing."""
    by_name = {str(name).casefold(): value for name, value in values.items()}
    signature, timestamp = by_name.get(SIGNATURE.casefold()), by_name.get(TIMESTAMP.casefold())
    if not signature or not timestamp:
        raise NotFromAmazonChime(Reason.MISSING)
    said = str(signature).strip().encode()
    matches = [hmac.compare_digest(sign(str(timestamp), form, token).encode(), said) for form in forms]
    if not token or not any(matches):
        raise NotFromAmazonChime(Reason.MISMATCH)
    return str(timestamp)


def _check_age(timestamp: str, max_age: timedelta | None, now: datetime | None) -> None:
    if max_age is None:
        return
    try:
        sent = datetime.fromisoformat(timestamp)
    except ValueError as error:
        raise NotFromAmazonChime(Reason.UNREADABLE) from error
    sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
    if abs((now or datetime.now(UTC)) - sent) > max_age:
        raise NotFromAmazonChime(Reason.STALE)


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotFromAmazonChime(Reason.UNREADABLE) from error


def _written(event: Any) -> Iterator[bytes]:
    for separators in ((",", ":"), (", ", ": ")):
        for is_ascii in (False, True):
            text = json.dumps(event, separators=separators, ensure_ascii=is_ascii)
            yield text.encode("utf-8", "surrogatepass")


def _client_context(context: Any) -> Mapping[str, Any]:
    """The two values, wherever the runtime has put them; empty where there are none."""
    found = getattr(context, "client_context", context)
    if isinstance(found, str | bytes):
        try:
            found = json.loads(base64.b64decode(found, validate=True))
        except (binascii.Error, ValueError, RecursionError):
            return {}
    custom = found.get("custom") if isinstance(found, Mapping) else getattr(found, "custom", None)
    own = found if isinstance(found, Mapping) else getattr(found, "__dict__", {})
    return {**(custom if isinstance(custom, Mapping) else {}), **own}


__all__ = ["SIGNATURE", "TIMESTAMP", "NotFromAmazonChime", "Reason", "sign", "verify_https", "verify_lambda"]
