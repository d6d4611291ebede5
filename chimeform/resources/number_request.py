"""The request for a number abroad, which support takes and no operation does: for whom, and with which documents.

[guide: Requesting international phone numbers; Country requirements for phone numbers]
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..address import Address
from ..live import Values
from .base import Broken
from .by_hand import CONSOLE, ByHand
from .phone_product import PRODUCT_NAMES
from .phone_requirements import (
    ADDRESSES,
    UNITED_STATES,
    Requirement,
    country_of,
    find_requirement,
    requirements,
    type_of,
)
from .values import fault

UNTOLD = "(not in the files)"


class Holder(BaseModel):
    """Who will use the number: a business, or a private person."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    business: Annotated[str | None, Field(min_length=1, description="The name of the business.")] = None
    individual: Annotated[str | None, Field(min_length=1, description="The name of the private person.")] = None

    @model_validator(mode="after")
    def _one_holder(self) -> Holder:
        if (self.business is None) == (self.individual is None):
            raise fault(
                "CF-NUM-030",
                "a number is used by a business or by a private person",
                why="support asks which of the two it is, and countries ask each for other documents",
                do="write either 'business' or 'individual', with the name",
            )
        return self


class PostalAddress(BaseModel):
    """The address that a country asks for, of whoever will use the number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    street: Annotated[str, Field(min_length=1, description="Street and number.")]
    city: Annotated[str, Field(min_length=1, description="The city.")]
    postal_code: Annotated[str | None, Field(min_length=1, description="The postal code, in quotes.")] = None
    region: Annotated[str | None, Field(min_length=1, description="State or province, where there are such.")] = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="The country, by its two letters (`DE`).")]


def address_text(address: Mapping[str, Any]) -> str:
    city = " ".join(address[part] for part in ("postal_code", "city") if address.get(part))
    parts = (address["street"], city, address.get("region"), address["country"])
    return ", ".join(part for part in parts if part)


def needs_request(values: Values) -> bool:
    """Whether support has to be asked for such a number, because its country asks who will use it."""
    asked = None if values.get("port") else order_requirement(values)
    return asked is not None and (asked.needs_identity or bool(asked.documents))


REQUEST = ByHand(
    "requested",
    "support provisions the number {number}, of {country_name}",
    brings="existence",
    when=lambda before, after: needs_request(after),
    steps=(
        "open a case in the AWS Support Center (technical support, service Chime), where documents can be attached",
        f"or, without documents, open {CONSOLE} and choose Support, Submit request",
        "category: Other",
        "subject: Provisioning international numbers",
        "description: {request}",
        "attach: {documents_at_hand}",
        "still missing: {documents_missing}",
        "{address_rule}",
        "{country_note}",
        "allow {weeks} weeks; the answer goes to the Operations alternate contact of the AWS account",
        "if support gives another number than {number}, write that one into the files in its place",
    ),
    source="guide: Requesting international phone numbers",
    seen_by="ListPhoneNumbers",
    is_seen=True,
    overdue_after_days=42,
)
TELLS = (
    *("country_name", "request", "documents_at_hand", "documents_missing"),
    *("address_rule", "country_note", "weeks"),
)
"""What the steps name beyond the fields of the number."""


def order_requirement(values: Values) -> Requirement | None:
    """What the number's country asks; None for the United States, and for what is not offered."""
    number = str(values.get("number"))
    country = country_of(number)
    if country is None or country is UNITED_STATES:
        return None
    return find_requirement(country.code, "order", _type(values), number)


def _type(values: Values) -> str:
    return str(values.get("type") or type_of(str(values["number"])))


def request_words(values: Values) -> dict[str, str]:
    """What the steps say of this number; nothing for a number that needs no request."""
    asked = order_requirement(values) if values.get("number") else None
    country = country_of(str(values["number"])) if asked else None
    if asked is None or country is None:
        return {}
    holder, address = values.get("holder") or {}, values.get("address")
    kind = "individual" if holder.get("individual") else "business"
    described = {
        "individual or business": kind if holder else UNTOLD,
        "name": holder.get(kind) or UNTOLD,
        "local or toll-free": asked.type.replace("-prefix", " prefix"),
        "country": f"{country.name} ({country.code})",
        "quantity": f"1 ({values['number']}), for {PRODUCT_NAMES[values['product']]}",
        "address": address_text(address) if address else UNTOLD,
    }
    least, most = requirements().weeks
    return {
        "country_name": country.in_prose,
        "request": "; ".join(f"{name}: {value}" for name, value in described.items()),
        "weeks": f"{least} to {most}",
        "country_note": asked.note,
        "address_rule": address_rule(asked, country.name),
        **document_words(asked, at_hand(values)),
    }


