"""Single reads as kinds declare them: a listing, a detail, and what a failed one tells.

Whoever looks at live objects (`observe` at those that are declared, `discovery` at all of them) reads them in this way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from .errors import ServiceError, ServiceFault
from .live import Observed, Unknown
from .regions import in_region
from .resources.base import Detail, Listing, Resource, Template, dig
from .services.calls import Calls

_REGION = "AwsRegion"
"""The member in which an object of the voice service names its Region [botocore chime-sdk-voice]."""
Fill = Callable[[Template], Mapping[str, Any]]
"""A request from its template."""
Answer = Mapping[str, Any]


@dataclass
class Shared:
    """Answers that many objects have in common, each asked for once in one look. Safe to use from several threads."""

    _answers: dict[tuple[str, str], Future[Answer]] = field(default_factory=dict)
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, service: str, operation: str, ask: Callable[[], Answer]) -> Answer:
        """What `ask` is told, or was told when somebody else asked. Raises what it raised."""
        with self._asking:
            found = self._answers.get((service, operation))
            mine = found or self._answers.setdefault((service, operation), Future())
        if found is None:
            try:
                mine.set_result(ask())
            except BaseException as error:  # noqa: BLE001 - whoever waits for the answer is told too
                mine.set_exception(error)
        return mine.result()


def listed(
    calls: Calls,
    shared: Shared,
    kind: type[Resource],
    listings: Iterable[Listing],
    fill: Fill,
    region: str | None = None,
) -> list[Mapping[str, Any]]:
    """The live objects that these listings of a kind give, page by page. Raises `ServiceError`.

    Of a kind whose objects live in Regions, those of the one that is asked.
    """
    found: list[Mapping[str, Any]] = []
    for listing in listings:
        page = {"MaxResults": listing.page_size} if listing.page_size else {}
        request = {**fill(listing.sends), **page}
        service = in_region(kind.api.service_of(listing), region)
        try:
            items = _items(calls, shared, service, listing, request)
            for item in listing.gather(items) if listing.gather else items:
                found += listing.expand(item) if listing.expand else (item,)
        except ServiceError as error:
            if not (listing.absent_is_empty and error.fault is ServiceFault.ABSENT):
                raise
    if not kind.api.is_regional:
        return found
    placed = ({_REGION: region, **item} for item in found)
    return [item for item in placed if item[_REGION] == region]


def _items(calls: Calls, shared: Shared, service: str, listing: Listing, request: Mapping[str, Any]) -> Iterable[Any]:
    if listing.picks:
        return listing.picks(_common(calls, shared, service, listing.operation), request)
    if listing.is_paged:
        return calls.pages(service, listing.operation, request, listing.items)
    return dig(calls.read(service, listing.operation, request), listing.items) or ()


def answered(
    calls: Calls, shared: Shared, kind: type[Resource], detail: Detail, request: Mapping[str, Any], region: str | None
) -> Answer:
    """What a detail of a kind is answered; one with pages is read to the end, and of one that is for many objects the
    part of this one is picked. Raises `ServiceError`."""
    service = in_region(kind.api.service_of(detail), region)
    if detail.picks:
        return detail.picks(_common(calls, shared, service, detail.operation), request)
    if detail.items:
        return {detail.items: list(calls.pages(service, detail.operation, request, detail.items))}
    return calls.read(service, detail.operation, request)


def _common(calls: Calls, shared: Shared, service: str, operation: str) -> Answer:
    return shared.answer(service, operation, lambda: calls.read(service, operation, {}))


def json_ready(observed: Observed) -> Observed:
    """Timestamps become ISO-8601 text here, so that everything behind this line is JSON."""
    facts = {
        name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in observed.facts.items()
    }
    return Observed(observed.id, observed.values, facts)


def unknown(error: ServiceError) -> Unknown:
    """A failed read: nothing is known about what it asked for, and this is why."""
    return Unknown(error.summary, error.do, error.code if error.code != "CF-AWS-001" else "CF-OBS-001")
