"""Single reads as kinds declare them: a listing, a detail, and what a failed one tells.

Whoever looks at live objects (`observe` at those that are declared, `discovery` at all of them) reads them in this way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .errors import ServiceError
from .live import Observed, Unknown
from .resources.base import Detail, Listing, Resource, Template, dig
from .services.calls import Calls

Fill = Callable[[Template], Mapping[str, Any]]
"""A request from its template."""


def listed(calls: Calls, kind: type[Resource], listings: Iterable[Listing], fill: Fill) -> list[Mapping[str, Any]]:
    """The live objects that these listings of a kind give, page by page. Raises `ServiceError`."""
    found: list[Mapping[str, Any]] = []
    for listing in listings:
        page = {"MaxResults": listing.page_size} if listing.page_size else {}
        request = {**fill(listing.sends), **page}
        items = _items(calls, kind.api.service_of(listing), listing, request)
        for item in listing.gather(items) if listing.gather else items:
            found += listing.expand(item) if listing.expand else (item,)
    return found


def _items(calls: Calls, service: str, listing: Listing, request: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if listing.is_paged:
        return calls.pages(service, listing.operation, request, listing.items)
    return dig(calls.read(service, listing.operation, request), listing.items) or ()


def answered(calls: Calls, kind: type[Resource], detail: Detail, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a detail of a kind is answered; one with pages is read to the end. Raises `ServiceError`."""
    service = kind.api.service_of(detail)
    if detail.items:
        return {detail.items: list(calls.pages(service, detail.operation, request, detail.items))}
    return calls.read(service, detail.operation, request)


def json_ready(observed: Observed) -> Observed:
    """Timestamps become ISO-8601 text here, so that everything behind this line is JSON."""
    facts = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in observed.facts.items()
    }
    return Observed(observed.id, observed.values, facts)


def unknown(error: ServiceError) -> Unknown:
    """A failed read: nothing is known about what it asked for, and this is why."""
    return Unknown(error.summary, error.do, error.code if error.code != "CF-AWS-001" else "CF-OBS-001")