def address_rule(asked: Requirement, country: str) -> str:
    if asked.address is None:
        return ""
    place = ADDRESSES[asked.address]
    return (
        f"the address has to be {place} ({country})" if asked.address != "anywhere" else f"the address may be {place}"
    )


def at_hand(values: Values) -> tuple[str, ...]:
    """The documents that the files name; an address is one."""
    return (*(values.get("documents") or ()), *(("business-address",) if values.get("address") else ()))


def document_words(asked: Requirement, found: Collection[str]) -> dict[str, str]:
    """What is to be attached and what is still missing, as steps say it."""
    have = [code for group in asked.documents for code in group if code in found]
    return {
        "documents_at_hand": "; ".join(map(document_text, have)) or "nothing yet",
        "documents_missing": "; ".join(map(group_text, asked.missing(found))) or "nothing",
    }


def document_text(code: str) -> str:
    return f"{code} ({requirements().documents[code]})"


def group_text(group: Sequence[str]) -> str:
    return " or ".join(map(document_text, group))


# ---------------------------------------------------------------- rules


def broken_abroad(address: Address, values: Values) -> Iterable[Broken]:
    """What the number's country does not have, or does not accept. A number that is ported in is the port's matter."""
    if values.get("port"):
        return
    country = country_of(values["number"])
    if country is UNITED_STATES:
        return
    if country is None:
        yield Broken(
            "CF-NUM-031",
            f"{address}: numbers of this country are not offered",
            why=f"there are numbers of the United States and of {', '.join(one.in_prose for one in _countries())}",
            do="use a number of one of these countries; 'chimeform explain phone_requirements' lists them",
        )
        return
    asked = order_requirement(values)
    if asked is None:
        yield Broken(
            "CF-NUM-032",
            f"{address}: {country.in_prose} has no {_type(values)} numbers",
            why="the guide lists none of this type for the country [guide: Country requirements for phone numbers]",
            do=f"look at 'chimeform explain phone_requirements.{country.code}' for what there is",
            field="type" if values.get("type") else None,
        )
    else:
        yield from broken_product(address, values, asked, country.in_prose)
        yield from broken_address(address, values, asked, country.in_prose)
        yield from broken_documents(address, values, asked, country.in_prose)


def _countries() -> Iterable[Any]:
    return requirements().countries.values()


def broken_product(address: Address, values: Values, asked: Requirement, country: str) -> Iterable[Broken]:
    if values["product"] not in asked.products:
        names = " or ".join(f"'product: {one}'" for one in asked.products)
        yield Broken(
            "CF-NUM-011",
            f"{address}.product: {asked.type} numbers of {country} are no {PRODUCT_NAMES[values['product']]} numbers",
            why="numbers outside the United States are for SIP media applications only, and those of Puerto Rico for "
            "Business Calling and Voice Connectors [guide: Country requirements for phone numbers]",
            do=f"write {names}",
            field="product",
        )


def broken_address(
    address: Address, values: Values, asked: Requirement, country: str, *, field: str = "address"
) -> Iterable[Broken]:
    """The country can be compared; whether an address is in the area of a number is known to support only."""
    written = values.get(field)
    if written and asked.address in ("same-area", "in-country") and written["country"] != asked.country:
        yield Broken(
            "CF-NUM-034",
            f"{address}.{field}: {written['country']} is not where the address has to be",
            why=f"for this number it has to be {ADDRESSES[asked.address]}: {country} ({asked.country}) "
            "[guide: Country requirements for phone numbers]",
            do=f"write an address in {country}, or use a number of another country or type",
            field=field,
        )


def broken_documents(address: Address, values: Values, asked: Requirement, country: str) -> Iterable[Broken]:
    """Files that say which documents are at hand have to name all that are needed; those that do not are asked by the
    gate."""
    if values.get("documents") is None:
        return
    if missing := asked.missing(at_hand(values)):
        yield Broken(
            "CF-NUM-033",
            f"{address}.documents: {' and '.join(' or '.join(group) for group in missing)} is missing",
            why=f"{country} asks for {'; '.join(map(group_text, missing))} to {asked.action} such a number",
            do="add it when it is at hand, or remove 'documents' to be reminded by the plan",
            field="documents",
        )
