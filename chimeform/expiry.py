"""Resources that are declared until a day: `lifecycle.expires`, by the service's clock, in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from .address import Address
from .plan import CalendarEntry
from .resources.base import Resource

if TYPE_CHECKING:
    from .language.desired import Desired

AHEAD = timedelta(days=30)
"""How long before the day the calendar of a plan begins to show it."""


def has_expired(spec: Resource, now: datetime) -> bool:
    """From the first moment of the day on, whatever the time zone of `now`."""
    expires = _day_of(spec)
    return expires is not None and expires <= now.astimezone(UTC).date()


def expiries(desired: Desired, now: datetime) -> Iterator[CalendarEntry]:
    """What expires in the near future: an entry for each day and collection, however many people it has."""
    found: dict[tuple[date, tuple[str, ...]], list[Address]] = {}
    last = (now + AHEAD).astimezone(UTC).date()
    for address, declaration in desired.declarations.items():
        day = _day_of(declaration.spec)
        if day is not None and day <= last and not has_expired(declaration.spec, now):
            found.setdefault((day, address.parts[:-1]), []).append(address)
    for (day, collection), addresses in found.items():
        at = datetime.combine(day, time(), UTC).isoformat()
        if len(addresses) == 1:
            text = "expires: the first apply from then on retires it"
            yield CalendarEntry(at=at, address=str(addresses[0]), text=text)
        else:
            text = f"{_named(addresses)} expire: the first apply from then on retires them"
            yield CalendarEntry(at=at, address=str(Address(collection)), text=text)


def _day_of(spec: Resource) -> date | None:
    return spec.lifecycle.expires if spec.lifecycle else None


def _named(addresses: Iterable[Address]) -> str:
    first, second, *others = sorted(address.name for address in addresses)
    return f"{first} and {len(others) + 1} more" if others else f"{first} and {second}"
