"""The other AWS services behind the same port: answered by moto, which is imported when the first of them is called.

What moto lacks is refused in the form of the service's own protocol (501 NotImplemented), which SDKs report as it is
and do not retry. `sts GetCallerIdentity`, the one call that every client makes, is answered without moto.
What these services hold lives in memory only: it is gone after a restart, and a reset empties it.
"""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes
from xml.sax.saxutils import escape

from chimeform.sandbox.access import Caller, RoleSession
from chimeform.sandbox.aws_corrections import correction_of
from chimeform.sandbox.context import Directory
from chimeform.sandbox.moto_roles import LinkedRoles, Outlook, teach_roles

_LOG = logging.getLogger(__name__)

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
HttpAnswer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers, body."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in, for the services that are not ours."""

    method: str
    raw_path: bytes
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of an AWS query-protocol request; empty for any other."""
        if not self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return {}
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    @property
    def operation(self) -> str:
        """The operation as far as the request names it; else method and path."""
        if target := self.headers.get("x-amz-target"):
            return target.rpartition(".")[2]
        return self.form.get("Action") or f"{self.method} {self.raw_path.decode('latin-1')}"


class OtherServices:
    """moto in one worker thread: its backends are not made for several, and a conditional write must be one step."""

    def __init__(self, account_id: str, outlook: Callable[[], Outlook]) -> None:
        self._account_id = account_id
        self.linked_roles = LinkedRoles(account_id, outlook)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="moto")
        self._app: Wsgi | None = None

    async def answer(self, request: HttpRequest, caller: Caller | None) -> HttpAnswer:
        service = caller.service if caller is not None else "sts"
        if service == "sts" and request.form.get("Action") == "GetCallerIdentity" and caller is not None:
            return _answer_caller_identity(self._account_id, caller)
        if service == "iam":
            self.linked_roles.look()
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._ask_moto, request, service)

    async def reset(self) -> None:
        """Empty every service; moto has nothing to forget while it is not loaded."""
        self.linked_roles.clear()
        if self._app is not None:
            await asyncio.get_running_loop().run_in_executor(self._worker, _reset_moto)

    def find_directory(self, directory_id: str, region: str) -> Directory | None:
        """A directory of AWS Directory Service; there is none as long as nobody has used the service."""
        found = self._directories(region).get(directory_id)
        if found is None:
            return None
        return Directory(directory_id, found.name, found.directory_type, found.stage)

    def set_directory_stage(self, directory_id: str, region: str, stage: str) -> None:
        """Let a directory be in a Stage that moto never brings it into. KeyError for an unknown one."""
        self._directories(region)[directory_id].stage = stage

    def set_bucket_owner(self, bucket: str, owner: str) -> None:
        """Let a bucket be another AWS account's, of which moto plays none. KeyError for an unknown one."""
        if "moto.s3.models" not in sys.modules:
            raise KeyError(bucket)
        from moto.s3.models import s3_backends

        partition, _ = s3_backends.bucket_accounts[bucket]
        s3_backends.bucket_accounts[bucket] = (partition, owner)

    def find_session(self, access_key: str) -> RoleSession | None:
        """The assumed role that AWS STS gave an access key for; None for any other key."""
        if "moto.sts.models" not in sys.modules:
            return None
        from moto.sts.models import sts_backends

        found = sts_backends[self._account_id]["aws"].get_assumed_role_from_access_key(access_key)
        return None if found is None else RoleSession(found.arn, found.role_arn, found.user_id)

    def _directories(self, region: str) -> dict[str, Any]:
        # Importing the backend here would hold up the server, and an empty one would be all that came of it.
        if "moto.ds.models" not in sys.modules:
            return {}
        from moto.ds.models import ds_backends

        directories: dict[str, Any] = ds_backends[self._account_id][region].directories
        return directories

    def close(self) -> None:
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _ask_moto(self, request: HttpRequest, service: str) -> HttpAnswer:
        if corrected := correction_of(service, request.operation, request.body):
            return _refuse(request, service, 400, corrected.code, corrected.message)
        try:
            if self._app is None:
                self._app = _load_moto(self._account_id)
                teach_roles(self.linked_roles)
            if service == "iam":
                self.linked_roles.settle()
            if service == "s3" and _is_of_another_owner(request):
                return _refuse(request, service, 403, "AccessDenied", "Access Denied")
            status, headers, body = _call_wsgi(self._app, _environ(request))
        except ImportError as error:
            return _refuse(request, service, 501, "NotImplemented", f"the sandbox answers {service} with moto: {error}")
        except Exception as error:  # noqa: BLE001 - see below
            # moto raises whatever its backends raise; the client must get an answer in its own protocol all the same.
            if not _is_gap(error):
                _LOG.exception("moto failed at %s %s", service, request.operation)
                return _refuse(request, service, 500, "InternalFailure", f"{type(error).__name__} in moto: {error}")
            return _refuse_unknown(request, service)
        # moto answers in XML, JSON or CBOR; a page of HTML comes from the framework below it, which found no operation.
        if status >= 400 and body.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
            return _refuse_unknown(request, service)
        return status, headers, body


