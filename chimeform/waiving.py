"""What somebody sets aside for one run, with a reason that the history keeps. Pure.

A waiver is for rules that a workspace gave itself. What protects data (protection, fixed fields), what the service
itself would refuse, whose an object is, and consent to a consequence have ways out of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .diagnostics import nearest
from .errors import Refused, UsageError
from .ledger.base import Waiver
from .plan import Refusal


@dataclass(frozen=True)
class Waiving:
    """What the user asked to set aside: `rules` by the names that refusals give, all for one `reason`."""

    rules: tuple[str, ...] = ()
    reason: str = ""


NOTHING_WAIVED = Waiving()


def waive(refusals: Sequence[Refusal], asked: Waiving) -> tuple[tuple[Refusal, ...], tuple[Waiver, ...]]:
    """The refusals that stand, and the waivers for the history. Raises `UsageError` or `Refused` for a name that none
    of them gives: a waiver that is not needed today must not stand ready for the day on which it would be."""
    known = {one.waive for one in refusals if one.waive}
    for rule in asked.rules:
        if rule not in known:
            raise _cannot_waive(rule, refusals, sorted(known))
    standing = tuple(one for one in refusals if one.waive not in asked.rules)
    waivers = tuple(
        Waiver(rule, asked.reason, tuple(one.summary for one in refusals if one.waive == rule))
        for rule in dict.fromkeys(asked.rules)
    )
    return standing, waivers


def _cannot_waive(rule: str, refusals: Sequence[Refusal], known: Sequence[str]) -> Refused | UsageError:
    if any(one.guard == rule and one.waive is None for one in refusals):
        return Refused(
            f"--waive {rule}: this cannot be set aside",
            why="it protects data, or has a way out of its own",
            do="take the way out that the refusal names",
            code="CF-GRD-009",
        )
    guess = nearest(rule, known)
    return UsageError(
        f"--waive {rule}: nothing of this plan is refused by a rule of this name",
        why=f"what can be set aside: {', '.join(known)}" if known else "nothing of it can or has to be set aside",
        do=f"did you mean {guess!r}?" if guess else "leave it out",
        code="CF-USE-021",
    )
