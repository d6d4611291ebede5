"""What the files say otherwise than what was applied last, where nobody has changed anything there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..address import Address
from ..diff import same_value
from ..drift import DriftedObject, Edit, EditedField, Happened
from ..plan import PlannedGate
from ..recorded import RecordedResource
from ..resources import kind_at
from ..resources.base import Resource
from .case import Case


def edits(case: Case, gates: Iterable[PlannedGate], objects: Iterable[DriftedObject]) -> Iterator[Edit]:
    """What the files say and no apply has done, unless it waits already."""
    passed_over = {held for gate in gates if gate.since is not None for held in map(Address.parse, gate.holds)}
    drifted = {one.address: {each.name for each in one.fields} for one in objects}
    ended = (Happened.MISSING, Happened.RETIRED)
    passed_over |= {Address.parse(one.address) for one in objects if one.happened in ended} | case.under_way
    for address in sorted({*case.desired.declarations, *case.recorded.resources}):
        kind, spec, record = kind_at(address.parts), case.desired.spec(address), case.recorded.resources.get(address)
        if kind is None or not case.selection.selects(address) or address in passed_over:
            continue
        fields: tuple[EditedField, ...] = ()
        if record is None:
            reason = "is new in the files"
        elif spec is None:
            reason = "is no longer in the files"
        else:
            reason = "is edited in the files"
            fields = tuple(_edited(case, address, spec, record, drifted.get(str(address), set())))
            if not fields:
                continue
        yield Edit(address=str(address), kind=kind.kind, reason=reason, fields=fields, place=case.place(address))


def _edited(
    case: Case, address: Address, spec: Resource, record: RecordedResource, drifted: set[str]
) -> Iterator[EditedField]:
    wanted, observed = spec.values(), case.live.observed(address)
    ignored = spec.lifecycle.ignore if spec.lifecycle else ()
    for name, trait in type(spec).traits().items():
        if trait.local or name in drifted or name in ignored:
            continue
        applied = record.values.get(name)
        if name in wanted:
            declared = wanted[name]
        elif trait.resets and name in record.values:
            declared = trait.resets.to
        else:
            continue
        is_there = observed is not None and same_value(trait, declared, observed.values.get(name))
        if not is_there and not same_value(trait, declared, applied):
            yield EditedField(name=name, applied_text=trait.text(applied), declared_text=trait.text(declared))
