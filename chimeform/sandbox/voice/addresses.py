"""Addresses for emergency calls."""

from __future__ import annotations

import re
from typing import Any

from chimeform.sandbox.chime.numbering import US_AREA_CODES
from chimeform.sandbox.chime.world import new_guid
from chimeform.sandbox.context import Context

_ZIP = re.compile(r"(\d{5})(?:-(\d{4}))?", re.ASCII)
_VALID, _CORRECTED, _FAILED = 0, 1, 2


def validate_e911_address(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Whether an address can be used: 0 it can, 1 it could be corrected, 2 it cannot [botocore ValidationResult].

    The sandbox has no map. It takes any street and city, a state of the US by its two letters and a ZIP code; what
    spaces and capitals set right is a correction. There are never candidates.
    """
    clean = {name: " ".join(params[name].split()) for name in ("StreetNumber", "StreetInfo", "City", "PostalCode")}
    clean |= {name: params[name].strip().upper() for name in ("State", "Country")}
    code = _ZIP.fullmatch(clean["PostalCode"])
    address = {
        "streetNumber": clean["StreetNumber"],
        "streetName": clean["StreetInfo"],
        "city": clean["City"],
        "state": clean["State"],
        "country": clean["Country"],
        "postalCode": code[1] if code else clean["PostalCode"],
        "postalCodePlus4": code[2] if code else None,
    }
    if clean["Country"] != "US" or code is None or clean["State"] not in US_AREA_CODES:
        return {"ValidationResult": _FAILED, "CandidateAddressList": []}
    is_corrected = any(clean[name] != params[name] for name in clean)
    return {
        "ValidationResult": _CORRECTED if is_corrected else _VALID,
        "AddressExternalId": new_guid(ctx),
        "Address": address,
        "CandidateAddressList": [],
    }
