"""Where a Voice Connector takes calls that come in from the public network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..address import Address
from .base import Api, Broken, Call, Consequence, Declared, Of, Resource, Shown, Transition, Wire
from .values import fault
from .voice_objects import CONNECTOR, SERVICE, encryption_of, is_private, read_part

MOST_ROUTES = 20
"""Of one Voice Connector [botocore Origination]; another place of the manual says ten."""
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)", re.ASCII)
_ABOUT = "developer guide: Editing Amazon Chime Voice Connector settings"


def _host(text: str) -> str:
    """A public IPv4 address or a full domain name [CDK]. Of IPv6 nothing is documented."""
    try:
        address = ip_address(text)
    except ValueError:
        labels = text.removesuffix(".").split(".")
        is_host = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels)
    else:
        is_host = not (isinstance(address, IPv4Address) and is_private(IPv4Network(address)))
    if not is_host:
        raise fault(
            "CF-VCN-002",
            f"{text!r} is no public address and no full domain name",
            why="calls come from the public network and cannot find it",
            do="write a public IPv4 address, or a name such as pbx.acme.example",
        )
    return text


class Route(BaseModel):
    """One host that takes calls."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    host: Annotated[str, AfterValidator(_host), Field(description="A public IPv4 address or a full domain name.")]
    port: Annotated[int, Field(ge=0, le=65535, description="The port that takes SIP.")] = 5060
    protocol: Annotated[Literal["tcp", "udp"], Field(description="With encryption only `tcp`.")] = "tcp"
    priority: Annotated[int, Field(ge=1, le=100, description="1 is tried first.")]
    weight: Annotated[int, Field(ge=1, le=100, description="The share among routes of one priority.")]


def _order(route: Mapping[str, Any]) -> tuple[Any, ...]:
    return route["priority"], -route["weight"], route["host"], route["port"]


def _in_order(routes: tuple[Route, ...]) -> tuple[Route, ...]:
    """Priorities and weights say everything; the order of the list says nothing."""
    return tuple(sorted(routes, key=lambda route: _order(route.model_dump())))


def _routes_of(wire: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    routes = [
        {
            "host": route.get("Host", ""),
            "port": route.get("Port", 5060),
            "protocol": str(route.get("Protocol", "")).lower(),
            "priority": route.get("Priority", 1),
            "weight": route.get("Weight", 1),
        }
        for route in wire
    ]
    return sorted(routes, key=_order)


def _routes_to(routes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "Host": route["host"],
            "Port": route["port"],
            "Protocol": route["protocol"].upper(),
            "Priority": route["priority"],
            "Weight": route["weight"],
        }
        for route in routes
    ]


def _text(routes: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(
        f"{route['host']}:{route['port']}/{route['protocol']} ({route['priority']}, {route['weight']})"
        for route in routes
    )


def _unencrypted(address: Address, encryption: str) -> Broken:
    return Broken(
        "CF-VCN-003",
        f"{address}.routes: a route with udp, and {encryption}",
        why="encrypted signalling is TLS, which runs over TCP",
        do="write 'protocol: tcp', or 'require_encryption: false' for the Voice Connector",
        field="routes",
    )


class Origination(Resource, kind="origination", path="voice_connectors.*.origination"):
    """Calls from the public network in to the phone system: to which hosts, in which order."""

    routes: Annotated[
        tuple[Route, ...],
        AfterValidator(_in_order),
        Wire("Routes", of=_routes_of, to=_routes_to),
        Shown(_text),
        Field(strict=False, min_length=1, max_length=MOST_ROUTES, description="The hosts that take calls."),
    ]
    disabled: Annotated[bool, Wire("Disabled"), Field(description="Take no calls in.")] = False

    retire_means = "deleted: no calls come in"
    api = Api(
        service=SERVICE,
        # with encryption the service takes other routes than without
        stands_on=("voice_connector",),
        details=(read_part("GetVoiceConnectorOrigination", "Origination", "routes", "disabled"),),
        updates=(
            Call(
                "PutVoiceConnectorOrigination",
                sends={**CONNECTOR, "Origination": {"Routes": Of("routes"), "Disabled": Of("disabled")}},
                sets=("routes", "disabled"),
                whole=True,
            ),
        ),
        retire=(Call("DeleteVoiceConnectorOrigination", sends=CONNECTOR, clears=("routes", "disabled")),),
    )

    @property
    def has_udp(self) -> bool:
        return any(route.protocol == "udp" for route in self.routes)

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        assert isinstance(spec, Origination)
        connector = declared.spec(Address(address.parts[:2]))
        if getattr(connector, "require_encryption", None) and spec.has_udp:
            yield _unencrypted(address, "the Voice Connector requires encryption")

    @classmethod
    def refusals(cls, transition: Transition, spec: Resource | None) -> Iterable[Broken]:
        """Where the files leave the encryption to the service: on for a new connector, and else as it is there."""
        if not isinstance(spec, Origination) or not spec.has_udp:
            return
        connector = transition.whole.values_after(Address(transition.address.parts[:2]))
        if connector is not None and encryption_of(connector):
            is_written = connector.get("require_encryption") is not None
            what = "requires encryption" if is_written else "is new and begins with encryption"
            yield _unencrypted(transition.address, f"the Voice Connector {what}")

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        before, after = transition.before, transition.after
        if transition.action == "retire" or (after.get("disabled") and not before.get("disabled")):
            yield Consequence("no-calls-in", "caution", "calls to its numbers reach nobody", _ABOUT)
        elif before.get("routes") and transition.changes("routes"):
            yield Consequence("calls-rerouted", "notice", "new calls go to the new hosts at once", _ABOUT)
