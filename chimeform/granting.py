"""What a command, or one saved plan, takes of AWS: the needs of the files and the ledger as that command reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from .apply.attempts import with_attempts
from .confirming import last_purpose
from .detection import as_applied
from .freshness import Origin, check_origin
from .iam.needs import Command, Once, needs_of_one_off, needs_of_plan, needs_of_workspace
from .iam.policy import Policy, make_policy
from .language.desired import Desired
from .ledger.base import RunRecord
from .plan import LedgerStamp, Plan
from .planned import wanted_for
from .recorded import Recorded
from .relocation import Moves


def policy_of(
    desired: Desired, record: Recorded, history: Sequence[RunRecord], asked: Command | Once | Plan, at: datetime
) -> Policy:
    """The least that AWS has to allow for a command in this workspace, whatever is live, or for an apply of a plan.

    Raises `StalePlan` for a plan of other files or of another state of the ledger. `history` has the newest run first.
    """
    recorded, _ = record.renamed(Moves(desired.moved).renames())
    recorded = with_attempts(recorded, desired.declarations)
    if isinstance(asked, Plan):
        stamp = LedgerStamp(lineage=recorded.lineage, serial=recorded.serial)
        check_origin(asked, Origin(desired.workspace, desired.environment, desired.digests, stamp))
        return make_policy(needs_of_plan(asked, desired, recorded, at))
    if isinstance(asked, Once):
        return make_policy(needs_of_one_off(desired, recorded, asked, at))
    if asked is Command.DRIFT:
        # what was asked for last counts, and where the files have been edited since, what was applied
        wanted = wanted_for(last_purpose(history), desired)
        return make_policy(needs_of_workspace(as_applied(wanted, recorded), recorded, asked, at))
    return make_policy(needs_of_workspace(desired, recorded, asked, at))
