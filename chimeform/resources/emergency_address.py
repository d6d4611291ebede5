"""The check of an address for emergency calls: calls from there reach the right answering point only if it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .one_off import CALLERS_ACCOUNT, Given, Judgement, OneOff, Seen
from .operations import Call

_RESULTS = {0: "valid", 1: "corrected", 2: "not-found"}
"""[botocore ValidateE911AddressResponse]"""
_PARTS = {
    "street_number": "streetNumber",
    "pre_directional": "preDirectional",
    "street": "streetName",
    "street_suffix": "streetSuffix",
    "post_directional": "postDirectional",
    "city": "city",
    "state": "state",
    "postal_code": "postalCode",
    "postal_code_plus_4": "postalCodePlus4",
    "country": "country",
}
_CANDIDATE_PARTS = {**_PARTS, "street": "streetInfo"}
"""As people see them, and as the service has them: an address and a candidate call the street by different names
[botocore Address, CandidateAddress]."""


def _named(wire: Mapping[str, str], parts: Mapping[str, str]) -> dict[str, str]:
    return {name: wire[member] for name, member in parts.items() if wire.get(member)}


def _address(wire: Mapping[str, str]) -> dict[str, str]:
    return _named(wire, _PARTS)


def _candidates(wire: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [_named(one, _CANDIDATE_PARTS) for one in wire]


def _judged(seen: Mapping[str, Any]) -> Judgement:
    match seen.get("result"):
        case "valid":
            return Judgement(True, "The address can be used for emergency calls.")
        case "corrected":
            return Judgement(True, "A close match was found: use the address as it stands below.")
        case "not-found" if seen.get("candidates"):
            return Judgement(False, "The address was not found. If a candidate below is meant, check that one.")
        case "not-found":
            return Judgement(False, "The address was not found, and nothing that is like it.")
        case other:
            return Judgement(False, f"The service gave a result that it does not document: {other}.")


def _part(name: str, help_: str) -> Given:
    return Given(name, help_, is_required=True, is_private=True)


VALIDATE_ADDRESS = OneOff(
    "validate-address",
    title="check whether an address can be used for emergency calls",
    done="was answered",
    on="nothing",
    call=Call(
        "ValidateE911Address",
        sends={
            "AwsAccountId": CALLERS_ACCOUNT,
            "StreetNumber": _part("street-number", "The number of the house, such as 200."),
            "StreetInfo": _part("street", "The street, such as '8th Avenue'."),
            "City": _part("city", "The city, such as Portland."),
            "State": _part("state", "The state, by its two letters, such as OR."),
            "Country": _part("country", "The country, by its two letters, such as US."),
            "PostalCode": _part("postal-code", "The postal code, such as 97201."),
        },
    ),
    source="API reference: ValidateE911Address",
    shows={
        "result": Seen("ValidationResult", of=lambda number: _RESULTS.get(number, number)),
        "address_id": Seen("AddressExternalId"),
        "address": Seen("Address", of=_address),
        "candidates": Seen("CandidateAddressList", of=_candidates),
    },
    judges=_judged,
)
