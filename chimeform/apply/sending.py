"""One parcel on its way: sent, looked up where its answer was lost, and sent again only where nothing had happened.

This is what a worker does. It decides nothing about the run and writes nothing: what it brings back is a `Report`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..address import Address
from ..appearing import NOT_YET
from ..errors import ServiceError, ServiceFault
from ..journal import Intent
from ..live import Absent, Observed, Reading
from ..observe import Observer
from ..plan import PlannedChange, Step
from ..resources import kind_at, kinds
from ..services.calls import Calls
from .batches import Parcel, brought_ids, call_of
from .item_failures import is_not_now, item_failure
from .looking import effect_of, has_happened, scope_in

_LOOKS = 2
"""Each look repeats its reads by itself."""
_SENDS = 3
"""How often a step is sent whose effect is not there after its answer was lost."""
_REQUESTS = 12
"""How often an item is sent for which the service had no time."""


@dataclass(frozen=True)
class Report:
    """What became of one parcel: each step's new id, or its failure. Filled by one worker.

    `looked` are steps whose answer was lost: whether a look showed their effect. A failure whose fault is
    `unknown outcome` is one of which no look could tell.
    """

    parcel: Parcel
    intent: Intent
    ids: dict[str, str | None] = field(default_factory=dict)
    failures: dict[str, ServiceError] = field(default_factory=dict)
    looked: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Sender:
    """Sends parcels; safe to use from several threads."""

    calls: Calls
    observer: Observer
    changes: Mapping[str, PlannedChange]

    def send(self, parcel: Parcel, intent: Intent, ids: Mapping[Address, str]) -> Report:
        """Never raises: whatever happens is a report, so that nobody waits for one for ever."""
        try:
            return self._attempt(parcel, intent, ids)
        except Exception as error:  # noqa: BLE001 - a fault of ours must end the step, not hang the run
            fault = ServiceError(
                f"{parcel.operation}: {type(error).__name__} inside chimeform",
                operation=parcel.operation,
                fault=ServiceFault.UNKNOWN_OUTCOME,
                # its text may hold what was sent, and what was sent may be secret
                why="something happened that its authors did not think of",
                do="please report it; the next run looks before it repeats anything",
            )
            return Report(parcel, intent, failures={step.id: fault for step in parcel.steps})

    def _attempt(self, parcel: Parcel, intent: Intent, ids: Mapping[Address, str]) -> Report:
        report = Report(parcel, intent)
        left: tuple[Step, ...] = parcel.steps
        sends = requests = 0
        began = self.calls.time()
        while left:
            trying = Parcel(left, parcel.token)
            try:
                answer = self.calls.write(trying.service, trying.operation, trying.request(ids))
            except ServiceError as error:
                if self._is_early(trying, error, began):
                    requests += 1
                    self.calls.pause(requests)
                    continue
                sends += 1
                left = self._after_error(trying, error, report, ids, last=sends == _SENDS)
            else:
                requests += 1
                told = trying.failures(answer, ids)
                left = _after_answer(trying, answer, told, report, ids, last=requests == _REQUESTS)
                if left:
                    self.calls.note_throttled(trying.service, trying.operation)
            if left:
                self.calls.pause(sends + requests)
        return report

    def _after_error(
        self, parcel: Parcel, error: ServiceError, report: Report, ids: Mapping[Address, str], *, last: bool
    ) -> tuple[Step, ...]:
        """The steps to send again: those of which a look says that they did not happen."""
        if error.fault is not ServiceFault.UNKNOWN_OUTCOME:
            report.failures.update({step.id: error for step in parcel.steps})
            return ()
        again = []
        for step, (happened, known) in zip(parcel.steps, self._look(parcel, ids), strict=True):
            if happened is None:
                report.failures[step.id] = error
                continue
            report.looked[step.id] = happened
            if happened:
                report.ids[step.id] = known
            elif last:
                report.failures[step.id] = _did_not_happen(error)
            else:
                again.append(step)
        return tuple(again)

    def _is_early(self, parcel: Parcel, error: ServiceError, began: datetime) -> bool:
        """Whether the service does not know yet what an earlier step has made, and says that it is not there."""
        says_so = error.fault is ServiceFault.ABSENT
        says_so |= error.fault is ServiceFault.INVALID and call_of(parcel.steps[0]).may_be_early
        named = brought_ids(parcel.steps[0].request)
        waits = [kind.api.appears_within for one in named if (kind := kind_at(one.parts))]
        return says_so and any(wait and self.calls.time() - began < wait for wait in waits)

    def _look(self, parcel: Parcel, ids: Mapping[Address, str]) -> list[tuple[bool | None, str | None]]:
        """For each step: whether its effect is there (None: cannot be told), and the id of what is there.

        What may take its time to show is looked for as long as that can take.
        """
        found: list[tuple[bool | None, str | None]] = []
        where = [Address.parse(step.address) for step in parcel.steps]
        began, looks = self.calls.time(), 0
        while True:
            readings = self.observer.look(where, ids)
            looks += 1
            found = [self._judge(step, at, readings) for step, at in zip(parcel.steps, where, strict=True)]
            age = self.calls.time() - began
            if any(_does_not_show(step, readings[at], age) for step, at in zip(parcel.steps, where, strict=True)):
                self.calls.pause(looks)
            elif looks >= _LOOKS or all(happened is not None for happened, _ in found):
                return found

    def _judge(
        self, step: Step, address: Address, readings: Mapping[Address, Reading]
    ) -> tuple[bool | None, str | None]:
        reading = readings[address]
        if reading == NOT_YET and not step.effect.exists:
            reading = Absent()  # it did show when the step was planned
        scope = scope_in(readings, address, self.calls.time())
        happened = has_happened(effect_of(step, self.changes[step.address]), reading, scope)
        return happened, reading.id if isinstance(reading, Observed) else None


def _does_not_show(step: Step, reading: Reading, age: timedelta) -> bool:
    """Whether the step may have made what is not there, so recently that it need not show."""
    makes = call_of(step).id_in is not None
    within = kinds()[step.kind].api.appears_within
    return makes and isinstance(reading, Absent) and within is not None and age < within


def _after_answer(
    parcel: Parcel,
    answer: Mapping[str, object],
    told: Mapping[str, tuple[str, str]],
    report: Report,
    ids: Mapping[Address, str],
    *,
    last: bool,
) -> tuple[Step, ...]:
    """The steps to send again: items that the service had no time for."""
    again = []
    for step in parcel.steps:
        if step.id not in told:
            report.ids[step.id] = parcel.new_id(step, answer, ids)
        elif is_not_now(told[step.id][0]) and not last:
            again.append(step)
        else:
            report.failures[step.id] = item_failure(step.operation, *told[step.id])
    return tuple(again)


def _did_not_happen(error: ServiceError) -> ServiceError:
    """The end of a step whose answer was lost each time, and of which a look each time showed no effect."""
    return ServiceError(
        error.summary,
        operation=error.operation,
        fault=ServiceFault.SERVICE,
        service_code=error.service_code,
        request_id=error.request_id,
        why=f"it was sent {_SENDS} times, and each time a look showed that nothing had happened",
        do="run the command again; if it stays, look at the AWS Health Dashboard",
    )
