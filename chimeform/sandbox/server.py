"""The ASGI application. A request meets, in this order: the control surface or the signature, the route, the faults,
IAM, the model's checks, the operation; then the answer is made, after everything that happened is stored."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import datetime
from email.utils import formatdate
from functools import lru_cache, partial
from typing import Any

from chimeform.sandbox import console_page
from chimeform.sandbox.access import Caller, read_caller
from chimeform.sandbox.aws import HttpAnswer, HttpRequest, refuse_access
from chimeform.sandbox.aws_actions import access_of, directory_of
from chimeform.sandbox.calls import Call
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.control import Control
from chimeform.sandbox.faults import BATCHES, Strike
from chimeform.sandbox.instance import Sandbox
from chimeform.sandbox.okta import organisation
from chimeform.sandbox.okta.protocol import OktaError
from chimeform.sandbox.okta.routes import Call as OktaCall
from chimeform.sandbox.okta.routes import find_call
from chimeform.sandbox.store import DataFileError
from chimeform.sandbox.trail import ApiCall
from chimeform.sandbox.wire import Answer, Endpoint, Query, Service, parse_query

_LOG = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Abort = Callable[[tuple[str, int]], None]
"""Close the connection of a client, by its address, without another byte."""

_BODY_LIMIT = 10_000_000
_JSON = (b"content-type", b"application/json")
# They call out to the customer's endpoint and must not hold up the whole server while it answers.
_CALLING_OUT = frozenset({"PutEventsConfiguration"})
_NO_STRIKE = Strike()


class App:
    """Speaks for one sandbox. `abort` belongs to the server that runs it and is needed for dropped responses."""

    def __init__(self, sandbox: Sandbox, control: Control, abort: Abort) -> None:
        self._sandbox = sandbox
        self._control = control
        self._abort = abort
        # Operations are synchronous and so happen one after the other; only one that calls out needs the lock.
        self._world = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        path: bytes = scope["raw_path"]
        if path.startswith(b"/_sandbox"):
            await self._serve_control(scope, headers, receive, send)
            return
        # Signed, it is the S3 bucket of that name.
        is_page = path.startswith(b"/console") and scope["method"] == "GET" and b"authorization" not in headers
        if is_page and (file := console_page.find(path)) is not None:
            status, shown, content = self._control.show_console(file, headers, scope["client"][0])
            await _send(send, status, shown, content)
            return
        if path.startswith(b"/okta/") and not _is_signed(scope, headers):
            await self._serve_okta(scope, headers, receive, send)
            return
        body = await _read_body(headers, receive)
        caller = read_caller(headers, scope["query_string"])
        if caller is None:
            is_ours = not (path == b"/" and scope["method"] == "POST")  # some STS calls go unsigned, by design
        else:
            signed = self._sandbox.signed.get(caller.service)
            is_ours = caller.service in ("chime", "") if signed is None else signed.plays(headers)
        if is_ours:
            await self._serve_api(scope, headers, body, caller, receive, send)
        else:
            await self._serve_other(scope, headers, body, caller, send)

    async def _serve_control(
        self, scope: Message, headers: Mapping[bytes, bytes], receive: Receive, send: Send
    ) -> None:
        body = await _read_body(headers, receive)
        async with self._world:
            status, answer = await self._control.answer(
                scope["method"],
                scope["raw_path"],
                parse_query(scope["query_string"]),
                headers,
                body,
                scope["client"][0],
            )
        await _send(send, status, [_JSON, *console_page.NO_LEAKS], json.dumps(answer).encode())

    async def _serve_other(
        self, scope: Message, headers: Mapping[bytes, bytes], body: bytes, caller: Caller | None, send: Send
    ) -> None:
        texts = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        query = scope["query_string"].decode("latin-1")
        request = HttpRequest(scope["method"], scope["raw_path"], query, texts, body)
        status, pairs, answer = self._refusal(request, caller) or await self._sandbox.others.answer(request, caller)
        encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
        length = dict(encoded).get(b"content-length")
        kept = [pair for pair in encoded if pair[0] not in (b"content-length", b"connection")]
        # The answer to HEAD tells the length of what GET would bring.
        is_head = request.method == "HEAD" and length is not None
        await _send(send, status, kept, answer, length if is_head else None)

    def _refusal(self, request: HttpRequest, caller: Caller | None) -> HttpAnswer | None:
        """What another service answers to a caller whom IAM does not let through; nobody asks who has not signed."""
        sandbox = self._sandbox
        if caller is None or sandbox.policy.document is None:
            return None
        access = access_of(request, caller, sandbox.account_id)
        try:
            if access is not None:
                sandbox.policy.check_document(access, caller.arn(sandbox.account_id))
        except ApiError as error:
            return refuse_access(request, caller.service, error.message)
        return None

    async def _serve_api(
        self,
        scope: Message,
        headers: Mapping[bytes, bytes],
        body: bytes,
        caller: Caller | None,
        receive: Receive,
        send: Send,
    ) -> None:
        path: bytes = scope["raw_path"]
        request_id = _new_request_id()
        service = self._find_service(path, caller)
        query = parse_query(scope["query_string"])
        call, fact = None, None
        is_dropped = False
        try:
            endpoint, labels = self._find_endpoint(service, scope["method"], path, query)
            if caller is None:
                raise ApiError("MissingAuthenticationTokenException", "Missing Authentication Token")
            call = self._sandbox.calls.note(Call(service.name, endpoint.name, request_id, self._sandbox.clock.now()))
            if service.signing_name == "chime":
                agent, address = headers.get(b"user-agent", b""), scope["client"][0]
                fact = ApiCall(endpoint, caller, request_id, agent, address, labels, query, body)
            strike = self._strike(endpoint.name)
            if strike.delay:
                await self._wait(strike.delay)
            is_dropped = strike.is_dropped
            answer = await self._perform(endpoint, labels, query, headers, body, caller, strike)
        except ApiError as error:
            answer = service.write_error(error)
        moment = self._sandbox.clock.now()
        if fact is not None:
            fact.settle(moment, answer[1], answer[2])
            self._sandbox.trail.note(fact)
        if is_dropped:
            await self._drop(scope, receive)
            return
        if call is not None:
            call.status = answer[0]
        await _send_answer(send, service.content_type, request_id, moment, answer)

    def _find_endpoint(
        self, service: Service, method: str, path: bytes, query: Query
    ) -> tuple[Endpoint, dict[str, str]]:
        """What a request asks for. The chime service refuses what is the voice service's, as it does new accounts."""
        try:
            return service.find(method, path, query)
        except ApiError as error:
            for other in self._sandbox.services if not service.prefix else ():
                if other.prefix and _answers(other, method, path, query):
                    text = (
                        f"Account Id {self._sandbox.account_id} is not authorized to call deprecated Amazon Chime SDK "
                        f'API on the "chime" endpoint, use one of the "*-chime*" endpoints instead '
                        f"(here: {other.prefix})"
                    )
                    raise ApiError("ForbiddenException", text) from error
            raise

    async def _serve_okta(self, scope: Message, headers: Mapping[bytes, bytes], receive: Receive, send: Send) -> None:
        body = await _read_body(headers, receive)
        sandbox, request_id, is_dropped = self._sandbox, _new_request_id(), False
        query = parse_query(scope["query_string"])
        try:
            call = find_call(scope["method"], scope["raw_path"])
            noted = sandbox.calls.note(Call("okta", call.name, request_id, sandbox.clock.now()))
            strike = self._strike(call.name)
            if strike.delay:
                await self._wait(strike.delay)
            is_dropped = strike.is_dropped
            # Like every operation it waits for the one that calls out.
            async with self._world:
                answer = self._run_okta(call, query, headers, body, strike)
            noted.status = None if is_dropped else answer[0]
        except OktaError as error:
            answer = organisation.write_error(error, [])
        except ApiError:
            answer = organisation.write_error(organisation.broken(), [])
        if is_dropped:
            await self._drop(scope, receive)
            return
        status, pairs, content = answer
        date = _http_date(int(sandbox.clock.now().timestamp()))
        await _send(send, status, [*pairs, (b"x-okta-request-id", request_id.encode()), (b"date", date)], content)

    def _run_okta(
        self, call: OktaCall, query: Query, headers: Mapping[bytes, bytes], body: bytes, strike: Strike
    ) -> organisation.OktaAnswer:
        ctx = self._sandbox.console_context()
        try:
            try:
                return organisation.answer(ctx, self._sandbox.okta_limits, call, query, headers, body, strike.error)
            finally:
                self._sandbox.commit()
        except Exception as error:
            # A defect, or a data file that cannot be written, must reach the client as the service's own failure.
            _LOG.exception("%s failed", call.name)
            raise organisation.broken() from error

    async def _drop(self, scope: Message, receive: Receive) -> None:
        self._abort(tuple(scope["client"]))
        while (await receive())["type"] != "http.disconnect":
            pass

    def _find_service(self, path: bytes, caller: Caller | None) -> Service:
        if caller is not None and (signed := self._sandbox.signed.get(caller.service)) is not None:
            return signed
        services = self._sandbox.services
        return next((item for item in services if path.startswith(item.path_start)), services[-1])

    def _strike(self, operation: str) -> Strike:
        faults = self._sandbox.faults
        return faults.strike(operation, self._sandbox.fault_chance) if faults else _NO_STRIKE

    async def _wait(self, seconds: float) -> None:
        generation = self._sandbox.generation
        await asyncio.sleep(seconds)
        if generation != self._sandbox.generation:
            # What was held back belongs to a world that was forgotten; it must not reach into the new one.
            raise ApiError("ServiceUnavailableException", "The sandbox was reset meanwhile")

    async def _perform(
        self,
        endpoint: Endpoint,
        labels: Mapping[str, str],
        query: Query,
        headers: Mapping[bytes, bytes],
        body: bytes,
        caller: Caller,
        strike: Strike,
    ) -> Answer:
        if strike.error is not None:
            raise strike.error
        arn = caller.arn(self._sandbox.account_id)
        context = partial(self._sandbox.context, arn, caller.region, is_stale=strike.is_stale)
        resource = directory_of(query, caller, self._sandbox.account_id)
        self._sandbox.policy.check(endpoint.action, arn, resource)
        if len(body) > _BODY_LIMIT:
            raise ApiError("RequestEntityTooLargeException", f"The body is longer than {_BODY_LIMIT} bytes")
        params = endpoint.read_request(labels, query, headers, body)
        failed = strike.split(endpoint.name, params, self._sandbox.fault_chance)
        result = await self._run(endpoint, params, context)
        if failed:
            member = BATCHES[endpoint.name].failures
            result = {**result, member: [*result.get(member, ()), *failed]}
        return endpoint.status, endpoint.write_answer(result), None

    async def _run(self, endpoint: Endpoint, params: dict[str, Any], context: Callable[[], Context]) -> dict[str, Any]:
        if endpoint.name in _CALLING_OUT:
            async with self._world:
                return await asyncio.to_thread(self._run_now, endpoint, params, context)
        if self._world.locked():
            async with self._world:
                return self._run_now(endpoint, params, context)
        return self._run_now(endpoint, params, context)

    def _run_now(self, endpoint: Endpoint, params: dict[str, Any], context: Callable[[], Context]) -> dict[str, Any]:
        try:
            try:
                return endpoint.run(context(), params)
            finally:
                self._sandbox.commit()
        except ApiError:
            raise
        except DataFileError as error:
            _LOG.error("%s", error)
            raise ApiError("ServiceFailureException", f"The data file cannot be written: {error}") from error
        except Exception as error:
            # A defect of an operation must reach the client as the service's own failure, and the log as what it is.
            _LOG.exception("%s failed", endpoint.name)
            raise ApiError("ServiceFailureException", "Service failure") from error


