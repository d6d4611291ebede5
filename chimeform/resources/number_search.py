"""The search for phone numbers that can be ordered: what may be asked for, and in which combinations."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from .one_off import Given, Objection, OneOff, Said
from .operations import Call

WIRE_TYPES = {"local": "Local", "toll-free": "TollFree"}
"""The types of numbers, as the files and the command line have them and as the service has them."""
_IN_THE_US = ("area_code", "city", "state", "toll_free_prefix")
Slip = Literal["only in the US", "no type", "nothing", "no state"]


def slip_of(country: str, given: Collection[str]) -> Slip | None:
    """What keeps the service from taking a search by these fields: `area_code`, `city`, `type` and so on.

    [botocore chime SearchAvailablePhoneNumbers]
    """
    is_local = any(name in given for name in _IN_THE_US)
    if country != "US":
        return "only in the US" if is_local else None if "type" in given else "no type"
    if not is_local:
        return "nothing"
    return "no state" if "city" in given and "state" not in given else None


def _check(given: Said) -> Objection | None:
    names = [name.replace("-", "_") for name in given]
    match slip_of(given.get("country", "US").upper(), names):
        case "only in the US":
            local = next(name for name in _IN_THE_US if name in names).replace("_", "-")
            return _objection(f"--{local} is about numbers in the US", "leave it out, or leave --country out")
        case "no type":
            return _objection("outside the US the type is missing", "add --type local or --type toll-free")
        case "nothing":
            do = "add --area-code, --state, --state with --city, or --toll-free-prefix"
            return _objection("it is not said where in the US", do)
        case "no state":
            return _objection("the city's state is missing", "add it, such as --state WA")
        case None:
            return None


def _objection(what: str, do: str) -> Objection:
    return Objection("CF-DO-008", what, "the service takes no search without it [API reference]", do)


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
            "PhoneNumberType": Given("type", "The type of number.", choices=WIRE_TYPES),
        },
    ),
    source="guide: Provisioning phone numbers",
    checks=_check,
    items="E164PhoneNumbers",
    page_size=500,
)
