"""Settings of the AWS account, which both services share; this one knows only the Voice Connectors' bucket."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chimeform.sandbox.chime import settings as shared
from chimeform.sandbox.chime.world import aws_settings, passed, stamp
from chimeform.sandbox.context import Context


def get_global_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """A read that lags behind a write is empty, as Terraform found it to be for up to ten seconds."""
    written = (aws_settings(ctx).get("global_written") or {}).get("At")
    if ctx.lag_seconds and written and not passed(ctx, written, timedelta(seconds=ctx.lag_seconds)):
        return {}
    return {"VoiceConnector": shared.get_global_settings(ctx, params)["VoiceConnector"]}


def update_global_settings(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """An empty block ends the call detail records."""
    aws_settings(ctx).put("global_written", {"At": stamp(ctx)})
    return shared.update_global_settings(ctx, params)
