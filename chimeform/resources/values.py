"""The domain's own values: e-mail addresses, phone numbers, licences, periods."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from .base import Ref, Shown


def fault(code: str, summary: str, *, why: str, do: str) -> PydanticCustomError:
    """A validation error that carries its stable code and help; the language adds object and position."""
    return PydanticCustomError(code, "{summary}", {"summary": summary, "why": why, "do": do})


IN_NO_ORDER = AfterValidator(lambda values: tuple(sorted(set(values))))
"""Of a field with several values: their order means nothing, so that another one in the files is no change."""

License = Literal["pro", "basic"]

_LICENSES = {"Pro": "pro", "Basic": "basic", "Plus": "plus", "ProTrial": "pro trial"}
_WIRE_LICENSES = {ours: wire for wire, ours in _LICENSES.items()}


def license_of(wire: str) -> str:
    """`Plus` and `ProTrial` are legacy values that can be seen but not declared [botocore chime License]."""
    return _LICENSES.get(wire, wire)


def license_to(ours: str) -> str:
    return _WIRE_LICENSES[ours]


_EMAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+\Z")


def _email(value: str) -> str:
    if not _EMAIL.match(value):
        raise fault(
            "CF-USR-001",
            f"{value!r} is not an e-mail address",
            why="people are invited and recognised by their e-mail address",
            do="write an address such as jane@acme.example",
        )
    return value


Email = Annotated[str, AfterValidator(_email), Field(json_schema_extra={"pattern": r"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$"})]

_E164 = re.compile(r"\+[1-9]\d{1,14}\Z", re.ASCII)


def is_e164(text: str) -> bool:
    """Whether it is a phone number: a plus sign, the country code and the number, at most 15 digits."""
    return _E164.match(text) is not None


def _e164(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        raise fault(
            "CF-NUM-001",
            f"{value} is a number, not a phone number",
            why="without quotes YAML reads digits as an integer",
            do=f'write "+{value}" with the plus sign and in quotes',
        )
    if isinstance(value, str) and not is_e164(value):
        raise fault(
            "CF-NUM-002",
            f"{value!r} is not a phone number in E.164 form",
            why="a number is a plus sign, the country code and the number, at most 15 digits, without blanks",
            do='write it like "+12065550100"',
        )
    return value


_E164_PATTERN = r"^\+[1-9]\d{1,14}$"
E164 = Annotated[str, BeforeValidator(_e164), Field(json_schema_extra={"pattern": _E164_PATTERN})]


class FromPool(BaseModel):
    """One number of a pool, whichever is free."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    pool: Annotated[str, Ref("phone_pool"), Field(description="The pool, of `phone_pools`.")]


def _way_to_say(value: Any) -> str:
    return "[pool]" if isinstance(value, dict | FromPool) else "[number]"


Phone = Annotated[
    Annotated[E164, Tag("[number]")] | Annotated[FromPool, Tag("[pool]")],
    Discriminator(_way_to_say),
    # as editors are told, who choose between the two by themselves
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _E164_PATTERN}, FromPool.model_json_schema()]}),
]
"""A number, or one of a pool. The tags stand in brackets, which messages leave out."""

DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}
_PERIOD = re.compile(r"(\d{1,9})\s*(day|week|month|year)s?\Z", re.ASCII)
LONGEST_RETENTION = 5475


def written_period(value: Any) -> tuple[int, str]:
    """The number and the unit (`day`, `week`, `month`, `year`) of a period as people write it (`90 days`)."""
    found = _PERIOD.match(value.strip().lower()) if isinstance(value, str) else None
    if not found:
        raise fault(
            "CF-RET-002",
            f"{value!r} is not a period",
            why="a period is a whole number and a unit",
            do="write it like '90 days', '12 weeks' or '7 years'",
        )
    return int(found[1]), found[2]


def is_period(value: Any) -> bool:
    """Whether somebody may have meant it for a period; what is no text and no number has a message of its own."""
    return isinstance(value, int | str) and not isinstance(value, bool)


def _period(value: Any) -> Any:
    if not is_period(value):
        return value
    number, unit = written_period(value)
    days = number * DAYS_OF[unit]
    if not 1 <= days <= LONGEST_RETENTION:
        raise fault(
            "CF-RET-001",
            f"{value!r} is {'longer than 15 years' if days else 'shorter than 1 day'}",
            why="Amazon Chime keeps chat messages between 1 day and 15 years (5475 days)",
            do="write a period in that range, or remove the line to keep messages for ever",
        )
    return days


def period_text(days: int) -> str:
    for unit, length in (("year", 365), ("week", 7), ("day", 1)):
        if days % length == 0 and (unit != "week" or days < 365):
            count = days // length
            return f"{count} {unit}{'s' if count != 1 else ''}"
    return f"{days} days"


AS_PERIOD = Field(
    json_schema_extra={"type": "string", "pattern": r"^\d+\s*(day|week|month|year)s?$", "examples": ["90 days"]}
)
"""What editors are told of a period."""
RetentionPeriod = Annotated[int, BeforeValidator(_period), Shown(period_text, in_files=True), AS_PERIOD]

_CALLING_NAME = re.compile(r"[a-zA-Z0-9 ]{2,15}\Z")


def _calling_name(value: str) -> str:
    if not _CALLING_NAME.match(value):
        raise fault(
            "CF-NUM-003",
            f"{value!r} cannot be shown as a calling name",
            why="carriers show 2 to 15 letters, digits and blanks [guide: Updating outbound calling names]",
            do="shorten it, and write letters and digits only",
        )
    return value


CallingName = Annotated[
    str, AfterValidator(_calling_name), Field(json_schema_extra={"pattern": r"^[a-zA-Z0-9 ]{2,15}$"})
]