def _is_signed(scope: Message, headers: Mapping[bytes, bytes]) -> bool:
    """Whether AWS credentials signed it: then it is for the S3 bucket of that name."""
    return headers.get(b"authorization", b"").startswith(b"AWS4-") or b"X-Amz-Credential=" in scope["query_string"]


def _answers(service: Service, method: str, path: bytes, query: Query) -> bool:
    try:
        service.find(method, service.prefix.encode() + path, query)
    except ApiError:
        return False
    return True


def _new_request_id() -> str:
    # The form of a UUID; uuid.uuid4 takes five times as long and every answer needs one.
    digits = os.urandom(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


@lru_cache(maxsize=8)
def _http_date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


async def _read_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return b""
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send_answer(
    send: Send, content_type: tuple[bytes, bytes], request_id: str, moment: datetime, answer: Answer
) -> None:
    """The date is the sandbox's own: cool-downs and deadlines are measured with the service's clock."""
    status, body, error = answer
    headers = [content_type, (b"x-amzn-requestid", request_id.encode()), (b"date", _http_date(int(moment.timestamp())))]
    if error is not None:
        headers.append((b"x-amzn-errortype", error.encode()))
    await _send(send, status, headers, body)


async def _send(send: Send, status: int, headers: Headers, body: bytes, length: bytes | None = None) -> None:
    """Send an answer. A 204 has no body, whatever was to be in it, and no length either.

    Bytes after its head would be read as the start of the next answer.
    """
    has_body = status not in (204, 304)
    if has_body:
        headers.append((b"content-length", length or b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if has_body else b""})
