"""The case that support takes for a port, in or out, and what a country asks for it; no operation opens one.

[guide: Porting existing phone numbers; Country requirements for phone numbers]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..address import Address
from ..live import Values
from .base import Broken
from .by_hand import CONSOLE, ByHand
from .number_request import UNTOLD, address_rule, address_text, at_hand, broken_address, document_words, group_text
from .phone_product import PRODUCT_NAMES
from .phone_requirements import UNITED_STATES, Country, Requirement, country_of, find_requirement, type_of
from .secret_store import place_text

LINK_DAYS = 10
"""How long support's link for documents can be used."""
BILLING = {
    "replaced": "it is ported, and {new} takes its place on the account with the carrier",
    "account-closed": "it is ported, and the account with the carrier is to be closed",
    "each-its-own": "every number is its own billing number",
}
_US_PORT = Requirement("US", "port", "local", tuple(PRODUCT_NAMES), (("letter-of-agency",),))
"""What every port needs; the carrier of a number in the United States asks for no more."""
_ASKED_IN_US = ("billing_number", "authorised_person", "service_address", "customer_name", "wished")
_ASKED_ABROAD = ("estimated_usage",)


class Contact(BaseModel):
    """How support gets back to whoever opened the case."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    language: Annotated[str, Field(min_length=1, description="The language of the correspondence.")] = "English"
    by: Annotated[Literal["web", "phone"], Field(description="In the Support Center, or by telephone.")] = "web"


_UPLOAD = (
    f"support sends a link for the documents; it ends after {LINK_DAYS} days and is for users of the AWS account that "
    "opened the case. Upload each with individual ACL permissions: the key that support gives as grantee, and Read on "
    "objects"
)
_FORM = (
    f"open the AWS Support Center and create a case, or open {CONSOLE} and choose Support, Submit request",
    "type: Account and billing; service: Chime SDK (Number Management); category: Phone Number Port {way}",
    "subject: Porting phone numbers {direction}",
    "description: {case}",
    "{contact_text}",
)
OPEN_IN = ByHand(
    "case",
    "support takes the port of {count} in",
    brings="existence",
    when=lambda before, after: after.get("direction") != "out",
    steps=(
        "documents at hand: {documents_at_hand}",
        "still missing: {documents_missing}",
        "{address_rule}",
        "{country_note}",
        "{connector_first}",
        *_FORM,
        "{pin_text}",
        _UPLOAD,
        "support compares the Letter of Agency with the records of the losing carrier; what differs comes back",
    ),
    source="guide: Porting existing phone numbers",
    seen_by="ListPhoneNumberOrders",
    is_seen=True,
)
OPEN_OUT = ByHand(
    "case-out",
    "support takes the port of {count} out",
    brings="existence",
    when=lambda before, after: after.get("direction") == "out",
    steps=(*_FORM, "support answers with an account ID and a PIN, which the new carrier needs"),
    source="guide: Porting phone numbers out",
    holds_dependents=True,
)
TELLS = (
    *("way", "case", "count", "contact_text", "documents_at_hand", "documents_missing"),
    *("address_rule", "country_note", "connector_first", "pin_text", "stage", "advice"),
)
"""What the steps name beyond the fields of the port."""


# ---------------------------------------------------------------- what is asked


def place_of(values: Values) -> tuple[Country, str] | None:
    """The one country and type that all numbers are of; None where they are not, or where nothing is offered."""
    numbers = values.get("numbers") or ()
    places = {(country_of(one), values.get("type") or type_of(one)) for one in numbers}
    country, kind = places.pop() if len(places) == 1 else (None, "")
    return (country, kind) if country else None


def port_requirement(values: Values) -> Requirement | None:
    """What the country asks. None: its numbers are not ported."""
    place = place_of(values)
    if place is None:
        return None
    country, kind = place
    if country is UNITED_STATES:
        return replace(_US_PORT, type=kind)
    found = find_requirement(country.code, "port", kind)
    return found if found is not None and found.is_supported else None


def _documents(values: Values) -> Values:
    """The service address is the address that countries ask for."""
    return {"documents": values.get("documents"), "address": values.get("service_address")}


# ---------------------------------------------------------------- what the steps say


def case_words(values: Values) -> dict[str, str]:
    numbers = values.get("numbers") or ()
    way = "Out" if values.get("direction") == "out" else "In"
    contact = values.get("contact")
    words = {
        "way": way,
        "direction": way.lower(),
        "count": f"{len(numbers)} number{'' if len(numbers) == 1 else 's'}",
        "case": "; ".join(f"{name}: {value}" for name, value in _description(values)),
        "contact_text": f"contact: {contact['language']}, by {contact['by']}" if contact else "",
    }
    return words if way == "Out" else {**words, **_of_documents(values), **_of_carrier(values)}


def _of_documents(values: Values) -> dict[str, str]:
    asked, place = port_requirement(values), place_of(values)
    if asked is None or place is None:
        return {"documents_at_hand": UNTOLD, "documents_missing": UNTOLD, "address_rule": "", "country_note": ""}
    return {
        "address_rule": address_rule(asked, place[0].name),
        "country_note": asked.note,
        **document_words(asked, at_hand(_documents(values))),
    }


def _of_carrier(values: Values) -> dict[str, str]:
    needs_connector = values.get("product") == "voice-connector"
    pin = values.get("pin")
    return {
        "connector_first": "the Voice Connector for the numbers has to exist before" if needs_connector else "",
        "pin_text": f"service PIN: it is kept in {place_text(pin)}; write it into the case and nowhere else"
        if pin
        else "",
    }


def _description(values: Values) -> Iterable[tuple[str, str]]:
    """The members of the form in the order in which support asks for them; what nobody wrote is left out, unless it
    has to be told."""
    product = PRODUCT_NAMES.get(str(values.get("product")))
    if product:
        yield "phone number type", product
    yield "numbers", ", ".join(values.get("numbers") or ())
    if values.get("direction") == "out":
        return
    place = place_of(values)
    if place and place[0] is not UNITED_STATES:
        yield "local or toll-free", place[1]
        yield "country", f"{place[0].name} ({place[0].code})"
    address, asked = values.get("service_address"), asked_fields(values)
    told = {
        "billing_number": ("billing number (BTN)", values.get("billing_number")),
        "authorised_person": ("authorising person", values.get("authorised_person")),
        "carrier": ("present carrier", values.get("carrier")),
        "carrier_account": ("service account number", values.get("carrier_account")),
        "service_address": ("service address", address_text(address) if address else None),
        "customer_name": ("customer name", values.get("customer_name")),
        "estimated_usage": ("estimated usage", values.get("estimated_usage")),
        "wished": ("wished date and time", values.get("wished")),
    }
    for name, (label, value) in told.items():
        if value or name in asked:
            yield label, value or UNTOLD
    if after := values.get("billing_number_after"):
        yield (
            "what becomes of the billing number",
            BILLING[after].format(new=values.get("new_billing_number") or UNTOLD),
        )


def asked_fields(values: Values) -> tuple[str, ...]:
    """What the description of a port in has to say."""
    place = place_of(values)
    return _ASKED_IN_US if place is None or place[0] is UNITED_STATES else _ASKED_ABROAD


# ---------------------------------------------------------------- rules


def broken_case(address: Address, values: Values) -> Iterable[Broken]:
    """What support would send back."""
    if values.get("direction") == "out":
        return
    place, asked = place_of(values), port_requirement(values)
    if place is None:
        yield Broken(
            "CF-PRT-002",
            f"{address}.numbers: they are not of one country and type",
            why="a port is one case with one carrier, and what it needs depends on the country and the type; "
            "numbers are of the United States or of a country that 'chimeform explain phone_requirements' lists",
            do="make one port for each country and type",
            field="numbers",
        )
        return
    if asked is None:
        yield Broken(
            "CF-PRT-005",
            f"{address}.numbers: {place[1]} numbers of {place[0].in_prose} cannot be ported",
            why="the guide does not offer it [guide: Country requirements for phone numbers]",
            do="keep them where they are, or order new numbers",
            field="numbers",
        )
        return
    yield from _broken_product(address, values, asked, place[0].in_prose)
    yield from broken_address(address, values, asked, place[0].in_prose, field="service_address")
    yield from _broken_documents(address, values, asked, place[0].in_prose)
    yield from _broken_billing(address, values)
    yield from _incomplete(address, values)


def _broken_product(address: Address, values: Values, asked: Requirement, country: str) -> Iterable[Broken]:
    is_free = asked.type == "toll-free" and values.get("product") == "business-calling"
    if is_free or values.get("product") not in asked.products:
        yield Broken(
            "CF-PRT-004",
            f"{address}.product: {asked.type} numbers of {country} are not ported for "
            f"{PRODUCT_NAMES[values['product']]}",
            why="toll-free numbers are ported for Voice Connectors and SIP media applications, and numbers abroad for "
            "SIP media applications only [guide: Porting existing phone numbers]",
            do=f"write 'product: {'voice-connector' if is_free else 'sip-media-application'}'",
            field="product",
        )


def _broken_documents(address: Address, values: Values, asked: Requirement, country: str) -> Iterable[Broken]:
    given = _documents(values)
    missing = asked.missing(at_hand(given)) if given["documents"] is not None else ()
    if missing:
        yield Broken(
            "CF-PRT-006",
            f"{address}.documents: {' and '.join(' or '.join(group) for group in missing)} is missing",
            why=f"to port {asked.type} numbers of {country}, support asks for {'; '.join(map(group_text, missing))}",
            do="add it when it is at hand, or remove 'documents' to be reminded by the plan",
            field="documents",
        )


def _broken_billing(address: Address, values: Values) -> Iterable[Broken]:
    after, billing = values.get("billing_number_after"), values.get("billing_number")
    if billing in (values.get("numbers") or ()) and after is None:
        yield Broken(
            "CF-PRT-007",
            f"{address}.billing_number: it is ported too, and the carrier has to know what becomes of its account",
            why="the billing number stands for the account with the losing carrier [guide: Porting existing phone "
            "numbers]",
            do=f"write 'billing_number_after: …', one of {', '.join(BILLING)}",
            field="billing_number",
        )
    if (after == "replaced") != bool(values.get("new_billing_number")):
        yield Broken(
            "CF-PRT-007",
            f"{address}: 'billing_number_after: replaced' and 'new_billing_number' go together",
            why="the account stays with the carrier under another of its numbers",
            do="write both, or neither",
            field="billing_number_after" if after else "new_billing_number",
        )


def _incomplete(address: Address, values: Values) -> Iterable[Broken]:
    missing = [name for name in asked_fields(values) if not values.get(name)]
    if missing:
        yield Broken(
            "CF-PRT-008",
            f"{address}: support will ask for {', '.join(missing)}",
            why="the description of the case has a place for each [guide: Porting existing phone numbers]",
            do="write them as the contract with the carrier has them",
            is_warning=True,
        )
