"""One-off operations on their way: journal, send, write down what became of it. Several at once, each recorded at once.

Nothing live shows afterwards that one has happened, so none is looked up: an answer that is lost is told as that, and
what a killed run left open is closed by the next one, which says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any

from ..address import Address
from ..errors import ServiceError, ServiceFault
from ..journal import Intent, Outcome, PlannedEffect, Settled, Verdict
from ..ledger.base import Amendment, Ledger
from ..recorded import Recorded
from ..regions import in_region
from ..resources.base import Batch, OneOff, Resource, dig
from ..resources.one_off import Said
from ..services.calls import Calls
from .item_failures import item_failure

_SENDS = 3
"""How often one is sent whose answer was lost, where that does no harm."""
DONE_ONCE = "do"
"""What the journal has as the action of a one-off operation."""


@dataclass(frozen=True)
class Target:
    """One live object with the request for it, and the Region that the request goes to, where it lives in one; in a
    batch, its item goes into the request that it shares."""

    address: Address
    request: Mapping[str, Any]
    item: Any = None
    region: str | None = None


@dataclass
class Outcomes:
    """What became of it, by address. `shown` are the parts of answers that everybody may see."""

    done: list[Address] = field(default_factory=list)
    failed: dict[Address, ServiceError] = field(default_factory=dict)
    not_reached: list[Address] = field(default_factory=list)
    shown: dict[Address, Mapping[str, Any]] = field(default_factory=dict)
    is_interrupted: bool = False

    @property
    def is_short(self) -> bool:
        """Whether somebody was left out."""
        return bool(self.failed or self.not_reached)


@dataclass(frozen=True)
class Errand:
    """One execution of one operation for its targets. Of what was `given`, the journal gets what is about no person;
    `reveal` gets each credential, which goes nowhere else."""

    kind: type[Resource]
    one_off: OneOff
    targets: Sequence[Target]
    given: Said
    ledger: Ledger
    calls: Calls
    run_id: str
    clock: Callable[[], datetime]
    stop: threading.Event
    reveal: Callable[[Address, str], None] | None

    def execute(self) -> Outcomes:
        """Raises `LedgerError` if the journal cannot be written; what is in flight is waited for first."""
        outcomes = Outcomes()
        flying: dict[Future[Mapping[str, Any]], tuple[Intent, Sequence[Target]]] = {}
        with ThreadPoolExecutor(self.calls.parallelism, thread_name_prefix="do") as pool:
            for parcel in self._parcels():
                while len(flying) >= self.calls.room:
                    self._absorb_next(flying, outcomes)
                if self.stop.is_set() or _is_unreachable(outcomes):
                    outcomes.not_reached += [target.address for target in parcel]
                    continue
                intent = self.ledger.append(
                    self.run_id, self.one_off.call.operation, self._now(), self._effects(parcel)
                )
                flying[pool.submit(self._send, parcel)] = intent, parcel
            while flying:
                self._absorb_next(flying, outcomes)
        outcomes.is_interrupted = self.stop.is_set()
        return outcomes

    # -- one call

    def _parcels(self) -> Iterator[Sequence[Target]]:
        """Targets that travel together: those of one place, as many as a call takes."""
        batch = self.one_off.call.batch
        if batch is None:
            yield from ([target] for target in self.targets)
            return
        for _, group in groupby(self.targets, key=lambda target: (target.request, target.region)):
            alike = list(group)
            yield from (alike[at : at + batch.size] for at in range(0, len(alike), batch.size))

    def _effects(self, parcel: Iterable[Target]) -> list[PlannedEffect]:
        name, given = self.one_off.name, self.one_off.public(self.given)
        return [
            PlannedEffect(
                f"{name} {target.address}", target.address, self.kind.kind, DONE_ONCE, exists=True, values=given
            )
            for target in parcel
        ]

    def _send(self, parcel: Sequence[Target]) -> Mapping[str, Any]:
        call = self.one_off.call
        service = in_region(self.kind.api.service_of(call), parcel[0].region)
        request = dict(parcel[0].request)
        if call.batch:
            request[call.batch.member] = [target.item for target in parcel]
        sends = 0
        while True:
            sends += 1
            try:
                return self.calls.write(service, call.operation, request)
            except ServiceError as error:
                if error.fault is ServiceFault.ABSENT and self.one_off.if_absent:
                    error.do = self.one_off.if_absent
                if error.fault is not ServiceFault.UNKNOWN_OUTCOME:
                    raise
                if not self.one_off.is_repeatable or sends == _SENDS:
                    raise _lost(error, self.one_off) from error
                self.calls.pause(sends)

    # -- its outcome

    def _absorb_next(
        self, flying: dict[Future[Mapping[str, Any]], tuple[Intent, Sequence[Target]]], outcomes: Outcomes
    ) -> None:
        landed, _ = wait(flying, return_when=FIRST_COMPLETED)
        for future in landed:
            intent, parcel = flying.pop(future)
            self._absorb(future, intent, parcel, outcomes)

    def _absorb(
        self, future: Future[Mapping[str, Any]], intent: Intent, parcel: Sequence[Target], outcomes: Outcomes
    ) -> None:
        at, told = self._now(), []
        try:
            answer = future.result()
        except ServiceError as error:
            failures = {target.address: error for target in parcel}
        else:
            failures = _failures(parcel, answer, self.one_off)
            for target in parcel:
                if target.address not in failures:
                    self._look_at(answer, target, outcomes)
        for target, effect in zip(parcel, intent.effects, strict=True):
            failure = failures.get(target.address)
            if failure is None:
                outcomes.done.append(target.address)
                told.append(Outcome(intent.id, effect.step, Verdict.DONE, at))
            else:
                outcomes.failed[target.address] = failure
                # a lost answer is told here and now, and no later look could tell more
                told.append(
                    Outcome(
                        intent.id, effect.step, Verdict.FAILED, at, error=failure.summary, request_id=failure.request_id
                    )
                )
        self.ledger.commit(Amendment(outcomes=tuple(told)))

    def _look_at(self, answer: Mapping[str, Any], target: Target, outcomes: Outcomes) -> None:
        """Of the answer, only what is declared as visible goes on; the credential goes to whoever asked, or nowhere."""
        one_off = self.one_off
        if shown := one_off.shown(answer):
            outcomes.shown[target.address] = shown
        if one_off.credential and self.reveal and (secret := dig(answer, one_off.credential.path)) is not None:
            self.reveal(target.address, str(secret))

    def _now(self) -> str:
        return self.clock().isoformat()


def left_open(recorded: Recorded) -> Iterator[tuple[Intent, PlannedEffect]]:
    """One-off operations that a run which was killed had begun; whether they have happened cannot be seen."""
    for intent in recorded.open_intents:
        yield from ((intent, effect) for effect in intent.effects if effect.action == DONE_ONCE)


def closing(opened: Iterable[tuple[Intent, PlannedEffect]], at: str) -> Amendment:
    """They are told of once, and are nobody's business afterwards."""
    return Amendment(settled=tuple(Settled(intent.id, effect.step, happened=False, at=at) for intent, effect in opened))


def item_of(batch: Batch | None, values: Mapping[str, Any]) -> Any:
    """What one target is in a batch."""
    return batch.item.make(values) if batch else None


def _failures(parcel: Sequence[Target], answer: Mapping[str, Any], one_off: OneOff) -> dict[Address, ServiceError]:
    """Targets that failed inside an answer which says "success"."""
    batch = one_off.call.batch
    if batch is None:
        return {}
    told = {str(key).casefold(): said for key, said in batch.failures(answer).items()}
    return {
        target.address: item_failure(one_off.call.operation, *told[str(target.item).casefold()])
        for target in parcel
        if str(target.item).casefold() in told
    }


def _is_unreachable(outcomes: Outcomes) -> bool:
    return any(error.fault is ServiceFault.UNREACHABLE for error in outcomes.failed.values())


def _lost(error: ServiceError, one_off: OneOff) -> ServiceError:
    return ServiceError(
        f"{error.summary}: it may have happened or not",
        operation=error.operation,
        fault=ServiceFault.UNKNOWN_OUTCOME,
        service_code=error.service_code,
        request_id=error.request_id,
        why="the answer was lost, and what may have happened is not repeated",
        do=one_off.if_lost,
        code="CF-DO-010",
    )
