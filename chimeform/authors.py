"""Who did what has drifted: each fact of a drift is taken to the service's own log."""

from __future__ import annotations

from datetime import datetime

from .address import Address
from .attribution import UNRECORDED, Attributor
from .drift import Attribution, Drift, DriftedFact, Happened, attributed
from .language.desired import Aws
from .live import Observed
from .services.calls import Calls
from .services.cloudtrail import EventHistory
from .survey import Survey

_NOW_THERE = (Happened.UNMANAGED, Happened.REPLACED)
"""Of these it is asked who made the object, of others who took it away."""


def with_authors(drift: Drift, survey: Survey, calls: Calls, settings: Aws) -> Drift:
    """The same drift with who did it, as far as CloudTrail tells. Without drift, nothing is asked.

    Where nobody could look, `not_looked` says why, and nobody is called unknown for it.
    """
    if not drift.objects:
        return drift
    attributor = Attributor(EventHistory(calls, settings).look, lambda address: _id_of(address, survey))
    reasons: set[str] = set()
    looked = False

    def attribute(fact: DriftedFact) -> Attribution | None:
        nonlocal looked
        since = datetime.fromisoformat(fact.applied_at) if fact.applied_at else None
        exists = fact.happened in _NOW_THERE
        found = attributor.find(fact.address, fact.id, field=fact.field, live=fact.live, exists=exists, since=since)
        looked = looked or found.since is not None
        if found.since is None and found.why != UNRECORDED:
            reasons.add(found.why)
        return found.attribution

    told = attributed(drift, attribute)
    return told.model_copy(
        update={
            "is_attributed": looked,
            "not_looked": tuple(sorted(reasons)),
            "reads": dict(sorted(calls.counts.items())),
        }
    )


def _id_of(address: Address, survey: Survey) -> str | None:
    reading = survey.live.readings.get(address)
    if isinstance(reading, Observed):
        return reading.id
    record = survey.recorded.resources.get(address)
    return record.id if record else None
