"""How long an account keeps chat messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from ..address import Address
from ..live import Values
from .base import (
    PARENT,
    Api,
    Broken,
    Call,
    Consequence,
    Declared,
    Detail,
    Made,
    Resets,
    Resource,
    Scope,
    Transition,
    Wire,
)
from .enterprise import ENTERPRISE_GATE, is_enterprise, needs_enterprise
from .values import RetentionPeriod, period_text

_RESTORABLE_DAYS = 30


def _days(name: str) -> Made:
    """Switched off is an empty block; a zero is refused [botocore chime RetentionDays]."""
    read: Callable[[Values], Any] = lambda values: {"RetentionDays": values[name]} if values.get(name) else {}  # noqa: E731
    return Made(read)


def _send(rooms: Any, conversations: Any) -> dict[str, Any]:
    return {
        "AccountId": PARENT,
        "RetentionSettings": {"RoomRetentionSettings": rooms, "ConversationRetentionSettings": conversations},
    }


class Retention(Resource, kind="retention", path="accounts.*.retention"):
    """Chat retention of an Enterprise account: messages older than the period disappear for everybody.

    A period that is not written keeps messages for ever. Conversations with people outside the account are kept for 90
    days whatever is set here [guide: How retention policies affect users].
    """

    rooms: Annotated[
        RetentionPeriod | None,
        Wire("RetentionSettings.RoomRetentionSettings.RetentionDays"),
        Resets(None),
        Field(description="Messages in rooms that members of the account created, from 1 day to 15 years."),
    ] = None
    conversations: Annotated[
        RetentionPeriod | None,
        Wire("RetentionSettings.ConversationRetentionSettings.RetentionDays"),
        Resets(None),
        Field(description="Messages between members of the account, from 1 day to 15 years."),
    ] = None

    retire_means = "turned off; messages are kept for ever"
    gates = (ENTERPRISE_GATE,)
    api = Api(
        service="chime",
        details=(Detail("GetRetentionSettings", sends={"AccountId": PARENT}, fields=("rooms", "conversations")),),
        facts={"deletes_at": "InitiateDeletionTimestamp"},
        readable=is_enterprise,
        updates=(
            # what happens to a block that is left out is not documented, so both are always sent
            Call(
                "PutRetentionSettings",
                sends=_send(_days("rooms"), _days("conversations")),
                sets=("rooms", "conversations"),
                clears=("rooms", "conversations"),
                whole=True,
            ),
        ),
        retire=(Call("PutRetentionSettings", sends=_send({}, {}), clears=("rooms", "conversations"), label="off"),),
    )

    @classmethod
    def rules(cls, address: Address, spec: Resource, declared: Declared) -> Iterable[Broken]:
        return needs_enterprise("CF-RET-003", "chat retention", address, declared)

    @classmethod
    def consequences(cls, transition: Transition) -> Iterable[Consequence]:
        until = transition.scope.now + timedelta(days=_RESTORABLE_DAYS)
        for name in ("rooms", "conversations"):
            before, after = transition.before.get(name), transition.after.get(name)
            if after is not None and (before is None or after < before) and not _is_fresh(transition.scope):
                yield Consequence(
                    "chat-deletion",
                    "destructive",
                    f"messages in {name} older than {period_text(after)} vanish within a day and are deleted for good "
                    f"after {_RESTORABLE_DAYS} days",
                    "guide: Restoring chat messages",
                    last_undo=until.isoformat(),
                )


def _is_fresh(scope: Scope) -> bool:
    """An account that this plan creates has no messages yet."""
    return scope.parent is None or scope.parent.id is None
