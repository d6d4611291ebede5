"""Drift made from plain values, so that ids and moments in golden texts never change."""

from __future__ import annotations

from typing import Any

from chimeform.diagnostics import Position
from chimeform.drift import (
    Attribution,
    Drift,
    DriftedField,
    DriftedGate,
    DriftedObject,
    Edit,
    EditedField,
    Happened,
    InFiles,
    Standing,
)
from chimeform.plan import LedgerStamp, UnmanagedObject, UnreadObject
from tests.report.plans import ACME, NOW, consequence, gate

APPLIED = "2026-11-20T08:00:00+00:00"
JANE, OMAR = f'{ACME}.users["jane@acme.example"]', f'{ACME}.users["omar@acme.example"]'
SOMEBODY = Attribution(
    who="arn:aws:iam::111122223333:user/mallory",
    role="Administrator",
    at="2026-11-21T10:03:00+00:00",
    source_address="203.0.113.7",
    via="console",
    event="BatchUpdateUser",
    event_id="e-1",
)


def at(line: int, column: int = 5, length: int = 7, file: str = "chimeform.yaml") -> Position:
    return Position(file, line, column, length)


def field(name: str, applied: Any, live: Any, declared: Any, files: InFiles, place: Position | None) -> DriftedField:
    return DriftedField(
        name=name,
        applied=applied,
        live=live,
        declared=declared,
        applied_text=_text(applied),
        live_text=_text(live),
        declared_text=_text(declared),
        files=files,
        place=place,
    )


def _text(value: Any) -> str:
    return "(none)" if value is None else str(value)


def drifted(address: str, happened: Happened, *fields: DriftedField, kind: str = "user", **rest: Any) -> DriftedObject:
    plain = {"severity": "caution", "reason": "was changed there since the last apply", "applied_at": APPLIED}
    return DriftedObject(address=address, kind=kind, happened=happened, fields=fields, **{**plain, **rest})


def drift(*objects: DriftedObject, **rest: Any) -> Drift:
    plain: dict[str, Any] = {
        "workspace": "acme",
        "environment": None,
        "at": NOW.isoformat(),
        "last_apply": APPLIED,
        "ledger": LedgerStamp(lineage="one", serial=7),
        "compared": tuple(sorted({ACME, *(one.address for one in objects if one.happened is not Happened.UNMANAGED)})),
    }
    return Drift(objects=objects, **{**plain, **rest})


def relicensed(count: int) -> list[DriftedObject]:
    """So many people to whom somebody gave the same licence."""
    return [
        drifted(
            f'{ACME}.users["user{place:02}@acme.example"]',
            Happened.CHANGED,
            field("license", "pro", "basic", "pro", InFiles.AS_APPLIED, at(20 + place)),
            consequences=(consequence("no-hosting", "caution", "can no longer host meetings"),),
        )
        for place in range(count)
    ]


def everything() -> Drift:
    """One of each thing that drift can say."""
    chat = consequence("chat-deletion", "destructive", "messages in rooms older than 1 week vanish within a day")
    gone = consequence("number-release", "destructive", "goes back to the carrier after 7 days")
    return drift(
        drifted(
            f"{ACME}.meetings",
            Happened.CHANGED,
            field("call_me", "true", "false", "true", InFiles.AS_APPLIED, at(9, 17)),
            field("screen_sharing_control", "true", "false", "false", InFiles.AS_LIVE, at(10, 17)),
            kind="meetings",
            severity="notice",
            place=at(8),
        ),
        drifted(
            f"{ACME}.retention",
            Happened.CHANGED,
            field("rooms", "1 year", "1 week", "90 days", InFiles.EDITED, at(12)),
            field("conversations", "90 days", "30 days", None, InFiles.NOTHING, at(11)),
            kind="retention",
            severity="destructive",
            consequences=(chat,),
            place=at(11),
        ),
        drifted(
            f'{ACME}.users["eve|`x`@acme.example"]',
            Happened.UNMANAGED,
            reason=f"no file names it, and {ACME} is authoritative for users",
            next="the next apply retires it: removed or suspended",
            applied_at="",
            id="u-9",
        ),
        drifted(
            JANE,
            Happened.MISSING,
            reason="is not there any more",
            next="the next apply makes it again",
            place=at(2, 1, 17, "people 1%.csv"),
            id="u-1",
        ),
        drifted(
            OMAR,
            Happened.REPLACED,
            field("license", "basic", "pro", "basic", InFiles.AS_APPLIED, at(15)),
            reason="was removed there and made again: it was u-2, and is u-3 now",
            next="the next apply takes this one over",
            place=at(14),
            id="u-3",
        ),
        drifted(
            'phone_numbers["+12065550101"]',
            Happened.RETIRED,
            kind="phone_number",
            reason="was retired there: moved to the deletion queue, and gone after 7 days",
            next="the next apply brings it back",
            severity="destructive",
            consequences=(gone,),
            place=at(20),
            id="+12065550101",
        ),
        environment="prod",
        aws_account="111122223333",
        gates=(
            DriftedGate(
                gate=gate(ACME, "operator", "the account becomes an Enterprise account", holds=(f"{ACME}.retention",)),
                standing=Standing.CLOSED_AGAIN,
                severity="caution",
                place=at(5),
            ),
            DriftedGate(
                gate=gate(
                    JANE, "invitee", "the person accepts", since="2026-11-01T09:00:00+00:00", overdue_after_days=14
                ),
                standing=Standing.OVERDUE,
                severity="caution",
                due="2026-11-15T09:00:00+00:00",
                place=at(13),
            ),
            DriftedGate(
                gate=gate(
                    "settings.calling_name", "clock", "seven days have passed", since="2026-11-20T09:00:00+00:00"
                ),
                standing=Standing.WAITING,
                severity="notice",
            ),
        ),
        unread=(
            UnreadObject(address="accounts.other", code="CF-AWS-403", reason="ListAccounts: denied", do="allow it"),
        ),
        unmanaged=(UnmanagedObject(address='accounts["a-1"]', kind="account", id="a-1", name="Somebody <b>Else</b>"),),
        edits=(
            Edit(
                address=ACME,
                kind="account",
                reason="is edited in the files",
                fields=(EditedField(name="name", applied_text="Acme", declared_text="Acme Two"),),
                place=at(5),
            ),
            Edit(address=f"{ACME}.bots.pager", kind="bot", reason="is new in the files", place=at(30)),
        ),
        under_way=(f"{ACME}.bots.helpdesk",),
    )
