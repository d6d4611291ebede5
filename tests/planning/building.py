"""Small worlds for the pure middle of chimeform: what the files say, what is live, what was recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chimeform.address import Address
from chimeform.diagnostics import Position
from chimeform.language.desired import Declaration, Desired, Import, Moved, Removed
from chimeform.language.guardrails import Guardrails
from chimeform.live import Absent, Live, Observed, Reading, Unmanaged
from chimeform.plan import Plan
from chimeform.planner import Selection, make_plan
from chimeform.recorded import Recorded, RecordedResource
from chimeform.relocation import Moves
from chimeform.resources import kind_at, parent_address
from chimeform.resources.base import Resource

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HERE = Position("chimeform.yaml", 1, 1)


def spec_of(address: Address, values: Mapping[str, Any]) -> Resource:
    kind = kind_at(address.parts)
    assert kind is not None
    key = next((trait.name for trait in kind.traits().values() if trait.from_key), None)
    return kind.model_validate({**({key: address.name} if key else {}), **values})


def refs_of(address: Address, spec: Resource) -> tuple[Address, ...]:
    parts = parent_address(type(spec), address.parts)
    phone = getattr(spec, "phone", None)
    return (
        *((Address(parts),) if parts else ()),
        *((Address(("phone_numbers", phone)),) if phone else ()),
    )


def desired(
    resources: Mapping[str, Mapping[str, Any]],
    *,
    moved: Sequence[tuple[str, str]] = (),
    removed: Sequence[tuple[str, bool]] = (),
    imports: Sequence[tuple[str, str]] = (),
    guardrails: Guardrails | None = None,
) -> Desired:
    declarations = {}
    for text, values in resources.items():
        address = Address.parse(text)
        spec = spec_of(address, values)
        declarations[address] = Declaration(address, spec, lambda name: HERE, refs_of(address, spec))
    return Desired(
        root=Path(),
        workspace="acme",
        environment=None,
        declarations=declarations,
        guardrails=guardrails or Guardrails(),
        moved=tuple(Moved(Address.parse(a), Address.parse(b), HERE) for a, b in moved),
        removed=tuple(Removed(Address.parse(a), destroy, HERE) for a, destroy in removed),
        imports=tuple(Import(Address.parse(a), found, HERE) for a, found in imports),
    )


def recorded(
    resources: Mapping[str, Mapping[str, Any]], *, protected: Sequence[str] = (), applied_at: str = ""
) -> Recorded:
    found = {}
    for text, values in resources.items():
        address = Address.parse(text)
        kind = kind_at(address.parts)
        assert kind is not None
        plain = dict(values)
        found[address] = RecordedResource(
            address,
            kind.kind,
            plain.pop("id", f"id-{address.name}"),
            plain,
            protected=text in protected,
            applied_at=applied_at,
        )
    return Recorded("lineage", 7, found)


def observed(values: Mapping[str, Any], *, name: str = "") -> Observed:
    """`facts` and `id` are taken out of the values; everything else is what the files could say."""
    plain = dict(values)
    facts = plain.pop("facts", {})
    return Observed(plain.pop("id", f"id-{name}"), plain, facts)


def live(
    readings: Mapping[str, Mapping[str, Any] | Reading | None],
    *,
    unmanaged: Mapping[str, Mapping[str, Any]] | None = None,
    at: datetime = NOW,
) -> Live:
    """None stands for an object that the service says is not there."""
    found: dict[Address, Reading] = {}
    for text, reading in readings.items():
        address = Address.parse(text)
        if reading is None:
            found[address] = Absent()
        elif isinstance(reading, Mapping):
            found[address] = observed(reading, name=address.name)
        else:
            found[address] = reading
    others = []
    for text, values in (unmanaged or {}).items():
        address = Address.parse(text)
        kind = kind_at(address.parts)
        assert kind is not None
        others.append(Unmanaged(address, kind.kind, observed(values, name=address.name)))
    return Live(found, tuple(others), at)


def plan_of(wanted: Desired, record: Recorded, world: Live, **selection: Any) -> Plan:
    renamed, moves = record.renamed(Moves(wanted.moved).renames())
    return make_plan(wanted, renamed, world, moves=moves, selection=Selection(**selection))


ACCOUNT = "accounts.acme"
JANE, OMAR = 'accounts.acme.users["jane@acme.example"]', 'accounts.acme.users["omar@acme.example"]'
NUMBER, OTHER = 'phone_numbers["+12065550100"]', 'phone_numbers["+12065550101"]'
BOT = "accounts.acme.bots.helpdesk"
TEAM = {"name": "Acme", "default_license": "pro", "facts": {"type": "Team"}}
ENTERPRISE = {"name": "Acme", "default_license": "pro", "facts": {"type": "EnterpriseLWA"}}
MEMBER = {"registration": "Registered", "invitation": "Accepted"}


def person(email: str, **values: Any) -> dict[str, Any]:
    return {"email": email, "license": "pro", "suspended": False, "facts": MEMBER, **values}


def number(e164: str, **values: Any) -> dict[str, Any]:
    plain = {"id": e164, "number": e164, "product": "business-calling", "facts": {"status": "Unassigned"}}
    return {**plain, **values}
