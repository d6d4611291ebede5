"""Faults on order: what a test or a demo asks the service to do wrong.

A fault is declared as `{"operation": "*" | name, "kind": …, "rate": 0..1, "times": n, "latency_ms": n}`; `rate` is the
share of calls (of items, for `partial`) that it hits, `times` how many calls it hits before it is spent.

    throttle        429 ThrottledClientException, nothing happens
    error           500 ServiceFailureException, or the shape that `"error"` names; nothing happens
    latency         the answer comes `latency_ms` later; goes together with other kinds
    drop_response   the call takes effect and the connection is closed without an answer
    partial         some items of a batch fail with `"code"` (default Throttled), the others take effect
    stale           the call does not see objects of the voice service that are younger than a minute: NotFound, or
                    missing from a list; the setting `consistency_seconds` does the same to all calls
"""

from __future__ import annotations

import random
from collections.abc import Callable, Container, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from chimeform.sandbox.context import ApiError
from chimeform.sandbox.control_input import bad_control

KINDS = ("throttle", "error", "latency", "drop_response", "partial", "stale")


@dataclass(slots=True)
class Fault:
    operation: str
    kind: str
    rate: float = 1.0
    times: int | None = None
    """Calls still to be hit; None: no end."""
    latency_ms: float = 0.0
    error: str = "ServiceFailureException"
    code: str = "Throttled"
    hits: int = 0

    def covers(self, operation: str) -> bool:
        return (self.times is None or self.times > 0) and self.operation in ("*", operation)

    def note_hit(self) -> None:
        self.hits += 1
        if self.times is not None:
            self.times -= 1


@dataclass(frozen=True, slots=True)
class Batch:
    """Where a batch operation has its items and where its answer puts those that failed."""

    items: str
    key: str | None
    """Member of an item that identifies it; None: the item is the identifier."""
    failures: str
    describe: Callable[[str, str], dict[str, Any]]
    """(identifier, error code) -> entry of the answer."""


def _failure(key: str) -> Callable[[str, str], dict[str, Any]]:
    return lambda identifier, code: {key: identifier, "ErrorCode": code, "ErrorMessage": "Injected by a fault"}


def _failed_invite(address: str, _code: str) -> dict[str, Any]:
    # An invitation has no error code of its own; it says by its statuses that no e-mail went out.
    return {"EmailAddress": address, "Status": "Failed", "EmailStatus": "NotSent"}


_PHONE_NUMBERS = Batch("E164PhoneNumbers", None, "PhoneNumberErrors", _failure("PhoneNumberId"))
BATCHES = {
    "BatchSuspendUser": Batch("UserIdList", None, "UserErrors", _failure("UserId")),
    "BatchUnsuspendUser": Batch("UserIdList", None, "UserErrors", _failure("UserId")),
    "BatchUpdateUser": Batch("UpdateUserRequestItems", "UserId", "UserErrors", _failure("UserId")),
    "BatchDeletePhoneNumber": Batch("PhoneNumberIds", None, "PhoneNumberErrors", _failure("PhoneNumberId")),
    "BatchUpdatePhoneNumber": Batch(
        "UpdatePhoneNumberRequestItems", "PhoneNumberId", "PhoneNumberErrors", _failure("PhoneNumberId")
    ),
    "AssociatePhoneNumbersWithVoiceConnector": _PHONE_NUMBERS,
    "AssociatePhoneNumbersWithVoiceConnectorGroup": _PHONE_NUMBERS,
    "DisassociatePhoneNumbersFromVoiceConnector": _PHONE_NUMBERS,
    "DisassociatePhoneNumbersFromVoiceConnectorGroup": _PHONE_NUMBERS,
    "BatchCreateRoomMembership": Batch("MembershipItemList", "MemberId", "Errors", _failure("MemberId")),
    "InviteUsers": Batch("UserEmailList", None, "Invites", _failed_invite),
}


