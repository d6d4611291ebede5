"""The ledger's values as JSON, the same for every backend.

Text is written as ASCII JSON, so that a name with a lone surrogate (a login name in a broken encoding, say) can be
kept by every storage. What is given is what is kept: secrets are taken out before, by the kinds that know them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from ..address import Address
from ..journal import Outcome, PlannedEffect, Verdict
from ..recorded import Confirmation, RecordedGate, RecordedResource
from .base import Amendment, LockInfo, RunRecord, Undo, Waiver

_ENCODER = json.JSONEncoder(separators=(",", ":"))


def dump(value: object) -> str:
    return _ENCODER.encode(value)


def dump_address(address: Address) -> str:
    """The parts, not the text: every address comes back as it was, whatever characters are in it."""
    return dump(address.parts)


def load_address(text: str) -> Address:
    return Address(tuple(json.loads(text)))


Row = tuple[str, str, str | None, str, int, str, str]
"""A resource: address, kind, id, values, protected, applied_at, confirmed."""

_NONE_CONFIRMED = "{}"


def dump_resource(one: RecordedResource) -> Row:
    confirmed = dump({name: asdict(told) for name, told in one.confirmed.items()}) if one.confirmed else _NONE_CONFIRMED
    return (
        dump_address(one.address), one.kind, one.id, dump(one.values), int(one.protected), one.applied_at, confirmed,
    )  # fmt: skip


def load_resources(rows: Iterable[Row]) -> dict[Address, RecordedResource]:
    """Read as one JSON document: a third faster than by row."""
    listed = list(rows)
    addresses = json.loads("[" + ",".join([row[0] for row in listed]) + "]")
    values = json.loads("[" + ",".join([row[3] for row in listed]) + "]")
    found: dict[Address, RecordedResource] = {}
    for (_, kind, id_, _, protected, applied_at, confirmed), parts, fields in zip(
        listed, addresses, values, strict=True
    ):
        address = Address(tuple(parts))
        told = {} if confirmed == _NONE_CONFIRMED else _load_confirmed(confirmed)
        found[address] = RecordedResource(address, kind, id_, fields, bool(protected), applied_at, told)
    return found


def _load_confirmed(text: str) -> dict[str, Confirmation]:
    return {name: Confirmation(**told) for name, told in json.loads(text).items()}


def dump_effect(effect: PlannedEffect) -> str:
    return dump(
        {
            "address": effect.address.parts,
            "kind": effect.kind,
            "action": effect.action,
            "exists": effect.exists,
            "values": effect.values,
            **({"token": effect.token} if effect.token else {}),
        }
    )


def load_effect(step: str, text: str) -> PlannedEffect:
    data: dict[str, Any] = json.loads(text)
    address = Address(tuple(data["address"]))
    kind, action, token = data["kind"], data["action"], data.get("token", "")
    return PlannedEffect(step, address, kind, action, data["exists"], data["values"], token)


def dump_outcome(outcome: Outcome) -> str:
    return dump({"at": outcome.at, "id": outcome.id, "error": outcome.error, "request_id": outcome.request_id})


def is_final(verdict: Verdict) -> bool:
    """Whether the step is closed by it: a lost answer leaves it open until somebody has looked."""
    return verdict is not Verdict.UNKNOWN


def dump_lock(info: LockInfo) -> str:
    return dump(asdict(info))


def load_lock(text: str) -> LockInfo:
    return LockInfo(**json.loads(text))


def dump_run(record: RunRecord) -> str:
    undo = {"serial": record.undo.serial, **_amendment_json(record.undo.amendment)} if record.undo else None
    return dump({**asdict(replace(record, undo=None)), "undo": undo})


def load_run(text: str) -> RunRecord:
    data: dict[str, Any] = json.loads(text)
    undo = data.pop("undo", None)  # no run of before there was one has it
    # nor had runs of before there were any
    waivers = tuple(Waiver(one["rule"], one["reason"], tuple(one["refused"])) for one in data.pop("waivers", ()))
    taking_back = Undo(undo["serial"], _amendment(undo)) if undo else None
    about = tuple(data.pop("about", ()))
    return RunRecord(**data, undo=taking_back, waivers=waivers, about=about)


def _amendment_json(amendment: Amendment) -> dict[str, Any]:
    """Of an amendment by hand: it touches resources and gates, and never the journal."""
    gates = amendment.gates
    return {
        "put": [dump_resource(one) for one in amendment.put],
        "forget": [address.parts for address in amendment.forget],
        "gates": None if gates is None else [(gate.id, gate.address.parts, gate.since) for gate in gates],
    }


def _amendment(data: Mapping[str, Any]) -> Amendment:
    gates = data["gates"]
    return Amendment(
        put=tuple(load_resources(data["put"]).values()),
        forget=tuple(Address(tuple(parts)) for parts in data["forget"]),
        gates=None
        if gates is None
        else tuple(RecordedGate(id_, Address(tuple(parts)), since) for id_, parts, since in gates),
    )
