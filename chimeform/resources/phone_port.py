"""A port: numbers that come from another carrier, or go to one.

Support and the carriers do it. A port in shows as an order of the voice API, and its numbers in the inventory once it
is through; of a port out nothing shows, so that a person has to say how far it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from ..address import Address
from ..live import Observed, Reading, Unknown, Values
from .base import (
    Api,
    Broken,
    Declared,
    GateRule,
    Listing,
    NamesBack,
    Ours,
    Resource,
    Scope,
    Shown,
    Sight,
    Wire,
)
from .number_request import PostalAddress
from .phone_product import Product, product_of
from .phone_requirements import Document, NumberType
from .port_case import LINK_DAYS, OPEN_IN, OPEN_OUT, TELLS, Contact, broken_case, case_words
from .secret_store import SecretSource, place_text
from .values import E164, IN_NO_ORDER

_BUSINESS_CALLING = "BusinessCalling"
_STAGES = {
    "Processing": ("the order is open", "wait: this API has no word for how far a port is"),
    "Submitted": ("the order is with the carrier", "wait for the carrier's answer"),
    "PendingDocuments": ("support needs more documents", "send them, and wait for the carrier's answer then"),
    "ChangeRequested": ("a change is being made", "wait for the carrier's answer"),
    "Exception": ("support needs more details", "answer in the case"),
    "FOC": ("the carrier has confirmed the date", "on that day the numbers become active, and are assigned then"),
    "CancelRequested": ("it is being cancelled", "wait; if nobody here asked for it, ask in the case who did"),
}
_ENDED = ("Cancelled", "Failed")
_DONE = ("Successful", "Partial")


def _newest(orders: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Of several orders for the same numbers the last one counts: what was cancelled is asked for anew."""
    found: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for order in orders:
        key = tuple(_numbers(order.get("OrderedPhoneNumbers", ())))
        known = found.get(key)
        if known is None or order["CreatedTimestamp"] >= known["CreatedTimestamp"]:
            found[key] = order
    return found.values()


