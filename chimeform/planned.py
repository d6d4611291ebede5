"""A plan with all that it was made from, as every use case and every face passes it on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .errors import Refused
from .language import collector_paused
from .language.desired import Desired
from .live import Live
from .observe import Observer
from .plan import Plan, Refusal
from .planner import Selection, make_plan
from .recorded import Recorded
from .survey import Survey


@dataclass(frozen=True)
class Planned:
    """`observer` is the one that has read `live`, for looking at a few objects again."""

    plan: Plan
    desired: Desired
    recorded: Recorded
    live: Live
    observer: Observer


class RefusedPlan(Refused):
    """A plan that guards said no to; carries it, so that faces can show it."""

    def __init__(self, planned: Planned, standing: Sequence[Refusal]) -> None:
        count = len(standing)
        super().__init__(
            f"{'1 thing' if count == 1 else f'{count} things'} in this plan {'is' if count == 1 else 'are'} refused",
            do="each refusal names its way out",
            code="CF-GRD-000",
        )
        self.planned = planned


def wanted_for(purpose: str, desired: Desired) -> Desired:
    """To destroy is to want nothing of what the files say."""
    return replace(desired, declarations={}, imports=()) if purpose == "destroy" else desired


def plan_from(survey: Survey, selection: Selection, purpose: str) -> Planned:
    """What would change, by what was found."""
    # nothing that planning makes is garbage, and looking for it takes as long as the planning
    with collector_paused():
        plan = make_plan(
            survey.desired,
            survey.recorded,
            survey.live,
            moves=survey.moves,
            selection=survey.filled.reaching(selection),
            purpose=purpose,
            aws_account=survey.aws_account,
            refused=survey.filled.refusals,
        )
    return Planned(plan, survey.desired, survey.recorded, survey.live, survey.observer)
