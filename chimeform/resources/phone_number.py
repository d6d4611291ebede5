"""A phone number in the AWS account's inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field

from ..address import Address
from ..live import Absent, Observed, Reading, Unknown, Values
from .base import (
    ID,
    Api,
    Batch,
    Broken,
    Call,
    Consequence,
    Declared,
    FromKey,
    GateRule,
    Listing,
    Made,
    NaturalKey,
    Of,
    Ours,
    Ref,
    Resets,
    Resource,
    Scope,
    Sight,
    Transition,
    Wire,
    listed_errors,
    statuses,
)
from .values import E164, CallingName

_PRODUCTS = {
    "BusinessCalling": "business-calling",
    "VoiceConnector": "voice-connector",
    "SipMediaApplicationDialIn": "sip-media-application",
}
_WIRE_PRODUCTS = {ours: wire for wire, ours in _PRODUCTS.items()}
_TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
_QUEUE_DAYS = 7
_LARGEST_BATCH = 50


def _still_ordered(order: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The numbers of an open order, which the inventory may not show yet."""
    for ordered in order.get("OrderedPhoneNumbers", ()):
        if ordered.get("Status") == "Processing":
            yield {
                "E164PhoneNumber": ordered.get("E164PhoneNumber"),
                "ProductType": order.get("ProductType"),
                "Status": "AcquireInProgress",
            }


def _not_had(seen: Observed) -> Unknown:
    """Ordering it again would fail again, so a person has to say what is wanted in its place."""
    return Unknown(
        "its order failed: the carrier did not give it, and it is not ordered again",
        do="declare another number in its place, or let a pool find one",
        code="CF-NUM-022",
    )


def _is_ordered(observed: Observed | None, scope: Scope) -> bool:
    return observed is None or observed.facts.get("status") == "AcquireInProgress"


def _name_is_pending(observed: Observed | None, scope: Scope) -> bool:
    return observed is not None and observed.facts.get("calling_name_status") == "UpdateInProgress"


def _update(label: str, member: str, source: Of | Made, **rest: Any) -> Call:
    """The service takes one attribute an item: each has a call of its own [botocore chime BatchUpdatePhoneNumber]."""
    return Call(
        "BatchUpdatePhoneNumber",
        sends={},
        label=label,
        batch=Batch(
            "UpdatePhoneNumberRequestItems",
            item={"PhoneNumberId": ID, member: source},
            key="PhoneNumberId",
            size=_LARGEST_BATCH,
            failures=listed_errors("PhoneNumberErrors", "PhoneNumberId"),
        ),
        **rest,
    )


def _wanted_name(values: Values) -> str:
    """An empty name clears it, and callers see the default calling name again."""
    return values.get("calling_name") or ""