def _ports(orders: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    return _newest(order for order in orders if order.get("OrderType") == "Porting")


def _of_business_calling(orders: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """The voice API knows no Business Calling numbers, and this one does not tell a port from another order: which
    one it is, its numbers say."""
    return _newest(order for order in orders if order.get("ProductType") == _BUSINESS_CALLING)


def _numbers(ordered: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted(str(one.get("E164PhoneNumber")) for one in ordered)


def _status(observed: Observed | None) -> str | None:
    return observed.facts.get("status") if observed else None


def _is_under_way(observed: Observed | None, scope: Scope) -> bool:
    return _status(observed) in _STAGES


def _is_leaving(observed: Observed | None, scope: Scope) -> bool:
    is_out = observed is not None and observed.values.get("direction") == "out"
    return is_out and observed is not None and "left" not in observed.confirmed


def _foc_date(observed: Observed, scope: Scope) -> datetime | None:
    if _status(observed) != "FOC" or not (found := observed.facts.get("foc_date")):
        return None
    moment = datetime.fromisoformat(found)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class PhonePort(Resource, kind="phone_port", path="phone_ports.*"):
    """Numbers that are ported in from another carrier, or out to one.

    Support opens a port on a case; no operation can [guide: Porting existing phone numbers]. Numbers that come in are
    declared under `phone_numbers` too and wait for the port; they are never ordered. Numbers that go out are removed
    from there: they are unassigned and deleted once the port is done.
    """

    numbers: Annotated[
        tuple[E164, ...],
        Ours(),
        Wire("OrderedPhoneNumbers", of=_numbers),
        NamesBack("phone_number", into="port", when=lambda port: port.direction == "in"),
        Shown(", ".join),
        IN_NO_ORDER,
        Field(strict=False, min_length=1, description="The numbers, all from one carrier."),
    ]
    direction: Annotated[Literal["in", "out"], Ours(), Field(description="Into this AWS account, or out of it.")] = "in"
    product: Annotated[
        Product | None,
        Ours(),
        Wire("ProductType", of=product_of),
        Field(description="What the numbers will be for. A port in has to say it."),
    ] = None
    type: Annotated[
        NumberType | None, Ours(), Field(description="Of a number abroad. Not written: what the digits say.")
    ] = None
    billing_number: Annotated[
        E164 | None, Ours(), Field(description="The number that the carrier's account goes by (BTN).")
    ] = None
    billing_number_after: Annotated[
        Literal["replaced", "account-closed", "each-its-own"] | None,
        Ours(),
        Field(description="What becomes of it at the carrier, if it is ported itself."),
    ] = None
    new_billing_number: Annotated[
        E164 | None, Ours(), Field(description="The one that replaces it on the carrier's account.")
    ] = None
    authorised_person: Annotated[
        str | None, Ours(), Field(min_length=1, description="Who is in charge of billing at the losing carrier.")
    ] = None
    carrier: Annotated[str | None, Ours(), Field(min_length=1, description="The present carrier.")] = None
    carrier_account: Annotated[
        str | None, Ours(), Field(min_length=1, description="The number of the account with it, in quotes.")
    ] = None
    pin: Annotated[
        SecretSource | None,
        Ours(),
        Shown(place_text),
        Field(description="Where the service PIN is kept. chimeform never reads it; the steps name the place."),
    ] = None
    customer_name: Annotated[
        str | None, Ours(), Field(min_length=1, description="The customer, exactly as in the contract.")
    ] = None
    service_address: Annotated[
        PostalAddress | None, Ours(), Field(description="The address of the service, exactly as in the contract.")
    ] = None
    estimated_usage: Annotated[
        str | None, Ours(), Field(min_length=1, description="Of numbers abroad: how much they will be used.")
    ] = None
    wished: Annotated[
        str | None,
        Ours(),
        Field(
            pattern=r"^\d{4}-\d{2}-\d{2}( \d{2}:\d{2}( \S.*)?)?$",
            description="The date, and the time with its zone, at which the numbers should move.",
        ),
    ] = None
    contact: Annotated[Contact | None, Ours(), Field(description="How support gets back to you.")] = None
    documents: Annotated[
        tuple[Document, ...] | None, Ours(), Field(strict=False, description="Which documents are at hand.")
    ] = None

    retire_means = "left as it is: only support can change or cancel a port"
    tells = TELLS
    by_hand = (OPEN_IN, OPEN_OUT)
    gates = (
        GateRule(
            name="carrier",
            who="carrier",
            title="the port of {count} in: {stage}",
            closed=_is_under_way,
            holds=(),
            holds_dependents=True,
            opens_at=_foc_date,
            steps=("{advice}", "the numbers carry no calls until they are assigned"),
            source="guide: Porting existing phone numbers",
            seen_by="ListPhoneNumberOrders",
        ),
        GateRule(
            name="documents",
            who="operator",
            title="support gets the documents that it still needs",
            closed=lambda observed, scope: _status(observed) == "PendingDocuments",
            holds=(),
            steps=(
                "look into the case for what is missing",
                f"upload it by the link in the case, which ends after {LINK_DAYS} days; ask for a new one then",
            ),
            source="guide: Porting existing phone numbers",
            seen_by="ListPhoneNumberOrders",
            overdue_after_days=LINK_DAYS,
        ),
        GateRule(
            name="exception",
            who="operator",
            title="support gets the details that it needs to go on with the port",
            closed=lambda observed, scope: _status(observed) == "Exception",
            holds=(),
            steps=("look into the case for the question, and answer it there",),
            source="guide: Porting existing phone numbers",
            seen_by="ListPhoneNumberOrders",
            overdue_after_days=7,
        ),
        GateRule(
            name="cancelled",
            who="operator",
            title="the port was cancelled, and is asked for again or given up",
            closed=lambda observed, scope: _status(observed) in _ENDED,
            holds=(),
            holds_dependents=True,
            steps=(
                "look into the case for the reason",
                "to try again, open a new case with this description: {case}",
                "to give it up, remove the port from the files, and the numbers that wait for it",
            ),
            source="guide: Porting existing phone numbers",
            seen_by="ListPhoneNumberOrders",
            overdue_after_days=7,
        ),
        GateRule(
            name="left",
            who="carrier",
            title="the new carrier has {count}",
            closed=_is_leaving,
            holds=(),
            holds_dependents=True,
            confirmable=_is_leaving,
            steps=(
                "give the new carrier the account ID and the PIN that support sent, and wait until it has the numbers",
                "say so then; the next apply takes them from whoever has them and deletes them from the inventory",
            ),
            source="guide: Porting phone numbers out",
        ),
    )
    api = Api(
        service="chime-sdk-voice",
        listing=(
            Listing("ListPhoneNumberOrders", items="PhoneNumberOrders", page_size=100, gather=_ports),
            Listing(
                "ListPhoneNumberOrders",
                items="PhoneNumberOrders",
                page_size=99,
                gather=_of_business_calling,
                service="chime",
            ),
        ),
        id="PhoneNumberOrderId",
        facts={"status": "Status", "foc_date": "FocDate", "sort": "OrderType"},
    )

    @classmethod
    def natural_key(cls, values: Values) -> tuple[Any, ...] | None:
        """A port out has no order, and must not be taken for the port by which its numbers once came."""
        return None if values.get("direction") == "out" else tuple(values.get("numbers") or ()) or None

    @classmethod
    def words(cls, values: Values) -> dict[str, str]:
        return {**super().words(values), **case_words(values)}

    @classmethod
    def can_create(cls, scope: Scope, wanted: Values) -> bool:
        return False

    @classmethod
    def is_over(cls, observed: Observed) -> bool:
        return observed.facts.get("sort") != "Porting" or _status(observed) in (*_DONE, *_ENDED)

    @classmethod
    def keeps(cls, values: Values) -> Iterable[Address]:
        """Who has a number that goes out keeps it until the new carrier has it."""
        if values.get("direction") == "out":
            yield from (Address(("phone_numbers", number)) for number in values["numbers"])

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """What the case says shows nowhere and is as declared; how far the port is, its order tells."""
        wanted = dict(sight.wanted or sight.known)
        ordered = seen.values.get("numbers")
        if ordered is not None and wanted and ordered != wanted["numbers"]:
            return _of_other_numbers(seen, ordered)
        stage, advice = _STAGES.get(str(_status(seen)), ("", ""))
        moment = str(seen.facts.get("foc_date") or "")[:10]
        stage = f"{stage}, {moment}" if _status(seen) == "FOC" and moment else stage
        told = {"stage": stage, "advice": advice} if stage else {}
        return replace(seen, values={**wanted, **seen.values}, facts={**seen.facts, **told})

    @classmethod
    def exported(cls, observed: Observed, scope: Scope) -> Values | None:
        return None if cls.is_over(observed) else observed.values

    @classmethod
    def remarks(cls, observed: Observed, scope: Scope) -> Iterable[str]:
        if stage := _STAGES.get(str(_status(observed))):
            yield stage[0]

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, PhonePort)
        if spec.direction == "in" and spec.product is None:
            yield Broken(
                "CF-PRT-001",
                f"{address}: a port in says what its numbers will be for",
                why="support asks for the type of phone numbers",
                do="write 'product: business-calling', 'voice-connector' or 'sip-media-application'",
            )
        else:
            yield from broken_case(address, spec.values())
        yield from _ported_twice(address, spec, declared)
        yield from _broken_numbers(address, spec, declared)


def _of_other_numbers(seen: Observed, ordered: Iterable[str]) -> Unknown:
    return Unknown(
        f"the order {seen.id} is for other numbers: {', '.join(ordered)}",
        do="write these, or ask support to change the order; numbers of another port have a block of their own",
        code="CF-PRT-011",
    )


def _ported_twice(address: Address, spec: PhonePort, declared: Declared) -> Iterable[Broken]:
    for other, port in declared.of_kind("phone_port"):
        assert isinstance(port, PhonePort)
        twice = sorted(set(spec.numbers) & set(port.numbers)) if other < address else []
        if twice and port.direction == spec.direction:
            yield Broken(
                "CF-PRT-003",
                f"{address}.numbers: {', '.join(twice)} is in {other} too",
                why="a number moves by one port",
                do="take it out of one of the two",
                field="numbers",
                other=other,
            )


def _broken_numbers(address: Address, spec: PhonePort, declared: Declared) -> Iterable[Broken]:
    """What the blocks of the numbers say otherwise than the port."""
    for number in spec.numbers:
        other = Address(("phone_numbers", number))
        found = declared.spec(other)
        if found is None:
            continue
        if spec.direction == "out":
            yield Broken(
                "CF-PRT-010",
                f"{address}.numbers: {number} is still declared",
                why="a number that goes out is gone for this AWS account when the port is done",
                do="remove its block, and 'phone' of whoever has it; both stay as they are until the port is done",
                field="numbers",
                other=other,
                is_warning=True,
            )
        elif spec.product not in (None, product := getattr(found, "product", None)):
            yield Broken(
                "CF-PRT-009",
                f"{other}.product: the port brings it for {spec.product}, and not for {product}",
                why="support ports a number for one product",
                do="write the same product in both",
                other=other,
            )
