"""Plans made from plain values, so that ids and moments in golden texts never change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from chimeform.plan import (
    Action,
    CalendarEntry,
    Cause,
    LedgerStamp,
    Plan,
    PlannedChange,
    PlannedConsequence,
    PlannedField,
    PlannedGate,
    Refusal,
    Seen,
    UnmanagedObject,
    UnreadObject,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACME = "accounts.acme"


def field(name: str, before: Any, after: Any, cause: Cause = Cause.OURS) -> PlannedField:
    return PlannedField(
        name=name, before=before, after=after, before_text=_text(before), after_text=_text(after), cause=cause
    )


def _text(value: Any) -> str:
    return "(none)" if value is None else str(value)


def change(
    address: str,
    action: Action,
    *fields: PlannedField,
    reason: str = "edited here",
    kind: str = "user",
    seen: Mapping[str, Any] | None = None,
    consequences: tuple[PlannedConsequence, ...] = (),
    **rest: Any,
) -> PlannedChange:
    return PlannedChange(
        address=address,
        kind=kind,
        action=action,
        intended=action,
        reason=reason,
        fields=fields,
        consequences=consequences,
        seen=Seen(exists=action is not Action.CREATE, values=dict(seen or {})),
        **rest,
    )


def consequence(name: str, severity: Any, text: str) -> PlannedConsequence:
    return PlannedConsequence(name=name, severity=severity, text=text, source="guide: Somewhere")


def gate(address: str, who: Any, title: str, **rest: Any) -> PlannedGate:
    return PlannedGate(
        id=f"{address}~gate",
        address=address,
        kind="account",
        name="gate",
        who=who,
        title=title,
        steps=("open the console", "choose what is meant"),
        source="guide: Somewhere",
        **rest,
    )


def plan(*changes: PlannedChange, **rest: Any) -> Plan:
    return Plan(workspace="acme", ledger=LedgerStamp(lineage="one", serial=7), changes=changes, **rest)


def invited(count: int) -> list[PlannedChange]:
    """So many new people, every third with a licence of her own."""
    return [
        change(
            f'{ACME}.users["user{place:02}@acme.example"]',
            Action.CREATE,
            field("email", None, f"user{place:02}@acme.example"),
            field("license", None, "basic" if place % 3 else "pro"),
            reason="is new in the files",
            consequences=(consequence("sign-in", "notice", "gets an e-mail"),),
        )
        for place in range(count)
    ]


def everything() -> Plan:
    """One of each thing that a plan can say."""
    chat = consequence("chat-deletion", "destructive", "messages older than 90 days are deleted")
    return plan(
        change(ACME, Action.ADOPT, kind="account", reason="exists already and fits"),
        change(
            f"{ACME}.meetings",
            Action.UPDATE,
            field("call_me", False, True, Cause.THEIRS),
            reason="changed there since the last apply",
            kind="meetings",
        ),
        change(
            f"{ACME}.retention",
            Action.UPDATE,
            field("rooms", "1 year", "90 days"),
            field("conversations", "1 day", "90 days", Cause.CONFLICT),
            reason="changed here and there since the last apply",
            kind="retention",
            consequences=(chat,),
        ),
        change(
            f"{ACME}.bots.helpdesk",
            Action.UPDATE,
            field("events", {"https": "https://old.acme.example"}, {"https": "https://bot.acme.example"}),
            kind="bot",
        ),
        change(
            f"{ACME}.bots.pager",
            Action.WAIT,
            field("events", None, {"lambda": "arn:aws:lambda:us-east-1:111122223333:function:pager"}),
            kind="bot",
        ),
        change(f'{ACME}.users["back@acme.example"]', Action.RESTORE, field("suspended", True, False)),
        change(
            f'{ACME}.users["gone@acme.example"]',
            Action.RETIRE,
            reason="is no longer in the files",
            consequences=(consequence("suspension", "caution", "is signed out at once"),),
        ),
        change(
            f'{ACME}.users["new@acme.example"]',
            Action.CREATE,
            field("email", None, "new@acme.example"),
            field("license", None, "pro"),
            reason="is new in the files",
        ),
        change("settings.calling_name", Action.FORGET, reason="is no longer in the files; left as it is", kind="x"),
        change(
            'phone_numbers["+12065550100"]',
            Action.UPDATE,
            field("calling_name", None, "Acme"),
            kind="phone_number",
            moved_from='phone_numbers["+12065550199"]',
        ),
        environment="prod",
        aws_account="111122223333",
        gates=(
            gate(
                ACME,
                "operator",
                "the account becomes an Enterprise account",
                holds=(f"{ACME}.bots.pager",),
                since="2026-11-18T09:00:00+00:00",
                overdue_after_days=2,
            ),
            gate(
                "settings.calling_name",
                "clock",
                "seven days have passed",
                since="2026-11-22T09:00:00+00:00",
                opens_at="2026-11-29T09:00:00+00:00",
            ),
            gate(f'{ACME}.users["new@acme.example"]', "invitee", "the person accepts", overdue_after_days=14),
        ),
        refusals=(
            Refusal(
                guard="consent",
                code="CF-GRD-005",
                address=f"{ACME}.retention",
                summary=f"{ACME}.retention: messages older than 90 days are deleted",
                why="this is destructive and needs consent",
                do="run again with --accept chat-deletion",
            ),
        ),
        unread=(
            UnreadObject(address="accounts.other", code="CF-AWS-403", reason="ListAccounts: denied", do="allow it"),
        ),
        unmanaged=(
            UnmanagedObject(address=f'{ACME}.users["eve@acme.example"]', kind="user", id="u-1"),
            UnmanagedObject(address='accounts["a-1"]', kind="account", id="a-1", name="Somebody Else"),
        ),
        left_out=(f"{ACME}.rooms.incidents",),
        excludes=(f"{ACME}.rooms",),
        calendar=(CalendarEntry(at="2026-11-29T09:00:00+00:00", address="settings.calling_name", text="opens"),),
        reads={"ListAccounts": 1},
        writes={"BatchUnsuspendUser": 1, "InviteUsers": 2},
    )
