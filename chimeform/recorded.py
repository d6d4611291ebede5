"""What chimeform did last: the ledger's content as a value.

It is a record, not the truth. With the ledger lost, the next plan binds live objects again by their natural keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .address import Address
from .journal import Intent
from .live import Observed, Values


@dataclass(frozen=True, slots=True)
class Confirmation:
    """That somebody said something was done that no service shows. `at` is ISO-8601 UTC."""

    who: str
    at: str


@dataclass(frozen=True, slots=True)
class RecordedResource:
    """`values` are the last applied ones; `id` is None while the service has not told it yet (a fresh invitation).

    `protected` outlives the block in the files: only `removed:` releases it. `confirmed` is the work by hand that was
    done, by its name; the values that it set are among `values`.
    """

    address: Address
    kind: str
    id: str | None
    values: Values
    protected: bool = False
    applied_at: str = ""
    confirmed: Mapping[str, Confirmation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecordedGate:
    """A gate that was closed at the end of an apply. `since` is ISO-8601 UTC."""

    id: str
    address: Address
    since: str


@dataclass(frozen=True)
class Recorded:
    """`lineage` names the ledger for life, `serial` grows with every commit; a saved plan remembers both."""

    lineage: str
    serial: int
    resources: Mapping[Address, RecordedResource] = field(default_factory=dict)
    gates: Mapping[str, RecordedGate] = field(default_factory=dict)
    open_intents: tuple[Intent, ...] = ()

    def as_it_was(self, address: Address) -> Observed | None:
        """The object as it was applied last, whether or not it is still there."""
        record = self.resources.get(address)
        return Observed(record.id, record.values) if record else None

    def renamed(self, pairs: Iterable[tuple[Address, Address]]) -> tuple[Recorded, Mapping[Address, Address]]:
        """The record under new addresses `(source, target)`, and where each moved one was: new address → old address.

        Whatever lies within a source moves with it. A move whose source is not recorded has been done already.
        """
        resources, origins = dict(self.resources), dict[Address, Address]()
        for source, target in pairs:
            for old in [address for address in resources if address.is_within(source)]:
                new = Address(target.parts + old.parts[len(source.parts) :])
                if new not in resources:
                    resources[new] = replace(resources.pop(old), address=new)
                    origins[new] = origins.pop(old, old)
        return replace(self, resources=resources), origins
