"""Which systems stand behind a Voice Connector."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .base import Api, Call, Of, Resource, Shown, Wire
from .values import IN_NO_ORDER
from .voice_objects import CONNECTOR, SERVICE, read_part

_CONTROLLERS = {
    "RIBBON_SBC": "ribbon-sbc",
    "ORACLE_ACME_PACKET_SBC": "oracle-acme-packet-sbc",
    "AVAYA_SBCE": "avaya-sbce",
    "CISCO_UNIFIED_BORDER_ELEMENT": "cisco-unified-border-element",
    "AUDIOCODES_MEDIANT_SBC": "audiocodes-mediant-sbc",
}
_CENTERS = {
    "GENESYS_ENGAGE_ON_PREMISES": "genesys-engage-on-premises",
    "AVAYA_AURA_CALL_CENTER_ELITE": "avaya-aura-call-center-elite",
    "AVAYA_AURA_CONTACT_CENTER": "avaya-aura-contact-center",
    "CISCO_UNIFIED_CONTACT_CENTER_ENTERPRISE": "cisco-unified-contact-center-enterprise",
}
_WIRE = {ours: wire for words in (_CONTROLLERS, _CENTERS) for wire, ours in words.items()}


def _of(wire: list[str]) -> list[str]:
    return sorted({**_CONTROLLERS, **_CENTERS}.get(one, one) for one in wire)


def _to(systems: list[str]) -> list[str]:
    return [_WIRE[one] for one in systems]


Controller = Literal[
    "ribbon-sbc",
    "oracle-acme-packet-sbc",
    "avaya-sbce",
    "cisco-unified-border-element",
    "audiocodes-mediant-sbc",
]
Center = Literal[
    "genesys-engage-on-premises",
    "avaya-aura-call-center-elite",
    "avaya-aura-contact-center",
    "cisco-unified-contact-center-enterprise",
]


class ExternalSystems(Resource, kind="external_systems", path="voice_connectors.*.external_systems"):
    """The session border controllers and contact centers behind a Voice Connector, which it adapts to."""

    session_border_controllers: Annotated[
        tuple[Controller, ...],
        IN_NO_ORDER,
        Wire("SessionBorderControllerTypes", of=_of, to=_to),
        Shown(", ".join),
        Field(strict=False, description="The session border controllers."),
    ] = ()
    contact_centers: Annotated[
        tuple[Center, ...],
        IN_NO_ORDER,
        Wire("ContactCenterSystemTypes", of=_of, to=_to),
        Shown(", ".join),
        Field(strict=False, description="The contact centers."),
    ] = ()

    api = Api(
        service=SERVICE,
        details=(
            read_part(
                "GetVoiceConnectorExternalSystemsConfiguration",
                "ExternalSystemsConfiguration",
                *("session_border_controllers", "contact_centers"),
            ),
        ),
        updates=(
            Call(
                "PutVoiceConnectorExternalSystemsConfiguration",
                sends={
                    **CONNECTOR,
                    "SessionBorderControllerTypes": Of("session_border_controllers"),
                    "ContactCenterSystemTypes": Of("contact_centers"),
                },
                sets=("session_border_controllers", "contact_centers"),
                whole=True,
            ),
        ),
        retire=(
            Call(
                "DeleteVoiceConnectorExternalSystemsConfiguration",
                sends=CONNECTOR,
                clears=("session_border_controllers", "contact_centers"),
            ),
        ),
    )
