"""Tags, by the ARN of what bears them: connectors, groups, SIP media applications, voice profile domains."""

from __future__ import annotations

import re
from typing import Any

from chimeform.sandbox.chime.world import bad_request, over_limit
from chimeform.sandbox.context import Context
from chimeform.sandbox.store import Record
from chimeform.sandbox.voice.world import APPLICATION, CONNECTOR, DOMAIN, GROUP, Family, find, read_tags, table

LIMIT = 50
"""Tags a resource can bear [botocore TagList]."""
_FAMILIES = {"vc": CONNECTOR, "vcg": GROUP, "sma": APPLICATION, "voice-profile-domain": DOMAIN}
_ARN = re.compile(r"arn:aws[a-z-]*:chime:[a-z0-9-]*:\d{12}:([a-z-]+)/([^/]+)", re.ASCII)


def tag_resource(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Add tags, or replace those of the same keys."""
    family, record = _find(ctx, params["ResourceARN"])
    tags = {**record["Tags"], **read_tags(params)}
    if len(tags) > LIMIT:
        raise over_limit(f"a resource bears at most {LIMIT} tags")
    table(ctx, family).put(family.identify(record), {**record, "Tags": tags})
    return {}


def untag_resource(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    """Keys that are not there are no error: none is documented."""
    family, record = _find(ctx, params["ResourceARN"])
    tags = {key: value for key, value in record["Tags"].items() if key not in params["TagKeys"]}
    table(ctx, family).put(family.identify(record), {**record, "Tags": tags})
    return {}


def list_tags_for_resource(ctx: Context, params: dict[str, Any]) -> dict[str, Any]:
    _, record = _find(ctx, params["ResourceARN"])
    return {"Tags": [{"Key": key, "Value": value} for key, value in record["Tags"].items()]}


def _find(ctx: Context, arn: str) -> tuple[Family, Record]:
    """BadRequestException "Invalid resource" for an ARN of something else, as the service says it."""
    match = _ARN.fullmatch(arn)
    family = _FAMILIES.get(match[1]) if match else None
    if match is None or family is None:
        raise bad_request("Invalid resource")
    return family, find(ctx, family, match[2])