class PhoneNumber(Resource, kind="phone_number", path="phone_numbers.*"):
    """A phone number: ordered, used, and given back through a seven-day deletion queue.

    A number that is removed from the files can be taken back without a new order for seven days
    [guide: Deleting phone numbers].
    """

    number: Annotated[
        E164,
        FromKey(),
        Wire("E164PhoneNumber"),
        NaturalKey(),
        Field(description="The number in E.164 form, in quotes."),
    ]
    product: Annotated[
        Literal["business-calling", "voice-connector", "sip-media-application"],
        Wire("ProductType", of=lambda wire: _PRODUCTS.get(wire, wire), to=_WIRE_PRODUCTS.__getitem__),
        Field(description="What the number is for: people, a Voice Connector, or a SIP media application."),
    ]
    calling_name: Annotated[
        CallingName | None,
        Wire("CallingName", of=lambda name: name or None),
        Resets(None),
        Field(description="What people see when it calls. Not written: the default calling name."),
    ] = None
    pool: Annotated[
        str | None,
        Ours(),
        Ref("phone_pool"),
        Field(description="The pool that it belongs to, of `phone_pools`: it counts there and is handed out from it."),
    ] = None

    retire_means = "moved to the deletion queue, and gone after 7 days"
    gates = (
        GateRule(
            name="ordered",
            who="service",
            title="the number is being provisioned",
            closed=_is_ordered,
            holds=("BatchUpdatePhoneNumber", "BatchDeletePhoneNumber"),
            steps=("wait: an order usually takes some seconds",),
            source="guide: Provisioning phone numbers",
            holds_dependents=True,
            overdue_after_days=1,
        ),
        GateRule(
            name="calling-name",
            who="service",
            title="the last change of the calling name goes through",
            closed=_name_is_pending,
            holds=("BatchUpdatePhoneNumber (calling name)",),
            steps=("wait: a calling name takes up to 72 hours",),
            source="guide: Updating outbound calling names",
            overdue_after_days=3,
        ),
    )
    api = Api(
        service="chime",
        listing=(
            Listing("ListPhoneNumbers", items="PhoneNumbers", page_size=99),
            Listing("ListPhoneNumberOrders", items="PhoneNumberOrders", page_size=99, expand=_still_ordered),
        ),
        id="E164PhoneNumber",
        id_field="number",
        facts={
            "status": "Status",
            "calling_name_status": "CallingNameStatus",
            "deleted_at": "DeletionTimestamp",
            "associations": "Associations",
            "country": "Country",
            "type": "Type",
        },
        fresh={"status": "AcquireInProgress"},
        create=Call(
            "CreatePhoneNumberOrder",
            sends={"ProductType": Of("product")},
            sets=("number", "product", "pool"),
            batch=Batch(
                "E164PhoneNumbers",
                item=Of("number"),
                size=_LARGEST_BATCH,
                failures=statuses("PhoneNumberOrder.OrderedPhoneNumbers", "E164PhoneNumber", "Failed"),
            ),
        ),
        updates=(
            _update("product", "ProductType", Of("product"), sets=("product",)),
            _update(
                "calling name", "CallingName", Made(_wanted_name), sets=("calling_name",), clears=("calling_name",)
            ),
        ),
        retire=(
            Call(
                "BatchDeletePhoneNumber",
                sends={},
                batch=Batch(
                    "PhoneNumberIds",
                    item=ID,
                    size=_LARGEST_BATCH,
                    failures=listed_errors("PhoneNumberErrors", "PhoneNumberId"),
                ),
            ),
        ),
        restore=Call("RestorePhoneNumber", sends={"PhoneNumberId": ID}),
        others=(
            Call(
                "UpdatePhoneNumber",
                sends={"PhoneNumberId": ID, "ProductType": Of("product"), "CallingName": Made(_wanted_name)},
                sets=("product", "calling_name"),
                clears=("calling_name",),
            ),
        ),
        other_ends=(Call("DeletePhoneNumber", sends={"PhoneNumberId": ID}),),
    )

    @classmethod
    def retired(cls, observed: Observed, scope: Scope) -> bool:
        return observed.facts.get("status") in ("DeleteInProgress", "ReleaseInProgress")

    @classmethod
    def is_there(cls, observed: Observed) -> bool:
        """A number whose order failed is listed, but was never ours."""
        return observed.facts.get("status") != "AcquireFailed"

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """Without a number that could not be had, and without a calling name that nobody sees."""
        if not cls.is_there(seen):
            return _not_had(seen) if sight.wanted else Absent(why="its order failed")
        values, failed = seen.values, seen.facts.get("calling_name_status") == "UpdateFailed"
        if failed and values.get("calling_name") == sight.wanted.get("calling_name"):
            values = {name: value for name, value in values.items() if name != "calling_name"}
        return replace(seen, values=values)

    @classmethod
    def exported(cls, observed: Observed, scope: Scope) -> Values | None:
        """To declare a number that is in the deletion queue is to take it back."""
        return None if cls.retired(observed, scope) else observed.values

    @classmethod
    def remarks(cls, observed: Observed, scope: Scope) -> Iterable[str]:
        if cls.retired(observed, scope):
            since = observed.facts.get("deleted_at", "")[:10]
            yield f"in the deletion queue{f' since {since}' if since else ''}; to declare it is to take it back"
        elif _is_ordered(observed, scope):
            yield "is still being ordered"

    @classmethod
    def settling(cls, observed: Observed) -> Iterable[str]:
        return ("calling_name",) if observed.facts.get("calling_name_status") == "UpdateInProgress" else ()

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, PhoneNumber)
        if spec.product == "business-calling" and spec.number.startswith(_TOLL_FREE):
            yield Broken(
                "CF-NUM-010",
                f"{address}.product: a toll-free number cannot be a Business Calling number",
                why="toll-free numbers are sold for Voice Connectors and SIP media applications only",
                do="write 'product: voice-connector', or declare a local number",
                field="product",
            )
        if spec.product != "sip-media-application" and not spec.number.startswith("+1"):
            yield Broken(
                "CF-NUM-011",
                f"{address}.product: numbers outside the United States are for SIP media applications only",
                why="Business Calling and Voice Connectors have numbers of the US and Puerto Rico "
                "[guide: Managing phone numbers]",
                do="write 'product: sip-media-application'",
                field="product",
            )

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        observed = transition.observed
        assigned = observed is not None and bool(observed.facts.get("associations"))
        if transition.action == "update" and transition.changes("product") and assigned:
            yield Broken(
                "CF-NUM-021",
                f"{transition.address}: the product of an assigned number cannot change",
                why="the service takes a new product for unassigned numbers only",
                do="take the number from whoever holds it, apply, and change the product then",
                field="product",
            )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.action == "create":
            yield Consequence("charge", "notice", "is charged by the month", "guide: Provisioning phone numbers")
        if transition.action == "retire":
            until = transition.scope.now + timedelta(days=_QUEUE_DAYS)
            yield Consequence(
                "number-release",
                "destructive",
                f"goes back to the carrier after {_QUEUE_DAYS} days, and somebody else may get it",
                "guide: Deleting phone numbers",
                last_undo=until.isoformat(),
            )
        elif transition.changes("calling_name") and transition.action != "create":
            failed = transition.observed and transition.observed.facts.get("calling_name_status") == "UpdateFailed"
            again = "the last change of the name failed; " if failed else ""
            yield Consequence(
                "calling-name-delay",
                "notice",
                f"{again}callers see the new name after up to 72 hours",
                "guide: Updating outbound calling names",
            )
