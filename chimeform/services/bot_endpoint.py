"""The border to where a bot's events go: what the service will try, tried before it is told of it.

An HTTPS endpoint gets the challenge of the guide; a Lambda function is looked up, its dry run is made, and its resource
policy is read [guide: Integrating chatbots]. Nothing here changes anything.
"""

from __future__ import annotations

import json
import secrets
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ServiceError, ServiceFault
from .aws import Services
from .loopback import is_here

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

PATIENCE_SECONDS = 2.0
"""How long an endpoint has for an event [guide: Sending events]; for the challenge the guide gives no other time."""
_LARGEST_ANSWER = 64 * 1024
_JSON = "application/json"


@dataclass(frozen=True)
class Finding:
    """Something that was looked at: it is in order, or `code` says what is wrong and `do` what to do about it."""

    what: str
    is_good: bool = True
    code: str = ""
    why: str = ""
    do: str = ""


# ---------------------------------------------------------------- HTTPS


def check_https(address: str) -> list[Finding]:
    """Send the challenge and judge the answer; the first thing that is wrong ends it."""
    import urllib3
    import urllib3.exceptions as failures

    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "https" and not is_here(host):
        return [
            _bad("CF-BOT-021", f"{address} is not an https address", "the service sends over TLS only", "use https")
        ]
    challenge = secrets.token_urlsafe(32)
    body = json.dumps({"Challenge": challenge, "EventType": "HTTPSEndpointVerification"}).encode()
    timeout, begun = urllib3.Timeout(total=PATIENCE_SECONDS), time.monotonic()
    try:
        with urllib3.PoolManager(timeout=timeout) as pool:
            answer = pool.request(
                "POST",
                address,
                body=body,
                headers={"Content-Type": _JSON, "User-Agent": "chimeform"},
                retries=False,
                redirect=False,
                preload_content=False,
            )
            text = _read_in_time(answer, begun)
    except (failures.HTTPError, OSError) as error:
        return [_unanswered(host, error)]
    return list(_judged(answer.status, answer.headers, text, challenge))


def _read_in_time(answer: BaseHTTPResponse, begun: float) -> bytes:
    """The answer, which may come in drops; raises `TimeoutError` for one that takes too long as a whole."""
    text = b""
    while len(text) < _LARGEST_ANSWER and (part := answer.read1(_LARGEST_ANSWER)):
        text += part
        if time.monotonic() - begun > PATIENCE_SECONDS:
            raise TimeoutError
    return text


def _judged(status: int, headers: Mapping[str, str], body: bytes, challenge: str) -> Iterator[Finding]:
    if 300 <= status < 400:
        do = "declare the address that it leads to, or answer at this one"
        yield _bad("CF-BOT-023", f"it answers with a redirect ({status})", "the service follows none", do)
        return
    if status != 200:
        do = "let it answer the challenge with 200; look at its log for why it did not"
        yield _bad("CF-BOT-024", f"it answers with status {status}", "the service takes 200 only", do)
        return
    yield Finding("it answers in time, with status 200")
    content = headers.get("content-type", "").partition(";")[0].strip().casefold()
    if content != _JSON:
        found = f"its Content-type is {content!r}" if content else "it sends no Content-type"
        yield _bad("CF-BOT-025", found, f"the service takes {_JSON} only", f"send 'Content-type: {_JSON}'")
        return
    yield Finding(f"its Content-type is {_JSON}")
    if _challenge_in(body) != challenge:
        do = 'answer {"Challenge": "…"} with the value of the request, as it is'
        yield _bad("CF-BOT-026", "it does not send the challenge back", "that proves whose endpoint it is", do)
        return
    yield Finding("it sends the challenge back")


def _challenge_in(body: bytes) -> Any:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer.get("Challenge") if isinstance(answer, dict) else None


def _unanswered(host: str, error: Exception) -> Finding:
    import urllib3.exceptions as failures

    chain = list(_causes(error))
    certificate = next((one for one in chain if isinstance(one, ssl.SSLCertVerificationError)), None)
    if certificate is not None:
        do = "use a certificate of a public authority for this very name, with its whole chain, that has not run out"
        found = f"its certificate is not valid: {certificate.verify_message}"
        return _bad("CF-BOT-021", found, "the service trusts public certificates only", do)
    if any(isinstance(one, ssl.SSLError | failures.SSLError) for one in chain):
        return _bad(
            "CF-BOT-021", "it does not speak TLS", "the service sends over TLS only", "look at the port and TLS"
        )
    if any(isinstance(one, failures.NameResolutionError | socket.gaierror) for one in chain):
        do = "correct the name, or publish an A record for it"
        return _bad("CF-BOT-020", f"the name {host} is not known", "the DNS has no address for it", do)
    is_refused = any(isinstance(one, failures.NewConnectionError | ConnectionError) for one in chain)
    if not is_refused and any(isinstance(one, failures.TimeoutError | TimeoutError) for one in chain):
        do = "let it answer at once, and do its work afterwards; look whether a firewall is in between"
        found = f"it does not answer within {PATIENCE_SECONDS:g} seconds"
        return _bad("CF-BOT-022", found, "the service waits no longer for an event", do)
    do = "start it, and let it be reached from the internet on this port"
    return _bad("CF-BOT-020", f"no connection is made ({type(error).__name__})", "nothing answers there", do)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error with everything that stands behind it; urllib3 keeps some of it in members of its own."""
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop()
        if id(one) not in seen:
            seen.add(id(one))
            yield one
            others = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
            todo += [other for other in others if isinstance(other, BaseException)]


# ---------------------------------------------------------------- Lambda


def check_lambda(arn: str, aws: Services) -> list[Finding]:
    """Whether the function is there and lets itself be invoked, and what its resource policy says. Raises nothing."""
    return list(_looked_at(arn, aws))


def _looked_at(arn: str, aws: Services) -> Iterator[Finding]:
    try:
        aws.call("lambda", "GetFunctionConfiguration", {"FunctionName": arn})
    except ServiceError as error:
        if error.fault is ServiceFault.ABSENT:
            do = "deploy it, or correct the ARN"
            yield _bad("CF-BOT-027", "there is no such function", "Lambda knows none of that ARN", do)
        else:
            yield _bad(error.code, error.summary, error.why, error.do)
        return
    yield Finding("the function is there")
    try:
        aws.call("lambda", "Invoke", {"FunctionName": arn, "InvocationType": "DryRun"})
    except ServiceError as error:
        yield _bad("CF-BOT-028", f"its dry run fails: {error.summary}", "the service makes one too", error.do)
        return
    yield Finding("its dry run succeeds with these credentials")
    yield _permission(arn, aws)


def _permission(arn: str, aws: Services) -> Finding:
    will_be = "its resource policy does not name Amazon Chime yet; the service adds that when the bot is set up"
    try:
        policy = json.loads(aws.call("lambda", "GetPolicy", {"FunctionName": arn})["Policy"])
    except ServiceError as error:
        if error.fault is ServiceFault.ABSENT:
            return Finding(will_be)
        return _bad(error.code, error.summary, error.why, error.do)
    statements = policy.get("Statement", [])
    named = any("chime" in json.dumps(one.get("Principal", "")).casefold() for one in statements)
    return Finding("its resource policy names Amazon Chime") if named else Finding(will_be)


def _bad(code: str, what: str, why: str, do: str) -> Finding:
    return Finding(what, is_good=False, code=code, why=why, do=do)
