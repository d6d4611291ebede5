"""What carriers, support and the customer's own telephone equipment do: requests of the control surface.

GET    carrier/orders                       orders, newest first, each with the statuses that it can be given
POST   carrier/orders                       {"numbers": ["+1…"], "product_type": "VoiceConnector"}: support opens a port
POST   carrier/numbers                      likewise, for SIP media applications: support provisions numbers on a case
POST   carrier/orders/{id}                  {"status": "FOC", "foc_date": "2030-01-31"}: the date goes with FOC alone
POST   equipment/{connector}/options        {"source": "203.0.113.9"}: a SIP OPTIONS message reaches the connector
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

from chimeform.sandbox.chime import console, numbering
from chimeform.sandbox.chime.world import orders as order_table
from chimeform.sandbox.chime.world import stamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.control_input import bad_control, read_fields
from chimeform.sandbox.voice import orders
from chimeform.sandbox.voice.world import CONNECTOR, configure, find

Labels = Mapping[str, str]
_PRODUCTS = (numbering.BUSINESS_CALLING, numbering.VOICE_CONNECTOR, numbering.SIP_MEDIA)


def list_orders(ctx: Context, _labels: Labels, _body: Any) -> Any:
    return {"Orders": [_describe(ctx, order) for order in console.list_orders(ctx)["Orders"]]}


def open_port(ctx: Context, _labels: Labels, body: Any) -> Any:
    return _show(orders.open_port(ctx, *_read_numbers(body, numbering.VOICE_CONNECTOR)))


def provision(ctx: Context, _labels: Labels, body: Any) -> Any:
    return _show(orders.provision(ctx, *_read_numbers(body, numbering.SIP_MEDIA)))


def _read_numbers(body: Any, usual: str) -> tuple[str, list[str]]:
    """The product type, or the usual one, and the numbers."""
    asked = read_fields(body, {"product_type": str}, numbers=list)
    product = asked.get("product_type", usual)
    if product not in _PRODUCTS:
        raise bad_control(f"product_type is one of {', '.join(_PRODUCTS)}")
    if not asked["numbers"] or not all(isinstance(number, str) for number in asked["numbers"]):
        raise bad_control("numbers is a list of phone numbers")
    return product, asked["numbers"]


def set_order_status(ctx: Context, labels: Labels, body: Any) -> Any:
    """Any order takes the statuses that both services know; those of ports make a port of an open one."""
    asked = read_fields(body, {"foc_date": str}, status=str)
    if asked["status"] in orders.PORTING:
        return _show(orders.set_porting_status(ctx, labels["order"], **asked))
    if "foc_date" in asked:
        raise bad_control("foc_date goes with the status FOC")
    console.set_order_status(ctx, labels["order"], **asked)
    return _show(order_table(ctx).get(labels["order"]) or {})


def note_options(ctx: Context, labels: Labels, body: Any) -> Any:
    source = read_fields(body, source=str)["source"]
    try:
        ip_address(source)
    except ValueError as error:
        raise bad_control("source is an IP address") from error
    health = {"Source": source, "Timestamp": stamp(ctx)}
    configure(ctx, CONNECTOR, find(ctx, CONNECTOR, labels["connector"]), "TerminationHealth", health)
    return {"TerminationHealth": health}


def _show(order: dict[str, Any]) -> Any:
    return {"PhoneNumberOrder": orders.show(order)}


def _describe(ctx: Context, order: dict[str, Any]) -> dict[str, Any]:
    record = order_table(ctx).get(order["PhoneNumberOrderId"])
    if record is None or "Porting" not in record:
        return {**order, "OrderType": "New"}
    ends = [status for status in order["Outcomes"] if status != "Processing"]
    outcomes = [*orders.PORTING, *ends] if ends else []
    return {**order, **orders.show(record), "OnHold": False, "Outcomes": outcomes}


OUTSIDE: dict[tuple[str, str], Callable[[Context, Labels, Any], Any]] = {
    ("GET", "carrier/orders"): list_orders,
    ("POST", "carrier/orders"): open_port,
    ("POST", "carrier/numbers"): provision,
    ("POST", "carrier/orders/{order}"): set_order_status,
    ("POST", "equipment/{connector}/options"): note_options,
}
