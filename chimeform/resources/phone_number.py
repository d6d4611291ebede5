"""A phone number in the AWS account's inventory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

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
from .number_request import REQUEST, TELLS, Holder, PostalAddress, broken_abroad, needs_request, request_words
from .number_search import SEARCH
from .phone_product import Product, product_of, product_to
from .phone_requirements import US_TOLL_FREE, Document, NumberType
from .trunk_numbers import JOIN_TRUNKS, LEAVE_TRUNKS, trunk, trunk_effects, trunk_rules
from .values import E164, CallingName

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
        Product,
        Wire("ProductType", of=product_of, to=product_to),
        Field(description="What the number is for: people, a Voice Connector, or a SIP media application."),
    ]
    calling_name: Annotated[
        CallingName | None,
        Wire("CallingName", of=lambda name: name or None),
        Resets(None),
        Field(description="What people see when it calls. Not written: the default calling name."),
    ] = None
    type: Annotated[
        NumberType | None, Ours(), Field(description="Of a number abroad. Not written: what the digits say.")
    ] = None
    holder: Annotated[
        Holder | None, Ours(), Field(description="Who will use it, where the country of a number abroad asks.")
    ] = None
    address: Annotated[
        PostalAddress | None, Ours(), Field(description="The address of whoever will use it, likewise.")
    ] = None
    documents: Annotated[
        tuple[Document, ...] | None,
        Ours(),
        Field(strict=False, description="Which documents are at hand, of those that the country asks for."),
    ] = None
    port: Annotated[
        str | None,
        Ours(),
        Ref("phone_port", brings=True),
        Field(description="The port that brings the number. Not written: the one in `phone_ports` that names it."),
    ] = None
    pool: Annotated[
        str | None,
        Ours(),
        Ref("phone_pool"),
        Field(description="The pool that it belongs to, of `phone_pools`: it counts there and is handed out from it."),
    ] = None

    connector: Annotated[
        str | None,
        Wire("Associations", of=trunk("VoiceConnectorId")),
        Ref("voice_connector", by_id=True),
        Resets(None),
        Field(description="The Voice Connector that takes its calls."),
    ] = None
    group: Annotated[
        str | None,
        Wire("Associations", of=trunk("VoiceConnectorGroupId")),
        Ref("voice_connector_group", by_id=True),
        Resets(None),
        Field(description="The group of Voice Connectors that takes its calls."),
    ] = None

    one_offs = (SEARCH,)
    tells = TELLS
    by_hand = (REQUEST,)
    retire_means = "moved to the deletion queue, and gone after 7 days"
    gates = (
        GateRule(
            name="ordered",
            who="service",
            title="the number is being provisioned",
            closed=_is_ordered,
            holds=("BatchUpdatePhoneNumber", "BatchDeletePhoneNumber", *(call.operation for call in JOIN_TRUNKS)),
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
            *LEAVE_TRUNKS,
            *JOIN_TRUNKS,
        ),
        retire=(
            # a number that belongs to something cannot be deleted [guide: Deleting phone numbers]
            *LEAVE_TRUNKS,
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
    def words(cls, values: Values) -> dict[str, str]:
        return {**super().words(values), **request_words(values)}

    @classmethod
    def can_create(cls, scope: Scope, wanted: Values) -> bool:
        """A number that comes with a port, or that support provisions, is never ordered."""
        return not wanted.get("port") and not needs_request(wanted)

    @classmethod
    def retired(cls, observed: Observed, scope: Scope) -> bool:
        return observed.facts.get("status") in ("DeleteInProgress", "ReleaseInProgress")

    @classmethod
    def is_there(cls, observed: Observed) -> bool:
        """A number whose order failed is listed, but was never ours."""
        return observed.facts.get("status") != "AcquireFailed"

    @classmethod
    def understood(cls, seen: Observed, sight: Sight) -> Reading:
        """Without a number that could not be had, or that is still on its way, so that what waits for it waits for its
        port; and without a calling name that nobody sees."""
        if sight.wanted.get("port") and seen.facts.get("status") in ("AcquireInProgress", "AcquireFailed"):
            return Absent()
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
        if spec.product == "business-calling" and spec.number.startswith(US_TOLL_FREE):
            yield Broken(
                "CF-NUM-010",
                f"{address}.product: a toll-free number cannot be a Business Calling number",
                why="toll-free numbers are sold for Voice Connectors and SIP media applications only",
                do="write 'product: voice-connector', or declare a local number",
                field="product",
            )
        yield from trunk_rules(address, spec.product, spec.values())
        yield from broken_abroad(address, spec.values())
        if spec.port is None:
            return
        port = declared.spec(Address(("phone_ports", spec.port)))
        if port is not None and spec.number not in getattr(port, "numbers", ()):
            yield Broken(
                "CF-PRT-012",
                f"{address}.port: {spec.port} does not name this number",
                why="a port brings the numbers that it names, and a number that no port brings is ordered",
                do=f"add {spec.number} to the numbers of the port, or remove the line",
                field="port",
                other=Address(("phone_ports", spec.port)),
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
        yield from trunk_effects(transition)
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
