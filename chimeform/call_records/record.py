"""One record, read: a call, or a stretch of a call that was streamed.

A Business Calling record has texts for all its values, minutes like ".4"; one of a Voice Connector has numbers. The
person of a call is its organiser, or whoever signed in to the telephone system. `number` and `country` look from the
organisation out: its own number, and where the other party is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

NOBODY = "(not in the record)"
_LONGEST_SECONDS = 10**9

_BUSINESS, _VOICE, _STREAMING = "AmazonChimeBusinessCalling", "AmazonChimeVoiceConnector", "AmazonChime"
_KNOWN = {_BUSINESS: "2.0", _VOICE: "2.0", _STREAMING: "1.0"}


class Damaged(ValueError):
    """What is there is no record; the text says why."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call, or with `is_stream` the streaming of one. `unknown_version` is told where the form is a newer one."""

    begin: datetime
    seconds: int
    minutes: Decimal
    person: str = NOBODY
    country: str = NOBODY
    number: str = NOBODY
    direction: str = NOBODY
    is_stream: bool = False
    unknown_version: str | None = None


def read_record(content: bytes) -> CallRecord:
    """Raises `Damaged`."""
    try:
        found = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise Damaged("it is no JSON") from error
    if not isinstance(found, Mapping):
        raise Damaged("it is no JSON object")
    service = found.get("ServiceCode")
    if not isinstance(service, str) or service not in _KNOWN:
        raise Damaged(f"its ServiceCode is {_shortened(service)}")
    version = str(found.get("SchemaVersion"))
    read = {_BUSINESS: _business, _VOICE: _voice, _STREAMING: _stream}[service]
    return read(found, None if version == _KNOWN[service] else f"{service} {_shortened(version)}")


def _business(found: Mapping[str, Any], version: str | None) -> CallRecord:
    caller = (_text(found, "CallerPhoneNumber"), _text(found, "CallerCountry"))
    called = (_text(found, "DestinationPhoneNumber"), _text(found, "DestinationCountry"))
    return _call(found, _text(found, "OrganizerEmail"), caller, called, version)


def _voice(found: Mapping[str, Any], version: str | None) -> CallRecord:
    caller = (_text(found, "SourcePhoneNumber"), _text(found, "SourceCountry"))
    called = (_text(found, "DestinationPhoneNumber"), _text(found, "DestinationCountry"))
    return _call(found, _text(found, "SipAuthUser"), caller, called, version)


def _call(
    found: Mapping[str, Any], person: str, caller: tuple[str, str], called: tuple[str, str], version: str | None
) -> CallRecord:
    direction = _text(found, "Direction")
    ours, theirs = (called, caller) if direction.casefold() == "inbound" else (caller, called)
    return CallRecord(
        begin=_moment(found),
        seconds=_seconds(found),
        minutes=_minutes(found),
        person=person,
        country=theirs[1],
        number=ours[0],
        direction=direction,
        unknown_version=version,
    )


def _stream(found: Mapping[str, Any], version: str | None) -> CallRecord:
    """It has seconds and no minutes."""
    return CallRecord(_moment(found), _seconds(found), Decimal(0), is_stream=True, unknown_version=version)


# ---------------------------------------------------------------- members


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    return str(value) if isinstance(value, str | int) and value != "" else NOBODY


def _moment(found: Mapping[str, Any]) -> datetime:
    seconds = _number(found, "StartTimeEpochSeconds")
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Damaged("its StartTimeEpochSeconds is no moment") from error


def _seconds(found: Mapping[str, Any]) -> int:
    return int(_number(found, "BillableDurationSeconds"))


def _minutes(found: Mapping[str, Any]) -> Decimal:
    return _number(found, "BillableDurationMinutes")


def _number(found: Mapping[str, Any], name: str) -> Decimal:
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise Damaged(f"it has no {name}")
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise Damaged(f"its {name} is no number") from error
    if not number.is_finite() or number < 0 or (name != "StartTimeEpochSeconds" and number > _LONGEST_SECONDS):
        raise Damaged(f"its {name} is no number that can be")
    return number


def _shortened(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:39]}…"
