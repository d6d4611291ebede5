"""A number of phone numbers of one sort, whichever they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..address import Address
from ..live import Values
from .base import Api, Broken, Declared, Listing, Made, Ours, Resource
from .number_search import WIRE_TYPES, slip_of
from .phone_requirements import find_requirement
from .values import CallingName

_HOME = ("US", "PR")
"""Where Business Calling and Voice Connector numbers are sold [guide: Country requirements for phone numbers]."""


class Search(BaseModel):
    """What numbers are looked for by: in the US by one of the first four at least, elsewhere by country and type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    area_code: Annotated[str, Field(pattern=r"^\d{3}$")] | None = Field(
        None, description="An area code of the US, in quotes."
    )
    city: str | None = Field(None, min_length=1, description="A city of the US; it needs its `state`.")
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = Field(
        None, description="A state of the US by its two letters."
    )
    toll_free_prefix: Literal["800", "833", "844", "855", "866", "877", "888"] | None = Field(
        None, description="A toll-free prefix of the US, in quotes."
    )
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = Field("US", description="A country by its two letters.")
    type: Literal["local", "toll-free"] | None = Field(
        None, description="`local` or `toll-free`. Needed outside the US, where nothing else can be said."
    )

    def covers(self, number: str, country: str | None, number_type: str | None) -> bool | None:
        """Whether a live number is of this sort; None where nothing in it can tell.

        `country` and `number_type` are what the service says of the number, which it does not always.
        """
        if country not in (None, self.country) or _differs(self.type, number_type):
            return False
        prefix = self.toll_free_prefix or self.area_code
        if prefix is not None:
            return number.startswith(f"+1{prefix}")
        if self.country == "US":
            return None if number.startswith("+1") and number_type != "TollFree" else False
        return True if country and number_type else None

    @property
    def words(self) -> str:
        """The search as people say it."""
        said = [f"area code {self.area_code}"] if self.area_code else []
        said += [", ".join(filter(None, (self.city, self.state)))] if self.city or self.state else []
        said += [f"prefix {self.toll_free_prefix}"] if self.toll_free_prefix else []
        said += [] if self.country == "US" else [self.country]
        return ", ".join([*said, *([self.type] if self.type else [])])


def _differs(wanted: str | None, number_type: str | None) -> bool:
    return wanted is not None and number_type is not None and WIRE_TYPES[wanted] != number_type


def _asked(name: str) -> Made:
    return Made(lambda values: values["search"].get(name))


def _asked_type(values: Values) -> str | None:
    return WIRE_TYPES.get(values["search"].get("type"))


class PhonePool(Resource, kind="phone_pool", path="phone_pools.*"):
    """Phone numbers of one sort: searched for, ordered, and handed to people who take one from the pool.

    Which numbers they are stands in the ledger and not in the files; each of them is a phone number like any other,
    with the pool's name beside it. `search` decides which new ones are ordered, and changes none that is there.
    """

    product: Annotated[
        Literal["business-calling", "voice-connector", "sip-media-application"],
        Ours(),
        Field(description="What the numbers are for: people, a Voice Connector, or a SIP media application."),
    ]
    search: Annotated[Search, Ours(), Field(description="What new numbers are looked for by.")]
    count: Annotated[int, Ours(), Field(ge=0, le=100_000, description="How many numbers the pool has.")]
    calling_name: Annotated[
        CallingName | None,
        Ours(),
        Field(description="What people see when one of the numbers calls. Not written: the default calling name."),
    ] = None

    draws_on = "phone_number"
    retire_means = "given back, number by number"
    api = Api(
        service="chime",
        offer=Listing(
            "SearchAvailablePhoneNumbers",
            items="E164PhoneNumbers",
            sends={
                "AreaCode": _asked("area_code"),
                "City": _asked("city"),
                "State": _asked("state"),
                "TollFreePrefix": _asked("toll_free_prefix"),
                "Country": _asked("country"),
                "PhoneNumberType": Made(_asked_type),
            },
            page_size=500,
        ),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, PhonePool)
        yield from _search_rules(address, spec.search)
        yield from _product_rules(address, spec)
        takers = [str(one) for one, user in declared.of_kind("user") if _takes(user, address.name)]
        named = [one.name for one, number in declared.of_kind("phone_number") if _belongs(number, address.name)]
        for names, who, do in (
            (takers, "people take a number from the pool", "raise 'count', or give some of them a number of their own"),
            (named, "numbers say that they are in the pool", "raise 'count', or take some of them out"),
        ):
            if len(names) > spec.count:
                yield Broken(
                    "CF-NUM-052",
                    f"{address}.count: {len(names)} {who}, and it has {spec.count}",
                    why=f"the last of them is {max(names)}",
                    do=do,
                    field="count",
                )


def _takes(user: Resource, pool: str) -> bool:
    phone = getattr(user, "phone", None)
    return getattr(phone, "pool", None) == pool


def _belongs(number: Resource, pool: str) -> bool:
    return getattr(number, "pool", None) == pool


def _search_rules(address: Address, search: Search) -> Iterable[Broken]:
    country, number_type = search.country, search.type
    slip = slip_of(country, search.model_dump(exclude_none=True))
    if slip in ("only in the US", "no type"):
        yield Broken(
            "CF-NUM-050",
            f"{address}.search: numbers of {country} are looked for by their type alone",
            why="area codes, cities, states and toll-free prefixes are searched for in the US only",
            do=f"write {{country: {country}, type: local}}, or the type toll-free",
            field="search",
        )
    elif slip is not None:
        is_city = slip == "no state"
        yield Broken(
            "CF-NUM-050",
            f"{address}.search: {'a city needs its state' if is_city else 'says nothing to look for'}",
            why="numbers of the US are looked for by area code, by city and state, by state, or by toll-free prefix",
            do="write for example {city: Seattle, state: WA}" if is_city else 'write for example {area_code: "206"}',
            field="search",
        )
    elif country != "US" and number_type and not _asks_for_nothing(country, number_type):
        yield Broken(
            "CF-NUM-051",
            f"{address}.search: {number_type} numbers of {country} cannot be ordered by a program",
            why="the country asks for documents, or sells none; such numbers are asked for in a support case "
            "[guide: Country requirements for phone numbers]",
            do="declare each number under 'phone_numbers' once AWS Support has provided it",
            field="search",
        )


def _asks_for_nothing(country: str, number_type: str) -> bool:
    """Whether a search and an order get such a number, without a case for support."""
    asked = find_requirement(country, "order", number_type)
    return asked is not None and not (asked.needs_identity or asked.documents)


def _product_rules(address: Address, spec: PhonePool) -> Iterable[Broken]:
    search = spec.search
    if spec.product == "business-calling" and (search.toll_free_prefix or search.type == "toll-free"):
        yield Broken(
            "CF-NUM-010",
            f"{address}.product: a toll-free number cannot be a Business Calling number",
            why="toll-free numbers are sold for Voice Connectors and SIP media applications only",
            do="write 'product: voice-connector', or look for local numbers",
            field="product",
        )
    if spec.product != "sip-media-application" and search.country not in _HOME:
        yield Broken(
            "CF-NUM-011",
            f"{address}.product: numbers outside the United States are for SIP media applications only",
            why="Business Calling and Voice Connectors have numbers of the US and Puerto Rico "
            "[guide: Managing phone numbers]",
            do="write 'product: sip-media-application'",
            field="product",
        )
