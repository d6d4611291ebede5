"""What `explain phone_requirements` says: the countries that have numbers, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ..diagnostics import nearest
from ..errors import UsageError
from ..resources.phone_product import PRODUCT_NAMES
from ..resources.phone_requirements import ADDRESSES, UNITED_STATES, Country, Requirement, requirements

SUBJECT = "phone_requirements"
_TYPES = {
    "local": "a local number",
    "toll-free": "a toll-free number",
    "national-prefix": "a number with the national prefix",
    "universal-access": "a universal access number with the prefix",
    "corporate-prefix": "a corporate number with the prefix",
}


def requirements_text(country: str) -> str:
    """The list of the countries, or the table of one. `UsageError` for no country."""
    return _country_text(_find(country)) if country else _list_text()


def requirements_facts(country: str) -> Mapping[str, Any]:
    """The same as what becomes JSON."""
    return _country_facts(_find(country)) if country else _list_facts()


def _find(name: str) -> Country:
    countries = (UNITED_STATES, *requirements().countries.values())
    names = {word.casefold(): one for one in countries for word in (one.code, one.name)}
    found = names.get(name.casefold())
    if found is None:
        guess = nearest(name.casefold(), names)
        raise UsageError(
            f"there are no phone numbers of {name!r}",
            do=f"did you mean '{SUBJECT}.{names[guess].code}'?"
            if guess
            else f"'chimeform explain {SUBJECT}' lists the countries",
            code="CF-EXP-001",
        )
    return found


def _rows(country: Country, action: str = "") -> list[Requirement]:
    return [row for row in requirements().rows if row.country == country.code and action in ("", row.action)]


# ---------------------------------------------------------------- text


def _list_text() -> str:
    least, most = requirements().weeks
    rows = [("", "country", "code", "to order", "to port")]
    rows += [
        (one.code, one.name, f"+{one.calling_code}", _types(one, "order"), _types(one, "port"))
        for one in requirements().countries.values()
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, [*wide, 0], strict=True)) for row in rows]
    return "\n".join(
        [
            "Countries that have phone numbers, beside the United States, which ask for no documents:",
            "",
            *(f"  {line}".rstrip() for line in lines),
            "",
            f"*: support provisions it, for documents or an address; allow {least} to {most} weeks.",
            f"'chimeform explain {SUBJECT}.DE' tells what a country asks for.",
        ]
    )


def _types(country: Country, action: str) -> str:
    shown = [
        f"{row.type}{'*' if action == 'order' and (row.needs_identity or row.documents) else ''}"
        for row in _rows(country, action)
        if row.is_supported
    ]
    return ", ".join(shown) or "-"


def _country_text(country: Country) -> str:
    if country is UNITED_STATES:
        return (
            "United States (US), +1\n\nTo order a number nothing is asked for. To port one, support asks for the "
            "signed Letter of Agency\nand for what stands in the contract with the carrier."
        )
    parts = [f"{country.name} ({country.code}), +{country.calling_code}"]
    parts += ["\n".join(_row_lines(row)) for row in _rows(country)]
    if country.code not in {row.country for row in requirements().rows if row.action == "port"}:
        parts.append("Its numbers cannot be ported.")
    return "\n\n".join(parts)


def _row_lines(row: Requirement) -> Iterator[str]:
    prefixes = f" {' or '.join(row.prefixes)}" if row.prefixes else ""
    products = " or ".join(PRODUCT_NAMES[one] for one in row.products)
    yield f"To {row.action} {_TYPES[row.type]}{prefixes}, for {products}:"
    if not row.is_supported:
        yield f"  not possible: {row.note}"
        return
    known = requirements().documents
    for group in row.documents:
        yield "  - " + "\n    or ".join(f"{code}: {known[code]}" for code in group)
    if not row.documents:
        yield "  nothing is asked for"
    if row.address is not None:
        verb = "may be" if row.address == "anywhere" else "has to be"
        yield f"  The address {verb} {ADDRESSES[row.address]}."
    if row.note:
        yield f"  {row.note[0].upper()}{row.note[1:]}."


# ---------------------------------------------------------------- JSON


def _list_facts() -> Mapping[str, Any]:
    return {
        "weeks": requirements().weeks,
        "countries": [_country_facts(one) for one in requirements().countries.values()],
    }


def _country_facts(country: Country) -> Mapping[str, Any]:
    return {"code": country.code, "name": country.name, "requirements": [asdict(row) for row in _rows(country)]}
