"""The protocol of one service, REST-JSON or AWS JSON, built from botocore's model: routes, requests, answers, errors.

Everything is compiled when the service is mounted; a request then walks a small tree and calls functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from chimeform.sandbox.context import ApiError, Operation
from chimeform.sandbox.shapes import Check, Checks, Model, Violation, Write, Writers, required

# `Code` in an error's body where it is not simply the shape's name without "Exception" [domain page, section 3].
_SHORT_CODES = {
    "UnauthorizedClientException": "Unauthorized",
    "ThrottledClientException": "Throttled",
    "UnprocessableEntityException": "Unprocessable",
}
# Errors of the gateway in front of the service: they are in no service model.
_GATEWAY_STATUS = {
    "AccessDeniedException": 403,
    "MissingAuthenticationTokenException": 403,
    "UnknownOperationException": 404,
    "RequestEntityTooLargeException": 413,
}
_JSON_STATUS = {"InternalServerException": 500, "RequestEntityTooLargeException": 413}
# What this module and the server say, in the words of services whose models lack those shapes.
_OTHER_NAMES = {
    "BadRequestException": "ValidationException",
    "ThrottledClientException": "ThrottlingException",
    "ServiceFailureException": "InternalServerException",
    "ServiceUnavailableException": "InternalServerException",
}
# Made once: json.dumps would make one for every answer.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_READS = ("Get", "List", "Search", "Describe", "Lookup", "Validate")
_BAD_REQUEST = "Service received a bad request"

Query = Sequence[tuple[str, str]]
Answer = tuple[int, bytes, str | None]
"""HTTP status, body, and the error's shape name for the x-amzn-ErrorType header (None: no error)."""


@dataclass(frozen=True, slots=True)
class _Located:
    """An input member that travels in the path, the query or a header."""

    member: str
    name: str
    check: Check
    read: Callable[[str, str], Any]
    """Text -> the JSON value that the check expects."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation of the service, ready to be called."""

    name: str
    service: str
    """Name of its model: chime."""
    action: str
    """As IAM calls it: chime:GetAccount."""
    is_read: bool
    status: int
    run: Operation
    labels: Mapping[str, _Located]
    query: Mapping[str, _Located]
    headers: Mapping[str, _Located]
    body: Sequence[tuple[str, Check]]
    required: Sequence[str]
    write: Write | None
    refusals: Mapping[str, str]
    """The error for a member that breaks the model, where it has one of its own."""

    def read_request(
        self, labels: Mapping[str, str], query: Query, headers: Mapping[bytes, bytes], body: bytes
    ) -> dict[str, Any]:
        """The operation's parameters. Raises BadRequestException that names the member which breaks the model."""
        try:
            given = _read_object(body) if self.body else {}
            params = {
                member: check(given[member], member) for member, check in self.body if given.get(member) is not None
            }
            for name, text in labels.items():
                located = self.labels[name]
                if not text:
                    raise Violation(located.member, "have length greater than or equal to 1")
                params[located.member] = located.check(located.read(text, located.member), located.member)
            for name, text in query:
                if (wanted := self.query.get(name)) is not None:
                    params[wanted.member] = wanted.check(wanted.read(text, wanted.member), wanted.member)
            for name, wanted in self.headers.items():
                if (raw := headers.get(name.encode())) is not None:
                    text = raw.decode("latin-1")
                    params[wanted.member] = wanted.check(wanted.read(text, wanted.member), wanted.member)
            for member in self.required:
                if member not in params:
                    raise required(member)
        except Violation as violation:
            shape = self.refusals.get(violation.member, "BadRequestException")
            raise ApiError(shape, f"{_BAD_REQUEST}: {violation}") from violation
        return params

    def write_answer(self, result: Mapping[str, Any]) -> bytes:
        return _dump(self.write(result) if self.write is not None else {})


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    label: _Node | None = None
    label_name: str = ""
    routes: dict[str, list[tuple[dict[str, str], Endpoint]]] = field(default_factory=dict)
    """By HTTP method: the query that a route insists on, the longest first."""


