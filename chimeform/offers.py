"""What there is to be had for pools that lack numbers: a search for each, and nothing ordered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from .address import Address
from .errors import ServiceError
from .pools import Draw, Offer, Share
from .reads import unknown
from .resources.base import Made
from .services.calls import Calls


def search(calls: Calls, drawn: Draw) -> Mapping[Address, Offer]:
    """For each pool as many new numbers as it lacks, in the order in which the service offers them."""
    offers: dict[Address, Offer] = {}
    taken = set(drawn.world.taken)
    for share in drawn.shares:
        if share.lacks:
            offers[share.pool] = _search(calls, share, taken)
            taken.update(offers[share.pool].numbers)
    return offers


def _search(calls: Calls, share: Share, taken: Collection[str]) -> Offer:
    found: list[str] = []
    try:
        for number in _offered(calls, share):
            if number not in taken and number not in found:
                found.append(number)
            if len(found) == share.lacks:
                break
    except ServiceError as error:
        return Offer(tuple(found), unknown(error))
    return Offer(tuple(found))


def _offered(calls: Calls, share: Share) -> Iterator[str]:
    offer, values = share.spec.api.offer, share.spec.values()
    assert offer is not None
    asked = {member: source.make(values) for member, source in offer.sends.items() if isinstance(source, Made)}
    request = {member: value for member, value in asked.items() if value is not None} | {"MaxResults": offer.page_size}
    return map(str, calls.pages(share.spec.api.service, offer.operation, request, offer.items))
