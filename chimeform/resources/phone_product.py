"""What phone numbers are for, in our words and in the services'."""

from __future__ import annotations

from typing import Literal

Product = Literal["business-calling", "voice-connector", "sip-media-application"]

_PRODUCTS = {
    "BusinessCalling": "business-calling",
    "VoiceConnector": "voice-connector",
    "SipMediaApplicationDialIn": "sip-media-application",
}
_WIRE_PRODUCTS = {ours: wire for wire, ours in _PRODUCTS.items()}
PRODUCT_NAMES = {
    "business-calling": "Business Calling",
    "voice-connector": "Voice Connector",
    "sip-media-application": "SIP media application dial-in",
}
"""As support's forms call them."""


def product_of(wire: str) -> str:
    return _PRODUCTS.get(wire, wire)


def product_to(ours: str) -> str:
    return _WIRE_PRODUCTS[ours]