class Service:
    """A mounted service: `prefix` is the path in front of its model's URIs ("" or "/chime-sdk-voice").

    `operations` must implement every operation of the model, unless `is_partial` says that the others are answered
    elsewhere; a gap is a programming error and raises LookupError. `refusals` names errors for members that break the
    model, by member.
    """

    def __init__(
        self,
        name: str,
        operations: Mapping[str, Operation],
        prefix: str = "",
        *,
        refusals: Mapping[str, str] | None = None,
        is_partial: bool = False,
    ) -> None:
        model = load_model(name)
        missing = sorted(set(model["operations"]) - set(operations))
        if missing and not is_partial:
            raise LookupError(f"no implementation of {name} operations: {', '.join(missing)}")
        self.name = name
        metadata = model["metadata"]
        self.signing_name: str = metadata.get("signingName") or metadata["endpointPrefix"]
        self._is_json = metadata["protocol"] == "json"
        kind = f"application/x-amz-json-{metadata['jsonVersion']}" if self._is_json else "application/json"
        self.content_type = (b"content-type", kind.encode())
        self.prefix = prefix
        self.path_start = f"{prefix}/".encode()
        self.endpoints: dict[str, Endpoint] = {}
        errors = {shape: spec for shape, spec in model["shapes"].items() if "error" in spec}
        # What is no fault of the service's own is a 400 in AWS JSON, whatever it is.
        gateway = _JSON_STATUS if self._is_json else _GATEWAY_STATUS
        self._statuses = gateway | {shape: spec["error"]["httpStatusCode"] for shape, spec in errors.items()}
        # The two Chime services share their errors; only one models the short code that both send.
        self._has_codes = "BadRequestException" in errors
        self._root = _Node()
        checks, writers = Checks(model), Writers(model)
        for operation, run in operations.items():
            endpoint = _compile_endpoint(model, name, operation, run, checks, writers, refusals or {})
            self.endpoints[operation] = endpoint
            self._mount(model["operations"][operation]["http"], endpoint)

    def _mount(self, http: Model, endpoint: Endpoint) -> None:
        path, _, fixed = http["requestUri"].partition("?")
        node = self._root
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                node.label = node.label or _Node()
                node = node.label
                node.label_name = segment.strip("{}+")
                continue
            node = node.literals.setdefault(segment, _Node())
        routes = node.routes.setdefault(http["method"], [])
        routes.append((dict(parse_qsl(fixed, keep_blank_values=True)), endpoint))
        routes.sort(key=lambda route: -len(route[0]))

    def plays(self, headers: Mapping[bytes, bytes]) -> bool:
        """Whether the operation that a request names in its head is one of these; one that names none there may be."""
        target = headers.get(b"x-amz-target")
        return target is None or target.rpartition(b".")[2].decode("latin-1") in self.endpoints

    def find(self, method: str, raw_path: bytes, query: Query) -> tuple[Endpoint, dict[str, str]]:
        """The operation that a request names and the labels of its path, each percent-decoded once.

        A label may have another name in a sibling route; the endpoint's own names are used. Raises
        UnknownOperationException, and BadRequestException for a path that is no UTF-8.
        """
        node = self._root
        values: list[str] = []
        try:
            for raw in raw_path[len(self.prefix) + 1 :].split(b"/"):
                segment = (unquote_to_bytes(raw) if b"%" in raw else raw).decode()
                if (literal := node.literals.get(segment)) is not None:
                    node = literal
                elif node.label is not None:
                    node = node.label
                    values.append(segment)
                else:
                    raise _unknown_operation(method, raw_path)
        except UnicodeDecodeError as error:
            raise ApiError("BadRequestException", f"{_BAD_REQUEST}: the path is not UTF-8") from error
        given = dict(query)
        routes = node.routes.get(method, ())
        for fixed, endpoint in routes:
            if all(given.get(key) == value for key, value in fixed.items()):
                # `POST …/users?operation=nonsense` is no BatchUpdateUser: a key that selects must select something.
                if not fixed and any(key in given for other, _ in routes for key in other):
                    break
                return endpoint, dict(zip(endpoint.labels, values, strict=True))
        raise _unknown_operation(method, raw_path)

    @property
    def error_shapes(self) -> Iterable[str]:
        """Names of the errors that the service and the gateway in front of it know."""
        return self._statuses.keys()

    def write_error(self, error: ApiError) -> Answer:
        """An error as the service sends it; a shape that neither model nor gateway knows counts as a bad request."""
        if not self._has_codes:
            shape = error.shape if error.shape in self._statuses else _OTHER_NAMES.get(error.shape, error.shape)
            told = {"__type": shape} if self._is_json else {}
            reason = {} if error.reason is None else {"Reason": error.reason}
            return self._statuses.get(shape, 400), _dump({**told, "Message": error.message, **reason}), shape
        code = error.code or _SHORT_CODES.get(error.shape) or error.shape.removesuffix("Exception")
        return self._statuses.get(error.shape, 400), _dump({"Code": code, "Message": error.message}), error.shape


