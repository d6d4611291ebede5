"""Which steps may start, which wait, and which will never be reached. Pure bookkeeping over a plan's steps.

Every event (a step worked, failed, a gate opened) touches only the steps that it concerns, so that a plan of a hundred
thousand steps costs no more for each of them than a plan of ten.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Sequence

from ..plan import Step
from ..planner import batch_key
from .batches import Parcel


class Agenda:
    """The steps of one run. Each is waiting, ready, running, done, failed or dropped."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = {step.id: step for step in steps}
        self._keys = {step.id: batch_key(step) for step in steps}
        self._followers: dict[str, list[str]] = {}
        self._behind_gate: dict[str, list[str]] = {}
        self._unfinished = {step.id: len(step.after) for step in steps}
        self._closed = {step.id: set(step.gates) for step in steps}
        self._waiting = dict.fromkeys(self._steps)
        self._singles: deque[Step] = deque()
        self._groups: dict[str, deque[Step]] = {}
        self._running: set[str] = set()
        self._coming: Counter[str] = Counter()
        self._held: set[str] = set()
        self._reached: set[str] = set()
        for step in steps:
            for before in step.after:
                self._followers.setdefault(before, []).append(step.id)
            for gate in step.gates:
                self._behind_gate.setdefault(gate, []).append(step.id)
        self._count_coming()
        for step in steps:
            self._promote(step.id)

    # -- what the run asks

    @property
    def is_idle(self) -> bool:
        return not self._running

    @property
    def waiting(self) -> tuple[Step, ...]:
        """Steps that neither started nor were dropped, ready ones included, in the order of the plan."""
        ready = {step.id for group in (self._singles, *self._groups.values()) for step in group}
        return tuple(step for name, step in self._steps.items() if name in self._waiting or name in ready)

    def gates_in_the_way(self) -> set[str]:
        """Closed gates of steps that wait for nothing else."""
        return set(self._reached)

    def take(self, room: int) -> list[Parcel]:
        """At most `room` parcels, whose steps are running from now on.

        A part-filled one is taken only when no step can still join it in this run, or when nothing else moves.
        """
        parcels = self._full_parcels(room)
        while len(parcels) < room and self._singles:
            parcels.append(self._send_off([self._singles.popleft()]))
        for key in list(self._groups):
            if len(parcels) < room and self._coming[key] == 0:
                parcels.append(self._parcel(key))
        if not parcels and self.is_idle and self._groups and room > 0:
            parcels.append(self._parcel(next(iter(self._groups))))
        return parcels

    # -- what happens

    def done(self, name: str) -> None:
        self._running.discard(name)
        for follower in self._followers.get(name, ()):
            self._unfinished[follower] -= 1
            self._promote(follower)

    def failed(self, name: str) -> list[tuple[Step, str]]:
        """Everything that can no longer be reached, each with the step that it waited for."""
        self._running.discard(name)
        dropped = []
        todo = [(follower, name) for follower in self._followers.get(name, ())]
        while todo:
            step, because = todo.pop(0)
            if step in self._waiting:
                self._leave_waiting(step)
                dropped.append((self._steps[step], because))
                todo += [(follower, step) for follower in self._followers.get(step, ())]
        return dropped

    def open(self, gates: Collection[str]) -> None:
        for gate in gates:
            for name in self._behind_gate.get(gate, ()):
                self._closed[name].discard(gate)
            self._reached.discard(gate)
        self._count_coming()
        for gate in gates:
            for name in self._behind_gate.get(gate, ()):
                self._promote(name)

    # -- bookkeeping

    def _full_parcels(self, room: int) -> list[Parcel]:
        parcels: list[Parcel] = []
        for key in list(self._groups):
            while len(parcels) < room and key in self._groups and len(self._groups[key]) >= self._groups[key][0].batch:
                parcels.append(self._parcel(key))
        return parcels

    def _parcel(self, key: str) -> Parcel:
        group = self._groups[key]
        steps = [group.popleft() for _ in range(min(len(group), group[0].batch))]
        if not group:
            del self._groups[key]
        return self._send_off(steps)

    def _send_off(self, steps: Sequence[Step]) -> Parcel:
        self._running.update(step.id for step in steps)
        return Parcel(tuple(steps))

    def _promote(self, name: str) -> None:
        if name not in self._waiting or self._unfinished[name] > 0:
            return
        if self._closed[name]:
            self._reached |= self._closed[name]
        else:
            self._leave_waiting(name)
            step = self._steps[name]
            group = self._groups.setdefault(self._keys[name], deque()) if step.batch > 1 else self._singles
            group.append(step)

    def _leave_waiting(self, name: str) -> None:
        del self._waiting[name]
        if name not in self._held:
            self._coming[self._keys[name]] -= 1

    def _count_coming(self) -> None:
        """For each batch, the steps that can still become ready: not behind a closed gate, not after one that is."""
        self._held.clear()
        self._coming.clear()
        for name in self._waiting:
            if self._closed[name] or not self._held.isdisjoint(self._steps[name].after):
                self._held.add(name)
            else:
                self._coming[self._keys[name]] += 1
