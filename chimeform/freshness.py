"""Whether a saved plan still fits: the same files, the same ledger, the same live objects, the same meaning.

`fresh` is the plan that would be made now. A stale one is refused with the first fact that moved, named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .address import Address
from .errors import StalePlan
from .live import Ambiguous, Live, Unknown
from .plan import LedgerStamp, Plan, PlannedChange


def check_fresh(saved: Plan, fresh: Plan, live: Live) -> None:
    """Raise `StalePlan` naming the first fact that moved since `saved` was made."""
    made_for = Origin(fresh.workspace, fresh.environment, fresh.files, fresh.ledger)
    _refuse_stale(_moved_account(saved, fresh) or _moved_origin(saved, made_for) or _moved_object(saved, fresh, live))


def check_origin(saved: Plan, now: Origin) -> None:
    """The same as far as no service is asked: the workspace, its files and its ledger."""
    _refuse_stale(_moved_origin(saved, now))


@dataclass(frozen=True)
class Origin:
    """What a plan is made from, apart from what is live; `files` are their digests."""

    workspace: str
    environment: str | None
    files: Mapping[str, str]
    ledger: LedgerStamp


def _refuse_stale(fact: str | None) -> None:
    if fact:
        raise StalePlan(
            f"the saved plan is stale: {fact}",
            why="a plan is only good for the files, the ledger and the live objects that it was made from",
            do="make it again with 'chimeform plan --out', and look at it again",
        )


def _moved_account(saved: Plan, fresh: Plan) -> str | None:
    same_workspace = (saved.workspace, saved.environment) == (fresh.workspace, fresh.environment)
    if same_workspace and saved.aws_account != fresh.aws_account:
        return f"it was made for the AWS account {saved.aws_account}"
    return None


def _moved_origin(saved: Plan, now: Origin) -> str | None:
    if (saved.workspace, saved.environment) != (now.workspace, now.environment):
        return f"it was made for {saved.workspace}/{saved.environment}, and this is {now.workspace}/{now.environment}"
    for file in sorted({*saved.files, *now.files}):
        if saved.files.get(file) != now.files.get(file):
            return f"{file} {'was removed' if file not in now.files else 'is another one now'}"
    if saved.ledger != now.ledger:
        same = saved.ledger.lineage in ("", now.ledger.lineage)
        serials = f"(serial {saved.ledger.serial}, now {now.ledger.serial})"
        return f"something was applied since {serials}" if same else "the ledger is another one"
    return None


def _moved_object(saved: Plan, fresh: Plan, live: Live) -> str | None:
    changes = {change.address: change for change in fresh.changes}
    for change in saved.changes:
        address = Address.parse(change.address)
        if isinstance(live.readings.get(address), Unknown | Ambiguous):
            return f"{change.address} cannot be read now"
        observed = live.observed(address)
        if change.seen.exists != (observed is not None):
            return f"{change.address} {'is gone' if observed is None else 'exists now'}"
        values = dict(observed.values) if observed else {}
        for name in sorted({*change.seen.values, *values}):
            before, after = change.seen.values.get(name), values.get(name)
            if before != after:
                return f"{change.address}.{name} was {before!r} and is {after!r} now"
        if moved := _moved_meaning(change, changes.get(change.address)):
            return f"{change.address} {moved}"
    known = {change.address for change in saved.changes}
    new = next((change for change in fresh.changes if change.address not in known), None)
    return f"{new.address} differs now: {new.reason}" if new else None


def _moved_meaning(saved: PlannedChange, fresh: PlannedChange | None) -> str | None:
    """What no value shows: a gate that opened, an account of another type where the same call does something else."""
    if fresh is None:
        return "is as declared now"
    if saved.action != fresh.action:
        return f"was to {saved.action.value} and would {fresh.action.value} now"
    before, after = ({one.name for one in change.consequences} for change in (saved, fresh))
    return f"has other consequences now: {', '.join(sorted(after)) or 'none'}" if before != after else None