def parse_query(raw: bytes) -> Query:
    """Key and value pairs of a query string, decoded; text that is no UTF-8 keeps replacement characters."""
    return parse_qsl(raw.decode("latin-1"), keep_blank_values=True) if raw else ()


def _unknown_operation(method: str, raw_path: bytes) -> ApiError:
    path = raw_path.decode("latin-1")
    return ApiError("UnknownOperationException", f"No operation of the service answers {method} {path}")


def _dump(value: Any) -> bytes:
    return _ENCODER.encode(value).encode()


def _read_object(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ApiError("BadRequestException", f"{_BAD_REQUEST}: the body is not valid JSON") from error
    if not isinstance(given, dict):
        raise ApiError("BadRequestException", f"{_BAD_REQUEST}: the body is not a JSON object")
    return given


def load_model(name: str) -> Model:
    # botocore's loader reads the JSON file; no session and no client is made, which would take ten times as long.
    from botocore.loaders import Loader

    model: Model = Loader().load_service_model(name, "service-2")
    return model


def _compile_endpoint(
    model: Model,
    service: str,
    name: str,
    run: Operation,
    checks: Checks,
    writers: Writers,
    refusals: Mapping[str, str],
) -> Endpoint:
    spec = model["operations"][name]
    shapes = model["shapes"]
    shape = shapes[spec["input"]["shape"]] if "input" in spec else {"members": {}}
    located: dict[str, dict[str, _Located]] = {"uri": {}, "querystring": {}, "header": {}}
    body: list[tuple[str, Check]] = []
    for member, ref in shape["members"].items():
        check = checks.check(ref["shape"])
        if (place := ref.get("location")) is None:
            body.append((member, check))
            continue
        wire_name = ref["locationName"].lower() if place == "header" else ref["locationName"]
        located[place][wire_name] = _Located(member, wire_name, check, _read_text(shapes[ref["shape"]]["type"]))
    path = spec["http"]["requestUri"].partition("?")[0]
    in_path_order = [part.strip("{}+") for part in path.split("/") if part.startswith("{")]
    metadata = model["metadata"]
    return Endpoint(
        name=name,
        service=service,
        action=f"{metadata.get('signingName') or metadata['endpointPrefix']}:{name}",
        is_read=name.startswith(_READS),
        status=spec["http"].get("responseCode", 200),
        run=run,
        labels={label: located["uri"][label] for label in in_path_order},
        query=located["querystring"],
        headers=located["header"],
        body=body,
        required=shape.get("required", ()),
        write=writers.writer(spec["output"]["shape"]) if "output" in spec else None,
        refusals=refusals,
    )


def _read_text(kind: str) -> Callable[[str, str], Any]:
    """How a value of that type is written in a path, a query or a header."""
    if kind in ("integer", "long"):
        return _read_integer
    if kind == "boolean":
        return _read_boolean
    return lambda text, _path: text


def _read_integer(text: str, path: str) -> int:
    if len(text) > 18 or not text.removeprefix("-").isascii() or not text.removeprefix("-").isdigit():
        raise Violation(path, "be an integer")
    return int(text)


def _read_boolean(text: str, path: str) -> bool:
    if text not in ("true", "false"):
        raise Violation(path, "be a boolean")
    return text == "true"
