"""What may be said of a proxy session that is to be opened or changed: its people, its name, its time, its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..durations import has_unit, seconds_of
from .one_off import Objection, Said
from .values import is_e164

_NAME = re.compile(r"[a-zA-Z0-9 ]{1,30}\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_AREA_CODE = re.compile(r"[0-9]{3}\Z")


def to_minutes(text: str) -> int:
    """The minutes of a time such as `30 minutes` or `2h`, which the checks have let through."""
    seconds = seconds_of(text)
    assert seconds is not None
    return int(seconds) // 60


def _is_expiry(text: str) -> bool:
    seconds = seconds_of(text)
    return has_unit(text) and seconds is not None and seconds >= 60 and seconds % 60 == 0


def wrong_session(given: Said) -> Objection | None:
    """The first rule that what was given breaks [botocore CreateProxySessionRequest]."""
    return next(_slips(given), None)


def wrong_expiry(given: Said) -> Objection | None:
    return next(_expiry_slips(given), None)


def _slips(given: Said) -> Iterator[Objection]:
    people: Sequence[str] = given["participant"]
    if len(people) != 2:
        what = f"a session is between two participants, and {len(people)} {'is' if len(people) == 1 else 'are'} given"
        yield _objection(what, "each has a number in between", "write --participant twice, with a number each")
    for number in people:
        if not is_e164(number):
            why = "a number is a plus sign, the country code and the number, at most 15 digits, without blanks"
            yield _objection(f"{number!r} is not a phone number in E.164 form", why, "write it like +12065550100")
    if "name" in given and not _NAME.match(given["name"]):
        why = "the service takes up to 30 letters, digits and blanks [API reference]"
        yield _objection(f"{given['name']!r} cannot be the name of a session", why, "shorten it, or leave --name out")
    yield from _expiry_slips(given)
    yield from _place_slips(given)


def _expiry_slips(given: Said) -> Iterator[Objection]:
    if "expires-after" in given and not _is_expiry(given["expires-after"]):
        what = f"{given['expires-after']!r} is not a time that a session can last"
        why = "it has a unit and is a whole number of minutes, at least 1, which is what the service counts in"
        yield _objection(what, why, "write it like '30 minutes', '2 hours' or '1 day'")


def _place_slips(given: Said) -> Iterator[Objection]:
    """Country and area code make one member, of which the service wants both."""
    for name, other in (("country", "area-code"), ("area-code", "country")):
        if name in given and other not in given:
            yield _objection(
                f"--{name} needs --{other}", "the service takes both or none [API reference]", f"add --{other}"
            )
    for name, pattern, form in (
        ("country", _COUNTRY, "two capitals, such as US"),
        ("area-code", _AREA_CODE, "3 digits"),
    ):
        if name in given and not pattern.match(given[name]):
            yield _objection(f"{given[name]!r} is no {name.replace('-', ' ')}", f"it is {form}", "correct it")


def _objection(what: str, why: str, do: str) -> Objection:
    return Objection("CF-DO-014", what, why, do)
