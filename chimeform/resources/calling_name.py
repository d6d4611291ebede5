"""The default name that callers see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from ..live import Observed
from .base import Api, Call, Consequence, Detail, GateRule, Of, Resource, Scope, Transition, Wire
from .values import CallingName

_COOL_DOWN = timedelta(days=7)


def _next_change(observed: Observed, scope: Scope) -> datetime | None:
    changed = observed.facts.get("changed_at")
    return datetime.fromisoformat(changed) + _COOL_DOWN if changed else None


def _is_cooling(observed: Observed | None, scope: Scope) -> bool:
    opens = _next_change(observed, scope) if observed else None
    return opens is not None and opens > scope.now


class DefaultCallingName(Resource, kind="calling_name", path="settings.calling_name"):
    """The outbound calling name of every number that has none of its own. It can change once in seven days."""

    name: Annotated[CallingName, Wire("CallingName"), Field(description="2 to 15 letters, digits and blanks.")]

    shorthand = "name"
    retire_means = "left as it is"
    gates = (
        GateRule(
            name="cool-down",
            who="clock",
            title="seven days have passed since the last change",
            closed=_is_cooling,
            holds=("UpdatePhoneNumberSettings",),
            steps=("wait: the default calling name can change once in seven days",),
            source="guide: Updating outbound calling names",
            opens_at=_next_change,
        ),
    )
    api = Api(
        service="chime",
        details=(Detail("GetPhoneNumberSettings", sends={}, fields=("name",)),),
        facts={"changed_at": "CallingNameUpdatedTimestamp"},
        updates=(Call("UpdatePhoneNumberSettings", sends={"CallingName": Of("name")}, sets=("name",)),),
    )

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        if transition.changes("name"):
            yield Consequence(
                "calling-name-lock",
                "notice",
                "callers see it after up to 72 hours, and it cannot change again for 7 days",
                "guide: Updating outbound calling names",
                last_undo=None,
            )
