"""What was made a moment ago and does not show yet: outside us-east-1 the voice service may take up to a minute.

Until then neither a listing without it nor a "not found" says anything, or a second one would be made beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .address import Address
from .live import Unknown
from .recorded import Recorded
from .resources.base import Resource

NOT_YET = Unknown(
    "it was made a moment ago, and the service does not show it yet",
    do="wait a minute, and run the command again",
    code="CF-OBS-006",
)


def may_still_appear(kind: type[Resource], address: Address, recorded: Recorded, now: datetime) -> bool:
    """Whether something of this address was made, or may have been, so recently that it need not show."""
    within = kind.api.appears_within
    return within is not None and any(now - at < within for at in _made(address, recorded))


def _made(address: Address, recorded: Recorded) -> Iterator[datetime]:
    record = recorded.resources.get(address)
    if record and record.id and record.applied_at:
        yield datetime.fromisoformat(record.applied_at)
    for intent in recorded.open_intents:
        if any(effect.address == address and effect.exists for effect in intent.effects):
            yield datetime.fromisoformat(intent.at)
