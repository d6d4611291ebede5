"""The search for phone numbers that can be ordered: what may be asked for, and in which combinations."""

from __future__ import annotations

from collections.abc import Mapping

from .one_off import Given, Objection, OneOff
from .operations import Call

_IN_THE_US = ("area-code", "city", "state", "toll-free-prefix")


def _check(given: Mapping[str, str]) -> Objection | None:
    """The service's own conditions [botocore chime SearchAvailablePhoneNumbers]."""
    is_abroad = given.get("country", "US").upper() != "US"
    local = [name for name in _IN_THE_US if name in given]
    if is_abroad and local:
        what = f"--{local[0]} is about numbers in the US"
        return _objection(what, "leave it out, or leave --country out")
    if is_abroad and "type" not in given:
        return _objection("outside the US the type is missing", "add --type local or --type toll-free")
    if not is_abroad and not local:
        what = "it is not said where in the US"
        return _objection(what, "add --area-code, --state, --state with --city, or --toll-free-prefix")
    if "city" in given and "state" not in given:
        return _objection("the city's state is missing", "add it, such as --state WA")
    return None


def _objection(what: str, do: str) -> Objection:
    return Objection("CF-DO-008", what, "the service takes no search without it [API reference]", do)


_TYPES = {"local": "Local", "toll-free": "TollFree"}

SEARCH = OneOff(
    "search-numbers",
    title="look for phone numbers that can be ordered",
    done="can be ordered",
    on="nothing",
    call=Call(
        "SearchAvailablePhoneNumbers",
        sends={
            "AreaCode": Given("area-code", "An area code of the US, such as 206."),
            "City": Given("city", "A city of the US; needs --state."),
            "State": Given("state", "A state of the US, by its two letters."),
            "TollFreePrefix": Given("toll-free-prefix", "A toll-free prefix, such as 844."),
            "Country": Given("country", "A country, by its two letters  [US]."),
            "PhoneNumberType": Given("type", "The type of number.", choices=_TYPES),
        },
    ),
    source="guide: Provisioning phone numbers",
    checks=_check,
    items="E164PhoneNumbers",
    page_size=500,
)