def _is_of_another_owner(request: HttpRequest) -> bool:
    """moto does not hold the bucket's owner against the one whom the request expects [S3: bucket owner condition]."""
    expected = request.headers.get("x-amz-expected-bucket-owner")
    if expected is None:
        return False
    from moto.s3.models import s3_backends

    _, owner = s3_backends.bucket_accounts.get(request.raw_path.decode("latin-1").split("/")[1], ("", expected))
    return bool(owner != expected)


def _load_moto(account_id: str) -> Wsgi:
    os.environ["MOTO_ACCOUNT_ID"] = account_id  # moto reads it once, when it is imported
    from moto.core.config import default_user_config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    # nothing here runs anybody's code: an invocation, also a dry run, says that it went well
    default_user_config["lambda"]["use_docker"] = False
    app: Wsgi = DomainDispatcherApplication(create_backend_app)
    return app


def _reset_moto() -> None:
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


def _is_gap(error: Exception) -> bool:
    """Whether moto's failure means that it does not know the service or the operation."""
    if isinstance(error, NotImplementedError):
        return True
    # An unknown service ends in a look-up of a backend that is not there.
    return isinstance(error, ModuleNotFoundError | KeyError | AttributeError | TypeError) and not _in_backend(error)


def _in_backend(error: Exception) -> bool:
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_globals.get("__name__", "")
        if name.endswith((".responses", ".models")) and name != "moto.core.responses":
            return True
        trace = trace.tb_next
    return False


def _environ(request: HttpRequest) -> dict[str, Any]:
    host, _, port = request.headers.get("host", "127.0.0.1:80").rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # WSGI carries bytes as latin-1 text.
        "PATH_INFO": unquote_to_bytes(request.raw_path).decode("latin-1"),
        "RAW_URI": request.raw_path.decode("latin-1") + (f"?{request.query}" if request.query else ""),
        "QUERY_STRING": request.query,
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if name not in ("content-type", "content-length", "transfer-encoding"):
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ


def _call_wsgi(app: Wsgi, environ: dict[str, Any]) -> HttpAnswer:
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
        started[:] = [(status, headers)]

    parts = app(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    status, headers = started[0]
    return int(status.split(" ", 1)[0]), headers, body


def refuse_access(request: HttpRequest, service: str, message: str) -> HttpAnswer:
    """A refusal of IAM: what it is called, and with which status, depends on the protocol.

    The JSON protocols send every fault of the caller with 400, and the older ones in XML leave out "Exception".
    """
    if "smithy-protocol" in request.headers or "x-amz-target" in request.headers:
        return _refuse(request, service, 400, "AccessDeniedException", message)
    is_xml = bool(request.form) or service in _XML_SERVICES
    code = "UnauthorizedOperation" if service == "ec2" else "AccessDenied" if is_xml else "AccessDeniedException"
    return _refuse(request, service, 403, code, message)


def _refuse_unknown(request: HttpRequest, service: str) -> HttpAnswer:
    what = f"The sandbox does not play {service} {request.operation}"
    return _refuse(request, service, 501, "NotImplemented", what)


def _refuse(request: HttpRequest, service: str, status: int, code: str, message: str) -> HttpAnswer:
    """An error in the protocol of the request, as far as the request shows which one that is."""
    request_id = str(uuid.uuid4())
    headers = [("x-amzn-RequestId", request_id)]
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        body = b"\xa2" + b"".join(map(_cbor_text, ("__type", code, "message", message)))
        return status, [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor"), *headers], body
    if "x-amz-target" in request.headers:
        kind = request.headers.get("content-type", "application/x-amz-json-1.1")
        return status, [("Content-Type", kind), *headers], json.dumps({"__type": code, "message": message}).encode()
    if request.form or service in _XML_SERVICES:
        error = f"<Code>{code}</Code><Message>{escape(message)}</Message>"
        return status, [("Content-Type", "text/xml"), *headers], _xml_error(service, error, request_id).encode()
    body = json.dumps({"Code": code, "Message": message, "message": message}).encode()
    return status, [("Content-Type", "application/json"), ("x-amzn-ErrorType", code), *headers], body


_XML_SERVICES = frozenset({"s3", "s3express", "route53", "cloudfront"})


def _xml_error(service: str, error: str, request_id: str) -> str:
    if service == "ec2":
        return f"<Response><Errors><Error>{error}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    if service.startswith("s3"):
        return f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
    return (
        f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _cbor_text(text: str) -> bytes:
    raw = text.encode()
    return b"\x7a" + len(raw).to_bytes(4, "big") + raw


def _answer_caller_identity(account_id: str, caller: Caller) -> HttpAnswer:
    request_id = str(uuid.uuid4())
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{escape(caller.arn(account_id))}</Arn><UserId>{escape(caller.access_key)}</UserId>"
        f"<Account>{account_id}</Account></GetCallerIdentityResult>"
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )
    return 200, [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)], body.encode()
