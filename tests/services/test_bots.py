"""The function for bot authors: the recipe of the guide, and nothing that is not signed passes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.bots import NotFromAmazonChime, Reason, sign, verify_https, verify_lambda

TOKEN, AT = "a-token", "2019-04-04T21:30:43.181Z"
EVENT = {"EventType": "Mention", "Message": "@Bot grüß dich", "Discussion": {"DiscussionId": "d"}}
BODY = json.dumps(EVENT, ensure_ascii=False, separators=(",", ":")).encode()
SENT = datetime(2019, 4, 4, 21, 30, 43, tzinfo=UTC)


def signed(body: bytes = BODY, token: str = TOKEN, at: str = AT) -> dict[str, str]:
    """By the words of the guide, and not by the function that is tested."""
    digest = hmac.new(token.encode(), f"{at}|".encode() + body, hashlib.sha256).digest()
    return {"Chime-Signature": base64.b64encode(digest).decode(), "Chime-Request-Timestamp": at}


def reason(*arguments: Any, **options: Any) -> Reason:
    with pytest.raises(NotFromAmazonChime) as refused:
        verify_https(*arguments, **options)
    assert TOKEN not in f"{refused.value!r} {refused.value.__dict__}"
    return refused.value.reason


def test_a_request_by_https() -> None:
    assert verify_https(signed(), BODY, TOKEN) == EVENT
    assert verify_https({name.lower(): value for name, value in signed().items()}, BODY.decode(), TOKEN) == EVENT


@pytest.mark.parametrize("name", ["Chime-Signature", "Chime-Request-Timestamp"])
def test_what_is_missing(name: str) -> None:
    assert reason({**signed(), name: ""}, BODY, TOKEN) is Reason.MISSING
    assert reason({key: value for key, value in signed().items() if key != name}, BODY, TOKEN) is Reason.MISSING


def test_what_was_changed() -> None:
    assert reason(signed(), BODY + b" ", TOKEN) is Reason.MISMATCH
    assert reason(signed(), BODY, "another") is Reason.MISMATCH
    assert reason({**signed(), "Chime-Request-Timestamp": "2019-04-04T21:30:44.181Z"}, BODY, TOKEN) is Reason.MISMATCH
    assert reason({**signed(), "Chime-Signature": "ü"}, BODY, TOKEN) is Reason.MISMATCH


def test_an_empty_token_opens_nothing() -> None:
    """An HMAC with an empty key is one that anybody can compute."""
    assert reason(signed(token=""), BODY, "") is Reason.MISMATCH


def test_age() -> None:
    options = {"max_age": timedelta(minutes=5)}
    assert verify_https(signed(), BODY, TOKEN, now=SENT + timedelta(minutes=4), **options) == EVENT
    for late in (6, -6):
        assert reason(signed(), BODY, TOKEN, now=SENT + timedelta(minutes=late), **options) is Reason.STALE
    assert reason(signed(at="soon"), BODY, TOKEN, now=SENT, **options) is Reason.UNREADABLE


def test_a_body_that_is_no_json() -> None:
    assert reason(signed(b"{"), b"{", TOKEN) is Reason.UNREADABLE


def encoded(body: bytes = BODY) -> str:
    return base64.b64encode(json.dumps(signed(body)).encode()).decode()


@pytest.mark.parametrize(
    "context",
    [
        encoded(),
        signed(),
        {"custom": signed()},
        SimpleNamespace(client_context=encoded()),
        SimpleNamespace(client_context=signed()),
        SimpleNamespace(client_context=SimpleNamespace(custom=signed(), env=None)),
    ],
)
def test_an_invocation_wherever_the_runtime_has_put_the_values(context: Any) -> None:
    assert verify_lambda(BODY, context, TOKEN) == EVENT


@pytest.mark.parametrize("context", [None, "", "no base64!", base64.b64encode(b"[").decode(), {"custom": None}])
def test_an_invocation_without_the_values(context: Any) -> None:
    with pytest.raises(NotFromAmazonChime) as refused:
        verify_lambda(BODY, context, TOKEN)
    assert refused.value.reason is Reason.MISSING


@given(
    st.dictionaries(st.text(), st.one_of(st.text(), st.integers(), st.none(), st.lists(st.booleans()))),
    st.booleans(),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
def test_a_runtime_that_has_read_the_event_already(event: Any, is_ascii: bool, separators: Any) -> None:
    body = json.dumps(event, ensure_ascii=is_ascii, separators=separators).encode("utf-8", "surrogatepass")
    assert verify_lambda(event, signed(body), TOKEN) == event
    with pytest.raises(NotFromAmazonChime):
        verify_lambda({**event, "more": 1}, signed(body), TOKEN)


def test_sign_is_what_the_service_does() -> None:
    assert sign(AT, BODY, TOKEN) == signed()["Chime-Signature"]


def test_an_author_imports_nothing_but_the_standard_library() -> None:
    code = "import sys, chimeform.bots; print(*{name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names)"
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(_root())!r}); {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert {name for name in ran.stdout.split() if not name.startswith("_")} == {"chimeform"}


def _root() -> str:
    from pathlib import Path

    return str(Path(__file__).parents[2])
