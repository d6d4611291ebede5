"""One-off operations, from what somebody asks for to requests: which operation, for whom, and why not for others.

Targets are found as any command finds them: by the files, the ledger, and what is live. What makes no sense for one
that was named is an error; among many that a pattern means, it is left out and told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .address import Address
from .apply.one_off import Target, item_of
from .diagnostics import nearest
from .errors import ChimeformError, Refused, UsageError
from .live import Absent, Ambiguous, Observed, Reading, Unknown
from .observe import Observer
from .place import Known, Place
from .planner import Selection
from .reach import reach
from .resources import kind_at, kinds, one_offs, parent_address
from .resources.base import Objection, OneOff, Resource
from .resources.one_off import filled_in


@dataclass(frozen=True)
class Asked:
    """What somebody wants: an operation by its name, for which addresses (or globs), and what it has to be told."""

    name: str
    patterns: tuple[Address, ...]
    given: Mapping[str, str]


@dataclass(frozen=True)
class Undertaking:
    """What would be done. `skipped` are those whom a pattern means and for whom it makes no sense."""

    kind: type[Resource]
    one_off: OneOff
    targets: tuple[Target, ...]
    skipped: Mapping[Address, Objection]
    given: Mapping[str, str]

    @property
    def about(self) -> tuple[str, ...]:
        """For the history: each target, with what was given."""
        said = ", ".join(f"{name} {value}" for name, value in self.given.items())
        return tuple(f"{one.address} ({said})" if said else str(one.address) for one in self.targets)


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
        raise _wrong_options(asked.name, [one for _, one in known[asked.name]])
    kind, one_off = fitting[0]
    if objection := one_off.checks(asked.given):
        raise UsageError(f"{asked.name}: {objection.what}", why=objection.why, do=objection.do, code=objection.code)
    return kind, one_off


def _wrong_options(name: str, choices: Sequence[OneOff]) -> UsageError:
    forms = [" and ".join(f"--{given.name}" for given in one.asks if given.is_required) for one in choices]
    return UsageError(
        f"{name} has to be told exactly what it is about",
        why="there are several ways to say it, and one of them is needed whole" if len(forms) > 1 else "",
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
    targets, skipped = list[Target](), dict[Address, Objection]()
    given = {**asked.given, **dict(_ids_given(one_off, asked.given, observer))}
    for address, reading in readings.items():
        if not selection.selects(address):
            continue
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
        return self.one_off.objects(self._values, self.observed, self._place.scope)

    def target(self, given: Mapping[str, str]) -> Target:
        call, values = self.one_off.call, {**self.observed.values, **self._values}
        request = self._place.fill(filled_in(call.sends, given), self.observed, values)
        return Target(self.address, request, item_of(call.batch, values))

    @property
    def _values(self) -> Mapping[str, Any]:
        spec, record = self.observer.desired.spec(self.address), self.observer.recorded.resources.get(self.address)
        return spec.values() if spec else record.values if record else {}

    @property
    def _place(self) -> Place:
        seen = self.observer.readings
        known = Known(self.observer.desired, seen=seen, before=seen, learnt={}, is_apart=False)
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


def _ids_given(one_off: OneOff, given: Mapping[str, str], observer: Observer) -> Iterator[tuple[str, str]]:
    """Ids in place of the addresses that were given; what is no address of the kind is an id already."""
    for one in one_off.asks:
        address = _address_of(one.of_kind, given.get(one.name, ""))
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
