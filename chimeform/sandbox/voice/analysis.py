"""Speaker searches and voice tone analyses of a call.

The sandbox has no calls, so any transaction will do and nobody is recognised. A task is in progress for ten seconds and
has then succeeded, unless it was stopped; only the shape of that is documented.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime.world import changed, new_guid, not_found, passed, stamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.world import (
    CONNECTOR,
    DOMAIN,
    SEARCH,
    TONE,
    Family,
    add,
    asked,
    find,
    replay,
    table,
    update,
)

DURATION = timedelta(seconds=10)
_FOUND = {"Results": [], "VoiceprintGenerationStatus": "VoiceprintGenerationSuccess"}


def start_speaker_search_task(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Listen to one side of a call, by default the caller's; the same token again gives the same task."""
    find(ctx, DOMAIN, params["VoiceProfileDomainId"])
    is_caller = params.get("CallLeg", "Caller") == "Caller"
    return _start(ctx, SEARCH, params, is_caller=is_caller, VoiceProfileDomainId=params["VoiceProfileDomainId"])


def get_speaker_search_task(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return {"SpeakerSearchTask": _find(ctx, SEARCH, params)["SpeakerSearchTask"]}


def stop_speaker_search_task(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _stop(ctx, SEARCH, params)


def start_voice_tone_analysis_task(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _start(ctx, TONE, params, is_caller=True)


def get_voice_tone_analysis_task(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """The task as seen from the side of the call that is asked for."""
    wire = _find(ctx, TONE, params)["VoiceToneAnalysisTask"]
    return {"VoiceToneAnalysisTask": {**wire, "CallDetails": {**wire["CallDetails"], "IsCaller": params["IsCaller"]}}}


def stop_voice_tone_analysis_task(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    return _stop(ctx, TONE, params)


def _start(ctx: Context, family: Family, params: dict[str, Any], *, is_caller: bool, **beside: Any) -> dict[str, Any]:
    find(ctx, CONNECTOR, params["VoiceConnectorId"])
    if (made := replay(ctx, family, params)) is not None:
        return {family.shape: made[family.shape]}
    if "ClientRequestToken" in params:
        beside |= {"Token": params["ClientRequestToken"], "Asked": asked(params)}
    details = {
        "VoiceConnectorId": params["VoiceConnectorId"],
        "TransactionId": params["TransactionId"],
        "IsCaller": is_caller,
    }
    wire = {
        family.identifier: new_guid(ctx),
        f"{family.shape}Status": "IN_PROGRESS",
        "CallDetails": details,
        "StartedTimestamp": stamp(ctx),
    }
    return {family.shape: add(ctx, family, wire, Region=ctx.region, **beside)[family.shape]}


def _find(ctx: Context, family: Family, params: dict[str, Any]) -> Record:
    find(ctx, CONNECTOR, params["VoiceConnectorId"])
    record = find(ctx, family, params[family.identifier])
    wire = record[family.shape]
    if wire["CallDetails"]["VoiceConnectorId"] != params["VoiceConnectorId"]:
        raise not_found(family.noun, params[family.identifier])
    if wire[f"{family.shape}Status"] != "IN_PROGRESS" or not passed(ctx, wire["StartedTimestamp"], DURATION):
        return record
    details = {"SpeakerSearchDetails": _FOUND} if family is SEARCH else {}
    after = changed(record, family.shape, **{f"{family.shape}Status": "SUCCEEDED"}, **details)
    table(ctx, family).put(family.identify(after), after)
    return after


def _stop(ctx: Context, family: Family, params: dict[str, Any]) -> dict[str, Any]:
    """Stopping a task that has ended changes nothing: which error it would be is not documented."""
    record = _find(ctx, family, params)
    if record[family.shape][f"{family.shape}Status"] == "IN_PROGRESS":
        update(ctx, family, record, **{f"{family.shape}Status": "STOPPED"})
    return {}
