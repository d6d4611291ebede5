"""Who changed it, and when: the last event that explains what is live, or an honest nothing.

An event explains a value if it was a successful write that brought this field of this very object to just this value.
If a later one brought it to something else, something unseen has happened since, and nobody is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from .address import Address
from .drift import Attribution
from .evidence import Question, Verdict, event_names, judge
from .resources import kind_at
from .trail_event import TrailEvent


@dataclass(frozen=True)
class History:
    """Events of one period. `since` None says that nobody could look, and `why` why not."""

    events: tuple[TrailEvent, ...]
    since: datetime | None
    why: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found. Without an attribution, `since` tells "not found in this period" from "not looked" (None)."""

    attribution: Attribution | None
    since: datetime | None
    why: str = ""


UNRECORDED = "nothing that CloudTrail records could tell it"
_SKEW = timedelta(minutes=5)
"""How far the clock that wrote `since` may be from the one that wrote the events; looking too far back does no harm."""

Look = Callable[[frozenset[str], datetime | None], History]
"""Events of these names since a moment, or as far back as they can be seen; `services.cloudtrail` looks."""


class Attributor:
    """Answers who did it. `id_of` gives the physical id of a live object, or of one that was."""

    def __init__(self, look: Look, id_of: Callable[[Address], str | None]) -> None:
        self._look = look
        self._id_of = id_of

    def find(
        self,
        address: Address,
        id: str | None,  # noqa: A002 - as everywhere
        *,
        field: str | None = None,
        live: Any = None,
        exists: bool = True,
        since: datetime | None = None,
    ) -> Finding:
        """Who brought a field to its live value; without one, who made the object or, if it is gone, took it away.

        `id` is the physical id, of what is gone the last one. `since` is when it was as it should be.
        """
        kind = kind_at(address.parts)
        if kind is None or not (names := event_names(kind, field)):
            return Finding(None, None, UNRECORDED)
        if field and live is None and kind.model_fields[field].default is False:
            live = False
        question = Question(address, kind, id, self._container_id(address), field, live, exists)
        history = self._look(names, since - _SKEW if since else None)
        if history.since is None:
            return Finding(None, None, history.why)
        found = last_explaining(history.events, question)
        return Finding(_attribution(found) if found else None, history.since)

    def attribute(self, address: Address, id: str | None, **asked: Any) -> Attribution | None:  # noqa: A002
        """Like `find`, for whoever only wants the name."""
        return self.find(address, id, **asked).attribution

    def _container_id(self, address: Address) -> str | None:
        for length in range(len(address.parts) - 1, 0, -1):
            if (found := self._id_of(Address(address.parts[:length]))) is not None:
                return found
        return None


def last_explaining(events: Iterable[TrailEvent], question: Question) -> TrailEvent | None:
    """The last event that explains it, unless a later one contradicts. Times are whole seconds: within one, the order
    is not known, and what is live was the last."""
    found = None
    for _, together in groupby(sorted(events, key=lambda event: (event.at, event.id)), key=lambda event: event.at):
        verdicts = [(judge(event, question), event) for event in together]
        explaining = [event for verdict, event in verdicts if verdict is Verdict.EXPLAINS]
        if explaining:
            found = explaining[-1]
        elif any(verdict is not Verdict.SILENT for verdict, _ in verdicts):
            found = None
    return found


def _attribution(event: TrailEvent) -> Attribution:
    return Attribution(
        who=event.who,
        role=event.role,
        at=event.at.isoformat(),
        source_address=event.source_address,
        via=event.via,
        event=event.name,
        event_id=event.id,
    )
