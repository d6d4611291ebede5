"""The control surface: what tests, demos and the console page ask of the sandbox itself, as JSON under /_sandbox.

    GET    /_sandbox/health
    POST   /_sandbox/reset                              nothing, or {"seed": 7} to start the dice anew
    GET    /_sandbox/calls                              counts by operation; ?log=1: the calls in order
    GET    /_sandbox/clock     POST {"advance_seconds": 604800}
    GET    /_sandbox/faults    POST [fault, …] adds     DELETE ends all; what a fault looks like: `faults`
    GET    /_sandbox/iam       POST {"deny": ["chime:BatchUpdateUser"]} or {"allow": [...]}      DELETE
                               or {"policy": {"Version": …, "Statement": …}}: see `policy_document`
    GET    /_sandbox/settings  POST {"order_seconds": 0, "calling_name_seconds": 0, …}: fields of `context.Settings`
    GET    /_sandbox/accounts                           a summary of what there is
    GET    /_sandbox/people                             users and invitations; ?account=, ?status=, ?email= (a part of
                                                        it), ?MaxResults= and ?NextToken= choose which
    GET    /_sandbox/operations                         names of operations, of those on batches, of kinds of faults
    POST   /_sandbox/cloudtrail/deliver                 {"bucket": "acme-trail", "prefix": "…"}: log files into S3, with
                                                        what happened since the last delivery to that place
    POST   /_sandbox/calls-made                         {"calls": 20, "days": 7, "kind": "voice-connector"}: people
                                                        call, and the records go into the bucket of the settings
    POST   /_sandbox/seed                               {"accounts": 1, "users": 100000, …}: see `seed`
    PUT    /_sandbox/directories                        {"directory_id": "d-1234567890"} and a "stage" or "data_access"
    PUT    /_sandbox/buckets                            {"bucket": "theirs", "owner": "999988887777"}: it is another AWS
                                                        account's, which lets everybody in
    and what happens outside the API, /_sandbox/console/…, /people/… and /carrier/…: see `outside`

`iam` and `settings` extend the published surface. `/_sandbox/iam` makes the service refuse operations the way IAM does
(403 AccessDeniedException), for every caller; wildcards work. A whole policy document is in force for the other AWS
services too. `calls` counts what reaches Amazon Chime, not what reaches those. Control requests are never signed and
never counted; those that play the console leave their events in CloudTrail, of the IAM user whom the header
`X-Sandbox-User` names, else of the root user. Errors are {"Code", "Message"}.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from inspect import isawaitable
from typing import Any
from urllib.parse import unquote

from chimeform.sandbox import console_page
from chimeform.sandbox.call_records import make_calls
from chimeform.sandbox.chime.console import list_people, summary
from chimeform.sandbox.clock import format_timestamp
from chimeform.sandbox.cloudtrail.delivery import deliver
from chimeform.sandbox.cloudtrail.moves import TRACES, Trace, Visitor, perform
from chimeform.sandbox.context import ApiError
from chimeform.sandbox.control_input import bad_control, read_fields, read_json, read_query
from chimeform.sandbox.directory_data.world import set_data_access
from chimeform.sandbox.faults import BATCHES, KINDS
from chimeform.sandbox.instance import Sandbox
from chimeform.sandbox.origin import check_machine, check_origin
from chimeform.sandbox.outside import OUTSIDE, Act
from chimeform.sandbox.seed import seed_world
from chimeform.sandbox.store import DataFileError
from chimeform.sandbox.wire import Query

_LOG = logging.getLogger(__name__)

_REGION = "us-east-1"  # the one in which Amazon Chime looks for directories

Reply = Callable[[Sandbox, Mapping[str, str], Any], Any]
"""(sandbox, query, body) -> JSON of the answer, at once or when it is awaited."""


class Control:
    """The control surface of one sandbox; `is_open` lets other machines use it too."""

    def __init__(self, sandbox: Sandbox, *, is_open: bool) -> None:
        self._sandbox = sandbox
        self._is_open = is_open

    async def answer(
        self, method: str, raw_path: bytes, query: Query, headers: Mapping[bytes, bytes], body: bytes, peer: str | None
    ) -> tuple[int, Any]:
        """HTTP status and JSON of the answer; `peer` is the client's IP address."""
        sandbox = self._sandbox
        try:
            check_machine(headers, peer, is_open=self._is_open)
            check_origin(headers)
            path = raw_path.decode("latin-1").removeprefix("/_sandbox").lstrip("/")
            answer = self._find(method, path, Visitor.read(headers, peer))(sandbox, dict(query), read_json(body))
            if isawaitable(answer):
                answer = await answer
            sandbox.commit(is_state_changed=method != "GET")
        except ApiError as error:
            status, raw, _ = sandbox.services[-1].write_error(error)
            return status, json.loads(raw)
        except DataFileError as error:
            return 500, {"Code": "ServiceFailure", "Message": str(error)}
        except Exception:  # noqa: BLE001 - see below
            # Any operation can have a defect, of any type, and this is the outermost frame that speaks the protocol of
            # the control calls: above it, the caller would get a page of text where it reads JSON.
            _LOG.exception("%s %s failed", method, raw_path.decode("latin-1"))
            return 500, {"Code": "ServiceFailure", "Message": "the sandbox has a defect; its log says more"}
        return 200, {} if answer is None else answer

    def show_console(
        self, file: str, headers: Mapping[bytes, bytes], peer: str | None
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """HTTP status, headers and content of a file of the console page; it holds no data, any link may lead to it."""
        try:
            check_machine(headers, peer, is_open=self._is_open)
        except ApiError as error:
            return 403, [(b"content-type", b"text/plain; charset=utf-8")], error.message.encode()
        return 200, *console_page.read(file)

    def _find(self, method: str, path: str, visitor: Visitor) -> Reply:
        if (own := _OWN.get((method, path))) is not None:
            return own
        for (wanted, pattern), act in OUTSIDE.items():
            if wanted == method and (labels := _match(pattern, path)) is not None:
                return partial(_act, act, TRACES.get((wanted, pattern)), labels, visitor)
        is_known = any(known == path for _, known in _OWN) or any(_match(known, path) for _, known in OUTSIDE)
        problem = f"does not take {method}" if is_known else "is not part of the control surface"
        raise ApiError("NotFoundException", f"/_sandbox/{path} {problem}")


def _act(
    act: Act,
    trace: Trace | None,
    labels: Mapping[str, str],
    visitor: Visitor,
    sandbox: Sandbox,
    _query: Mapping[str, str],
    body: Any,
) -> Any:
    """Do what happens outside the API; a move at the console leaves its events."""
    ctx = sandbox.console_context()
    if trace is None:
        return act(ctx, labels, body)
    said = {**(body if isinstance(body, dict) else {}), **labels}
    return perform(trace, ctx, visitor, said, lambda: act(ctx, labels, body))


def _match(pattern: str, path: str) -> dict[str, str] | None:
    wanted, given = pattern.split("/"), [unquote(part) for part in path.split("/")]
    if len(wanted) != len(given):
        return None
    labels = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("{") and part:
            labels[want.strip("{}")] = part
        elif want != part:
            return None
    return labels


def _get_health(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    return {
        "status": "ready",
        "account_id": sandbox.account_id,
        "services": {service.name: len(service.endpoints) for service in (*sandbox.services, *sandbox.signed.values())},
        "seed": sandbox.chance.origin,
    }


async def _reset(sandbox: Sandbox, _query: Mapping[str, str], body: Any) -> None:
    sandbox.reset(read_fields(body, seed=int)["seed"] if body else None)
    await sandbox.others.reset()


async def _deliver(sandbox: Sandbox, _query: Mapping[str, str], body: Any) -> Any:
    asked = read_fields(body, {"prefix": str}, bucket=str)
    return await deliver(sandbox.console_context(), sandbox.others, asked["bucket"], asked.get("prefix", ""))


async def _make_calls(sandbox: Sandbox, _query: Mapping[str, str], body: Any) -> Any:
    return await make_calls(sandbox.console_context(), sandbox.others, body)


def _get_calls(sandbox: Sandbox, query: Mapping[str, str], _body: Any) -> Any:
    return sandbox.calls.describe() if query.get("log", "0") not in ("", "0") else sandbox.calls.counts()


def _get_clock(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    return {"now": format_timestamp(sandbox.clock.now()), "offset_seconds": sandbox.clock.offset}


def _advance_clock(sandbox: Sandbox, query: Mapping[str, str], body: Any) -> Any:
    seconds = read_fields(body, advance_seconds=float)["advance_seconds"]
    try:
        sandbox.clock.advance(seconds)
    except ValueError as error:
        raise bad_control(str(error)) from error
    return _get_clock(sandbox, query, None)


def _get_faults(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    return sandbox.faults.describe()


def _add_faults(sandbox: Sandbox, query: Mapping[str, str], body: Any) -> Any:
    if not isinstance(body, list):
        raise bad_control("the body is a list of faults")
    sandbox.faults.add(body, sandbox.operations(), sandbox.error_shapes())
    return _get_faults(sandbox, query, None)


def _end_faults(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    sandbox.faults.clear()


def _get_policy(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    return sandbox.policy.describe()


def _set_policy(sandbox: Sandbox, query: Mapping[str, str], body: Any) -> Any:
    sandbox.policy.replace(body)
    return _get_policy(sandbox, query, None)


def _end_policy(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    sandbox.policy.clear()


def _get_settings(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    return asdict(sandbox.settings)


def _set_settings(sandbox: Sandbox, query: Mapping[str, str], body: Any) -> Any:
    if not isinstance(body, dict):
        raise bad_control("the body is an object of settings")
    sandbox.change_settings(body)
    return _get_settings(sandbox, query, None)


def _set_directory(sandbox: Sandbox, _query: Mapping[str, str], body: Any) -> Any:
    asked = read_fields(body, {"stage": str, "data_access": bool}, directory_id=str)
    directory_id = asked["directory_id"]
    if sandbox.others.find_directory(directory_id, _REGION) is None:
        raise ApiError("NotFoundException", f"AWS Directory Service has no directory {directory_id} in {_REGION}")
    if "stage" in asked:
        sandbox.others.set_directory_stage(directory_id, _REGION, asked["stage"])
    if "data_access" in asked:
        set_data_access(sandbox.console_context(), directory_id, is_enabled=asked["data_access"])


def _set_bucket(sandbox: Sandbox, _query: Mapping[str, str], body: Any) -> Any:
    asked = read_fields(body, bucket=str, owner=str)
    try:
        sandbox.others.set_bucket_owner(asked["bucket"], asked["owner"])
    except KeyError as error:
        raise ApiError("NotFoundException", f"there is no bucket {asked['bucket']}") from error


def _get_accounts(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    return summary(sandbox.console_context())


def _get_people(sandbox: Sandbox, query: Mapping[str, str], _body: Any) -> Any:
    texts = dict.fromkeys(("account", "status", "email", "NextToken"), str)
    return list_people(sandbox.console_context(), read_query(query, MaxResults=int, **texts))


def _get_operations(sandbox: Sandbox, _query: Mapping[str, str], _body: Any) -> Any:
    return {"Operations": sandbox.operations(), "Batches": sorted(BATCHES), "FaultKinds": list(KINDS)}


def _seed(sandbox: Sandbox, _query: Mapping[str, str], body: Any) -> Any:
    return seed_world(sandbox.console_context(), body)


_OWN: dict[tuple[str, str], Reply] = {
    ("GET", "health"): _get_health,
    ("POST", "reset"): _reset,
    ("GET", "calls"): _get_calls,
    ("GET", "clock"): _get_clock,
    ("POST", "clock"): _advance_clock,
    ("GET", "faults"): _get_faults,
    ("POST", "faults"): _add_faults,
    ("DELETE", "faults"): _end_faults,
    ("GET", "iam"): _get_policy,
    ("POST", "iam"): _set_policy,
    ("DELETE", "iam"): _end_policy,
    ("GET", "settings"): _get_settings,
    ("POST", "settings"): _set_settings,
    ("PUT", "directories"): _set_directory,
    ("PUT", "buckets"): _set_bucket,
    ("GET", "accounts"): _get_accounts,
    ("GET", "people"): _get_people,
    ("GET", "operations"): _get_operations,
    ("POST", "cloudtrail/deliver"): _deliver,
    ("POST", "calls-made"): _make_calls,
    ("POST", "seed"): _seed,
}
