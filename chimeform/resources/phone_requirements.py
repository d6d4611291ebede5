"""What countries ask of who wants a phone number of theirs, and which country and type a number is of.

The facts are in `phone_requirements.json` [guide: Country requirements for phone numbers]; calling and area codes and
toll-free prefixes are those of the public numbering plans. Pure, but for the one file that belongs to the package.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

Action = Literal["order", "port"]
NumberType = Literal["local", "toll-free"]
Document = Literal[
    "business-address",
    "proof-of-location",
    "proof-of-address",
    "proof-of-personal-address",
    "business-registration",
    "id-copy",
    "passport-or-id",
    "representative-passport",
    "representative-id",
    "telecom-service-proof",
    "isp-fixed-ip-invoice",
    "latest-invoice",
    "letter-of-agency",
    "nra-certificate",
]

US_TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
ADDRESSES = {
    "same-area": "in the area of the number",
    "in-country": "in the country",
    "anywhere": "in any country",
}


@dataclass(frozen=True)
class Country:
    """`area_codes` tell countries apart that share a calling code; `toll_free` are prefixes in E.164 form."""

    code: str
    name: str
    calling_code: str
    area_codes: tuple[str, ...] = ()
    toll_free: tuple[str, ...] = ()

    @property
    def in_prose(self) -> str:
        return f"the {self.name}" if self.name.startswith("United ") else self.name

    @property
    def prefixes(self) -> tuple[str, ...]:
        return tuple(f"+{self.calling_code}{area}" for area in self.area_codes or ("",))


UNITED_STATES = Country("US", "United States", "1", toll_free=US_TOLL_FREE)


@dataclass(frozen=True)
class Requirement:
    """What one country asks for one type of numbers. Of each group of `documents` one is enough, and every group
    counts. `address` says where the address has to be; None: nothing is said about it."""

    country: str
    action: Action
    type: str
    products: tuple[str, ...]
    documents: tuple[tuple[str, ...], ...]
    needs_identity: bool = False
    is_supported: bool = True
    prefixes: tuple[str, ...] = ()
    address: str | None = None
    note: str = ""

    def missing(self, at_hand: Collection[str]) -> tuple[tuple[str, ...], ...]:
        """The groups of which nothing is at hand."""
        return tuple(group for group in self.documents if not set(group) & set(at_hand))


@dataclass(frozen=True)
class Requirements:
    weeks: tuple[int, int]
    documents: Mapping[str, str]
    """Code → what it is."""
    countries: Mapping[str, Country]
    """Those outside the United States in which there are numbers, by their codes."""
    rows: tuple[Requirement, ...]


@cache
def requirements() -> Requirements:
    """The whole table."""
    read = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    countries = [Country(**_frozen(one)) for one in read["countries"]]
    return Requirements(
        weeks=(read["weeks"]["least"], read["weeks"]["most"]),
        documents=read["documents"],
        countries={one.code: one for one in countries},
        rows=tuple(_requirement(row) for row in read["requirements"]),
    )


def _requirement(row: Mapping[str, Any]) -> Requirement:
    rest = {name: value for name, value in row.items() if name not in ("documents", "supported")}
    documents = tuple(tuple(group) for group in row["documents"])
    return Requirement(documents=documents, is_supported=row.get("supported", True), **_frozen(rest))


def _frozen(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}


def country_of(number: str) -> Country | None:
    """Where a number is from; None for a country that has no numbers here.

    The United States share +1 with others. Of these, Canada and Puerto Rico are told by their area codes; any other
    area code counts as one of the United States, because new ones come every year.
    """
    by_prefix = _by_prefix()
    found = (by_prefix[number[:length]] for length in _LENGTHS if number[:length] in by_prefix)
    return next(found, None)


_LENGTHS = range(5, 1, -1)
"""Of the longest prefix that tells a country (+1416) down to the shortest (+1)."""


@cache
def _by_prefix() -> Mapping[str, Country]:
    """A workspace may have a hundred thousand numbers, and each is asked for its country several times."""
    countries = (UNITED_STATES, *requirements().countries.values())
    return {prefix: one for one in countries for prefix in one.prefixes}


def type_of(number: str) -> Literal["local", "toll-free"]:
    """As far as the digits say it: a number without a known toll-free prefix counts as a local one."""
    country = country_of(number)
    is_free = country is not None and number.startswith((*country.toll_free, *US_TOLL_FREE))
    return "toll-free" if is_free else "local"


def find_requirement(country: str, action: Action, kind: str, number: str = "") -> Requirement | None:
    """What a country asks; a row for the number's own prefix wins over those for its type. None: it is not offered."""
    rows = [row for row in requirements().rows if (row.country, row.action) == (country, action)]
    by_prefix = (row for row in rows if row.prefixes and number.startswith(row.prefixes))
    by_type = (row for row in rows if row.type == kind and not row.prefixes)
    return next(by_prefix, next(by_type, None))