@dataclass(frozen=True, slots=True)
class Strike:
    """What the faults do to one call."""

    delay: float = 0.0
    """Seconds."""
    error: ApiError | None = None
    is_dropped: bool = False
    is_stale: bool = False
    partial: Fault | None = None

    def split(self, operation: str, params: dict[str, Any], chance: random.Random) -> list[dict[str, Any]]:
        """Take the items that are to fail out of `params`; the entries that tell about them."""
        if self.partial is None:
            return []
        batch, fault = BATCHES[operation], self.partial
        kept, failed = [], []
        for item in params.get(batch.items, ()):
            if chance.random() < fault.rate:
                failed.append(batch.describe(item if batch.key is None else item[batch.key], fault.code))
            else:
                kept.append(item)
        if failed:
            params[batch.items] = kept
            fault.note_hit()
        return failed


class Faults:
    """The faults in force. Their dice are their own: injecting one leaves the service's identifiers alone."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __bool__(self) -> bool:
        return bool(self._faults)

    def add(self, declared: Iterable[Any], operations: Container[str], errors: Container[str]) -> None:
        """Put faults in force, beside those that are. BadRequestException says what is wrong; then none is taken."""
        self._faults += [_read_fault(item, operations, errors) for item in declared]

    def clear(self) -> None:
        self._faults = []

    def describe(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def strike(self, operation: str, chance: random.Random) -> Strike:
        """Roll the dice of every fault that covers the operation. The first refusal wins; delays add up."""
        delay, error, is_dropped, is_stale, partial = 0.0, None, False, False, None
        for fault in self._faults:
            if not fault.covers(operation):
                continue
            if fault.kind == "partial":
                partial = partial or (fault if operation in BATCHES else None)
                continue
            if fault.rate < 1 and chance.random() >= fault.rate:
                continue
            if fault.kind in ("throttle", "error") and error is not None:
                continue
            fault.note_hit()
            if fault.kind == "latency":
                delay += fault.latency_ms / 1000
            elif fault.kind == "throttle":
                error = ApiError("ThrottledClientException", "Rate exceeded")
            elif fault.kind == "error":
                error = ApiError(fault.error, "Injected by a fault")
            elif fault.kind == "stale":
                is_stale = True
            else:
                is_dropped = True
        return Strike(delay, error, is_dropped, is_stale, partial)


def _read_fault(declared: Any, operations: Container[str], errors: Container[str]) -> Fault:
    if not isinstance(declared, dict):
        raise bad_control("a fault is an object")
    allowed = ("operation", "kind", "rate", "times", "latency_ms", "error", "code")
    if unknown := sorted(set(declared) - set(allowed)):
        raise bad_control(f"unknown key {unknown[0]!r} in a fault; known are {', '.join(allowed)}")
    fault = Fault(**{"operation": "*", "kind": "", **declared})
    if fault.kind not in KINDS:
        raise bad_control(f"kind must be one of {', '.join(KINDS)}")
    if fault.operation != "*" and fault.operation not in operations:
        raise bad_control(f"no operation is called {fault.operation!r}")
    if fault.kind == "partial" and fault.operation not in ("*", *BATCHES):
        raise bad_control(f"{fault.operation} is no batch operation; partial works on {', '.join(BATCHES)}")
    if not _is_number(fault.rate) or not 0 <= fault.rate <= 1:
        raise bad_control("rate must be a number from 0 to 1")
    if fault.times is not None and (type(fault.times) is not int or fault.times < 0):
        raise bad_control("times must be a whole number, 0 or more")
    if not _is_number(fault.latency_ms) or not 0 <= fault.latency_ms <= 3_600_000:
        raise bad_control("latency_ms must be a number of milliseconds, at most an hour")
    if fault.error not in errors:
        raise bad_control(f"no error shape is called {fault.error!r}")
    if not isinstance(fault.code, str):
        raise bad_control("code is an error code of a batch's item, such as Throttled or ServiceFailure")
    return fault


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
