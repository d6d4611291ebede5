"""One-off operations, from what somebody asks for to requests: which operation, for whom, and why not for others.

Targets are found as any command finds them: by the files, the ledger, and what is live. What makes no sense for one
that was named is an error; among many that a pattern means, it is left out and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from .address import Address
from .apply.one_off import Target, item_of
from .diagnostics import nearest
from .errors import ChimeformError, Refused, ServiceError, ServiceFault, UsageError
from .live import Absent, Ambiguous, Observed, Reading, Unknown
from .observe import Observer
from .place import Known, Place
from .planner import Selection
from .reach import reach
from .reads import answered
from .resources import kind_at, kinds, one_offs, parent_address
from .resources.base import Objection, OneOff, Resource
from .resources.one_off import Said, filled_in


@dataclass(frozen=True)
class Asked:
    """What somebody wants: an operation by its name, for which addresses (or globs), and what it has to be told."""

    name: str
    patterns: tuple[Address, ...]
    given: Said


@dataclass(frozen=True)
class Undertaking:
    """What would be done. `skipped` are those whom a pattern means and for whom it makes no sense."""

    kind: type[Resource]
    one_off: OneOff
    targets: tuple[Target, ...]
    skipped: Mapping[Address, Objection]
    given: Said

    @property
    def asked_for(self) -> tuple[str, ...]:
        """For whoever asks: each target, with what was given."""
        return self._each_with(self.given)

    @property
    def about(self) -> tuple[str, ...]:
        """For the history: the same, without what is about persons."""
        return self._each_with(self.one_off.public(self.given))

    def _each_with(self, given: Said) -> tuple[str, ...]:
        said = ", ".join(f"{name} {_text(value)}" for name, value in given.items())
        return tuple(f"{one.address} ({said})" if said else str(one.address) for one in self.targets)


def _text(said: Any) -> str:
    return said if isinstance(said, str) else " and ".join(said)


# ---------------------------------------------------------------- which operation


def meant(asked: Asked) -> tuple[type[Resource], OneOff]:
    """The operation that was asked for. Raises `UsageError` for one that nobody knows, or with the wrong options."""
    known = one_offs()
    if asked.name not in known:
        guess = nearest(asked.name, known)
        raise UsageError(
            f"there is no one-off operation {asked.name!r}",
            do=f"did you mean {guess}?" if guess else f"choose one of: {', '.join(known)}",
            code="CF-USE-002",
        )
    fitting = [(kind, one) for kind, one in known[asked.name] if one.takes(frozenset(asked.given))]
    if not fitting:
        raise _wrong_options(asked, [one for _, one in known[asked.name]])
    kind, one_off = fitting[0]
    if objection := _blank(one_off, asked.given) or one_off.checks(asked.given):
        raise UsageError(f"{asked.name}: {objection.what}", why=objection.why, do=objection.do, code=objection.code)
    return kind, one_off


def _blank(one_off: OneOff, given: Said) -> Objection | None:
    """An id that is empty would make a request of another path, about something else."""
    for one in one_off.asks:
        said = given.get(one.name, ())
        if not all(text.strip() for text in ((said,) if isinstance(said, str) else said)):
            do = f"write something behind --{one.name}{'' if one.is_required else ', or leave it out'}"
            return Objection("CF-DO-016", f"--{one.name} is empty", "it says nothing", do)
    return None


def _wrong_options(asked: Asked, choices: Sequence[OneOff]) -> UsageError:
    if len(choices) == 1:
        missing = [f"--{one.name}" for one in choices[0].asks if one.is_required and one.name not in asked.given]
        return UsageError(
            f"{asked.name} has to be told more",
            why=f"without {' and '.join(missing)} it is not known what it is about",
            do=f"add {' and '.join(missing)}",
            code="CF-DO-009",
        )
    forms = [" and ".join(f"--{given.name}" for given in one.asks if given.is_required) for one in choices]
    return UsageError(
        f"{asked.name} has to be told exactly what it is about",
        why="there are several ways to say it, and one of them is needed whole",
        do=f"give it {', or else '.join(forms)}",
        code="CF-DO-009",
    )


# ---------------------------------------------------------------- for whom


def undertake(asked: Asked, selection: Selection, observer: Observer) -> Undertaking:
    """Find the targets and make their requests; `--target` and `--exclude` narrow what the addresses mean.

    Raises `ChimeformError` for what cannot be done.
    """
    kind, one_off = meant(asked)
    for pattern in asked.patterns:
        _check_kind(pattern, kind, one_off)
    readings = reach(observer, kind, asked.patterns)
    for pattern in asked.patterns:
        if not any(address.matches(pattern) for address in readings):
            raise _nothing_there(pattern, kind, observer)
    selected = {address: reading for address, reading in readings.items() if selection.selects(address)}
    if one_off.on == "one" and len(selected) > 1:
        raise _several(selected, kind, one_off)
    targets, skipped = list[Target](), dict[Address, Objection]()
    given = {**asked.given, **dict(_ids_given(one_off, asked.given, observer))}
    for address, reading in selected.items():
        is_named = address in asked.patterns
        observed = _checked(address, reading, is_named=is_named)
        if observed is None:
            continue
        errand = _Errand(address, kind, one_off, observed, observer)
        objection = errand.objection()
        if objection is None:
            targets.append(errand.target(given))
        elif is_named:
            raise UsageError(f"{address} {objection.what}", why=objection.why, do=objection.do, code=objection.code)
        else:
            skipped[address] = objection
    return Undertaking(kind, one_off, tuple(targets), skipped, asked.given)


@dataclass(frozen=True)
class _Errand:
    """One target before it is one: what is declared, recorded and live of it, and where it is."""

    address: Address
    kind: type[Resource]
    one_off: OneOff
    observed: Observed
    observer: Observer

    def objection(self) -> Objection | None:
        """Raises `ServiceError` where what has to be known first cannot be read."""
        first = {name: part for name, part in self._read_first() if part is not None}
        observed = replace(self.observed, facts={**self.observed.facts, **first})
        return self.one_off.objects(self._values, observed, self._place.scope)

    def target(self, given: Said) -> Target:
        call, values = self.one_off.call, {**self.observed.values, **self._values}
        request = self._place.fill(filled_in(call.sends, given), self.observed, values)
        return Target(self.address, request, item_of(call.batch, values), self._region)

    def _read_first(self) -> Iterator[tuple[str, Any]]:
        for detail in self.one_off.first:
            request = self._place.fill(detail.sends, self.observed, self._values)
            try:
                answer = answered(self.observer.calls, self._place.shared, self.kind, detail, request, self._region)
            except ServiceError as error:
                if not (detail.absent_is_empty and error.fault is ServiceFault.ABSENT):
                    raise
            else:
                yield str(detail.into), answer.get(detail.member) if detail.member else answer

    @property
    def _region(self) -> str | None:
        return self._place.region_of(self.kind, self.observed)

    @property
    def _values(self) -> Mapping[str, Any]:
        spec, record = self.observer.desired.spec(self.address), self.observer.recorded.resources.get(self.address)
        return spec.values() if spec else record.values if record else {}

    @property
    def _place(self) -> Place:
        seen = self.observer.readings
        observer = self.observer
        known = Known(observer.desired, observer.recorded, seen=seen, before=seen, learnt={}, is_apart=False)
        parts = parent_address(self.kind, self.address.parts)
        return known.place(Address(parts) if parts else None, self.observer.calls.time())


def _check_kind(pattern: Address, kind: type[Resource], one_off: OneOff) -> None:
    at = kind_at(pattern.parts)
    if at is kind:
        return
    example = Address(tuple("NAME" if part == "*" else part for part in kind.path))
    raise UsageError(
        f"{pattern}: {one_off.name} is for a {kind.kind.replace('_', ' ')}",
        why=f"this is the address of a {at.kind.replace('_', ' ')}" if at else "no resource has such an address",
        do=f"write an address such as {example}, in quotes for the shell",
        code="CF-DO-001",
    )


def _several(found: Iterable[Address], kind: type[Resource], one_off: OneOff) -> UsageError:
    noun, names = kind.kind.replace("_", " "), ", ".join(map(str, found))
    return UsageError(
        f"{one_off.name} is about one {noun}, and several are meant: {names}",
        why="what is given with it belongs to one of them",
        do="name that one, and run it once for each",
        code="CF-DO-015",
    )


def _nothing_there(pattern: Address, kind: type[Resource], observer: Observer) -> UsageError:
    known = [*observer.desired.declarations, *observer.recorded.resources]
    guess = nearest(str(pattern), [str(one) for one in known if kind_at(one.parts) is kind])
    return UsageError(
        f"nothing is known at {pattern}",
        why="no file declares it, the ledger does not have it, and nothing live has that name",
        do=f"did you mean {guess}?" if guess else "look at 'chimeform state list' for the addresses that there are",
        code="CF-DO-002",
    )


def _checked(address: Address, reading: Reading, *, is_named: bool) -> Observed | None:
    """The live object; None for one that is not there, where nobody named it."""
    if isinstance(reading, Observed):
        return reading
    if isinstance(reading, Absent) and not is_named:
        return None
    if isinstance(reading, Unknown):
        raise ChimeformError(f"{address}: {reading.reason}", do=reading.do, code=reading.code)
    is_several = isinstance(reading, Ambiguous)
    raise ChimeformError(
        f"{address}: {'several live objects fit it' if is_several else 'there is no such object in the service'}",
        why="what is done cannot be taken back, so it is done to nothing that is only guessed",
        do=f"say which one is meant: chimeform import '{address}' ID" if is_several else "run 'chimeform plan'",
        code="CF-DO-003",
    )


def _ids_given(one_off: OneOff, given: Said, observer: Observer) -> Iterator[tuple[str, str]]:
    """Ids in place of the addresses that were given; what is no address of the kind is an id already."""
    for one in one_off.asks:
        address = _address_of(one.of_kind, given[one.name]) if one.of_kind and one.name in given else None
        if address is not None:
            reading = reach(observer, kinds()[str(one.of_kind)], [address]).get(address, Absent())
            observed = _checked(address, reading, is_named=True)
            assert observed is not None
            yield one.name, str(observed.id)


def _address_of(kind: str | None, text: str) -> Address | None:
    try:
        address = Address.parse(text)
    except ValueError:
        return None
    at = kind_at(address.parts)
    return address if at is not None and at.kind == kind else None


# ---------------------------------------------------------------- consent


def check_consent(undertaking: Undertaking, accepted: Iterable[str]) -> None:
    """Destructive and irreversible things need consent by name, as in a plan. Raises `Refused`."""
    consequence = undertaking.one_off.consequence
    if consequence is None or not consequence.needs_consent:
        return
    if not any(fnmatchcase(consequence.name, pattern) for pattern in accepted):
        raise Refused(
            f"{undertaking.targets[0].address}: {consequence.text}",
            why=f"this is {consequence.severity} and needs consent [{consequence.source}]",
            do=f"run again with --accept {consequence.name}",
            code="CF-GRD-005",
        )
