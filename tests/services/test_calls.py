"""Retries by the class of the error: what is repeated, what is left to whoever asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from chimeform.errors import ServiceError, ServiceFault
from chimeform.services.calls import Calls


class Script:
    """A service that answers what it is told to, in order, and then always the last."""

    def __init__(self, *answers: ServiceFault | Mapping[str, Any]) -> None:
        self._answers = list(answers)
        self.requests: list[Mapping[str, Any]] = []

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, ServiceFault):
            raise ServiceError("no", operation=operation, fault=answer)
        return answer

    def time(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)


def calls(script: Script, pauses: list[float] | None = None, **rest: Any) -> Calls:
    sleep = pauses.append if pauses is not None else (lambda seconds: None)
    return Calls(script, rate=1000, monotonic=lambda: 0.0, sleep=sleep, jitter=lambda: 1.0, **rest)


@pytest.mark.parametrize(
    "fault",
    [ServiceFault.THROTTLED, ServiceFault.SERVICE, ServiceFault.UNREACHABLE, ServiceFault.UNKNOWN_OUTCOME],
)
def test_a_read_is_repeated_until_it_is_answered(fault: ServiceFault) -> None:
    script = Script(fault, fault, {"Accounts": []})
    assert calls(script).read("chime", "ListAccounts", {}) == {"Accounts": []}
    assert len(script.requests) == 3


@pytest.mark.parametrize("fault", [ServiceFault.THROTTLED, ServiceFault.UNREACHABLE])
def test_a_write_that_did_not_happen_is_repeated(fault: ServiceFault) -> None:
    script = Script(fault, {"Account": {}})
    calls(script).write("chime", "CreateAccount", {})
    assert len(script.requests) == 2


@pytest.mark.parametrize("fault", [ServiceFault.UNKNOWN_OUTCOME, ServiceFault.SERVICE])
def test_a_write_whose_answer_is_lost_is_never_repeated_blindly(fault: ServiceFault) -> None:
    script = Script(fault)
    with pytest.raises(ServiceError) as caught:
        calls(script).write("chime", "CreateAccount", {})
    assert len(script.requests) == 1
    assert caught.value.fault is ServiceFault.UNKNOWN_OUTCOME


@pytest.mark.parametrize(
    "fault",
    [ServiceFault.ABSENT, ServiceFault.DENIED, ServiceFault.CONFLICT, ServiceFault.LIMIT, ServiceFault.INVALID],
)
@pytest.mark.parametrize("verb", ["read", "write"])
def test_a_clear_no_is_final(fault: ServiceFault, verb: str) -> None:
    script = Script(fault)
    with pytest.raises(ServiceError):
        getattr(calls(script), verb)("chime", "GetAccount", {})
    assert len(script.requests) == 1


def test_pauses_grow_up_to_a_limit_and_attempts_end() -> None:
    pauses: list[float] = []
    script = Script(ServiceFault.THROTTLED)
    with pytest.raises(ServiceError):
        calls(script, pauses).read("chime", "ListUsers", {})
    expected = [min(10.0, 0.1 * 2**attempt) for attempt in range(39)]
    # the bucket, slowed down by the complaints, pauses in between
    one_by_one = iter(pauses)
    assert all(pause in one_by_one for pause in expected)
    assert len(script.requests) == 40


def test_pages_follow_the_token_through_empty_pages() -> None:
    pages: Sequence[Mapping[str, Any]] = (
        {"Users": [{"UserId": "1"}], "NextToken": "a"},
        {"Users": [], "NextToken": "b"},
        {"Users": [{"UserId": "2"}]},
    )
    script = Script(*pages)
    found = list(calls(script).pages("chime", "ListUsers", {"AccountId": "x"}, "Users"))
    assert [item["UserId"] for item in found] == ["1", "2"]
    assert [request.get("NextToken") for request in script.requests] == [None, "a", "b"]


def test_calls_are_counted_with_their_retries() -> None:
    one = calls(Script(ServiceFault.THROTTLED, {}))
    one.read("chime", "ListUsers", {})
    assert one.counts == {"ListUsers": 2}


def test_once_the_run_is_stopped_nothing_is_tried_again() -> None:
    script = Script(ServiceFault.THROTTLED)
    with pytest.raises(ServiceError):
        calls(script, stopped=lambda: True).write("chime", "InviteUsers", {})
    assert len(script.requests) == 1


def test_look_ups_of_events_keep_to_their_published_rate_whatever_the_workspace_allows() -> None:
    pauses: list[float] = []
    one = calls(Script({"Events": []}), pauses)
    for _ in range(5):
        one.read("cloudtrail", "LookupEvents", {})
    assert pauses == [0.5, 1.0, 1.5, 2.0]  # the clock of these calls stands still, so each waits for those before it
