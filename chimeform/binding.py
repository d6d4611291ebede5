"""What it takes to bind one live object to a declared address by its id."""

from __future__ import annotations

from .address import Address
from .errors import UsageError
from .language.desired import Desired
from .live import Observed
from .recorded import Recorded, RecordedResource
from .resources.base import Resource


def bindable(desired: Desired, address: Address) -> Resource:
    """The declaration of an address to which an object can be bound. `UsageError` if there is none."""
    spec = desired.spec(address)
    if spec is None:
        raise UsageError(
            f"{address} is not declared",
            why="an imported object needs a block that says how it should be",
            do=f"declare {address} first, and import it then",
            code="CF-IMP-001",
        )
    if spec.api.id is None:
        raise UsageError(
            f"{address} has no id of its own",
            why="there is only one of it in its scope, and the next plan finds it by itself",
            do="leave the import out",
            code="CF-IMP-002",
        )
    return spec


def check_free(recorded: Recorded, address: Address, physical_id: str) -> None:
    """One object has one address. `UsageError` if the id is bound to another one."""
    taken = next((one.address for one in recorded.resources.values() if one.id == physical_id), address)
    if taken != address:
        raise UsageError(
            f"{physical_id} is bound to {taken} already",
            do=f"rename it with 'moved: [{{from: {taken}, to: {address}}}]'",
            code="CF-IMP-003",
        )


def bound(address: Address, spec: Resource, observed: Observed, at: str) -> RecordedResource:
    """The record of the object, with those of its live values that the files declare."""
    lifecycle = spec.lifecycle
    return RecordedResource(
        address=address,
        kind=spec.kind,
        id=observed.id,
        values={name: value for name, value in observed.values.items() if name in spec.values()},
        protected=bool(lifecycle and lifecycle.prevent_destroy),
        applied_at=at,
    )
