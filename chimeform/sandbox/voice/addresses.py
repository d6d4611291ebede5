"""Addresses for emergency calls."""

from __future__ import annotations

import re
from typing import Any

from chimeform.sandbox.chime.numbering import US_AREA_CODES
from chimeform.sandbox.chime.world import new_guid
from chimeform.sandbox.context import Context

_ZIP = re.compile(r"(\d{5})(?:-(\d{4}))?", re.ASCII)
_NEARLY_A_ZIP = re.compile(r"(\d{5})\W?(\d{4})", re.ASCII)
_VALID, _CORRECTED, _FAILED = 0, 1, 2


def validate_e911_address(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Whether an address can be used: 0 it can, 1 it could be corrected, 2 it cannot [botocore ValidationResult].

    The sandbox has no map. It takes any street and city, a state of the US by its two letters and a ZIP code; what
    spaces and capitals set right is a correction. The one thing that has a candidate is a ZIP code of nine digits
    without its hyphen.
    """
    clean = {name: " ".join(params[name].split()) for name in ("StreetNumber", "StreetInfo", "City", "PostalCode")}
    clean |= {name: params[name].strip().upper() for name in ("State", "Country")}
    code = _ZIP.fullmatch(clean["PostalCode"])
    is_known = clean["Country"] == "US" and clean["State"] in US_AREA_CODES
    if not is_known or code is None:
        nearly = _NEARLY_A_ZIP.fullmatch(clean["PostalCode"]) if is_known else None
        candidates = [_address(clean, nearly, street="streetInfo")] if nearly else []
        return {"ValidationResult": _FAILED, "CandidateAddressList": candidates}
    is_corrected = any(clean[name] != params[name] for name in clean)
    return {
        "ValidationResult": _CORRECTED if is_corrected else _VALID,
        "AddressExternalId": new_guid(ctx),
        "Address": _address(clean, code, street="streetName"),
        "CandidateAddressList": [],
    }


def _address(clean: dict[str, str], code: re.Match[str], street: str) -> dict[str, Any]:
    """In the wire form of an address or, where the street has another name, of a candidate."""
    return {
        "streetNumber": clean["StreetNumber"],
        street: clean["StreetInfo"],
        "city": clean["City"],
        "state": clean["State"],
        "country": clean["Country"],
        "postalCode": code[1],
        "postalCodePlus4": code[2],
    }
