"""Live against what was applied last, with the files as the third voice. Pure: from the three values to a Drift.

Drift is what is live and differs from the record, whatever the files say now. What the files say otherwise is an edit:
it is told beside it, and is no drift. What could not be read is passed on as it is, and nothing is said about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..address import Address
from ..drift import Drift, Since, Standing
from ..language.desired import Desired
from ..live import Ambiguous, Live, Unknown
from ..plan import LedgerStamp, Plan, UnreadObject
from ..planner import Selection, unmanaged_objects, unread_object
from ..recorded import Recorded
from ..resources.base import Made, Resource
from .case import Case
from .edits import edits
from .gates import gates
from .objects import claimed, drifted, unclaimed


def as_applied(desired: Desired, recorded: Recorded) -> Desired:
    """The files as far as they decide what is read.

    Of some kinds, what is read depends on their values: which TXT record is looked up. There the applied values count,
    and not what the files have become since.
    """

    def is_edited(address: Address) -> bool:
        record, spec = recorded.resources.get(address), desired.spec(address)
        if record is None or spec is None or not _is_looked_up(type(spec)):
            return False
        return dict(record.values) != spec.values()

    kept = {address: found for address, found in desired.declarations.items() if not is_edited(address)}
    return replace(desired, declarations=kept)


def _is_looked_up(kind: type[Resource]) -> bool:
    """Whether one is neither listed nor found by an id or a name, so that its values say what is asked about it."""
    if not kind.is_collection() or kind.api.listing or kind.api.find or kind.api.held_in:
        return False
    return any(isinstance(source, Made) for detail in kind.api.details for source in detail.sends.values())


def detect(
    desired: Desired,
    recorded: Recorded,
    live: Live,
    plan: Plan,
    *,
    selection: Selection,
    since: Since | None = None,
    last_apply: str | None = None,
) -> Drift:
    """Everything that differs. `plan` is what an apply would do now: its gates say what waits.

    `last_apply` is when the last apply ended. With `since`, only what has changed there since then is told: no edits,
    no waits that were there before, no objects that nobody claims.
    """
    case = Case(desired, recorded, live, selection)
    objects = sorted([*drifted(case), *claimed(case)], key=lambda one: Address.parse(one.address))
    standing = gates(case, plan.gates, last_apply or "")
    return Drift(
        workspace=desired.workspace,
        environment=desired.environment,
        aws_account=plan.aws_account,
        at=live.at.isoformat(),
        since=since,
        last_apply=last_apply,
        ledger=LedgerStamp(lineage=recorded.lineage, serial=recorded.serial),
        objects=tuple(objects),
        gates=tuple(one for one in standing if not since or one.standing is Standing.CLOSED_AGAIN),
        unread=tuple(_unread(case)),
        unmanaged=() if since else tuple(unmanaged_objects(unclaimed(case), set())),
        edits=() if since else tuple(edits(case, plan.gates, objects)),
        under_way=tuple(sorted(str(address) for address in case.under_way)),
        compared=tuple(map(str, case.sides)),
        reads=dict(sorted(live.calls.items())),
        targets=selection.targets,
        excludes=selection.excludes,
    )


def _unread(case: Case) -> Iterator[UnreadObject]:
    for address, reading in sorted(case.live.readings.items()):
        if isinstance(reading, Unknown | Ambiguous) and case.selection.selects(address):
            yield unread_object(address, reading)
