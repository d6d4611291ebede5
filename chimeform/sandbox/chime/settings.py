"""Settings of the AWS account: the default calling name and where call detail records go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime.world import aws_settings, bad_request, passed, stamp
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record

CALLING_NAME_REST = timedelta(days=7)
"""The default calling name changes once in seven days [guide: Updating outbound calling names]."""

GLOBAL_BLOCKS = ("BusinessCalling", "VoiceConnector")


def get_phone_number_settings(ctx: Context, _params: dict[str, Any]) -> dict[str, Any]:
    """The default calling name; both members are absent until one was set for the first time."""
    return _read(ctx, "phone_number")


def update_phone_number_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Raises BadRequest within seven days of the last change, whatever the new name is."""
    stored = _read(ctx, "phone_number")
    if stored and not passed(ctx, stored["CallingNameUpdatedTimestamp"], CALLING_NAME_REST):
        raise bad_request(
            "the default calling name can be changed once in seven days; last change "
            f"{stored['CallingNameUpdatedTimestamp']}"
        )
    settings = {"CallingName": params["CallingName"], "CallingNameUpdatedTimestamp": stamp(ctx)}
    aws_settings(ctx).put("phone_number", settings)
    return {}


def get_global_settings(ctx: Context, _params: dict[str, Any]) -> dict[str, Any]:
    stored = _read(ctx, "global")
    return {block: stored.get(block, {}) for block in GLOBAL_BLOCKS}


def update_global_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A block that is sent replaces the stored one, so an empty block clears; a block that is not sent stays.

    Whether the bucket exists is S3's to know, and the pages name no error for it: any name is taken.
    """
    sent = {block: params[block] for block in GLOBAL_BLOCKS if params.get(block) is not None}
    aws_settings(ctx).put("global", {**_read(ctx, "global"), **sent})
    return {}


def _read(ctx: Context, family: str) -> Record:
    return aws_settings(ctx).get(family) or {}
