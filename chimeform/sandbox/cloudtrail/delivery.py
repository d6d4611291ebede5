"""The log files of a trail: what CloudTrail puts into a bucket, on demand in place of every five minutes.

AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz, each a JSON
object with `Records`. [CloudTrail: log file examples]
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from urllib.parse import quote

from chimeform.sandbox.access import Caller
from chimeform.sandbox.aws import HttpRequest, OtherServices
from chimeform.sandbox.cloudtrail.records import event_id, render
from chimeform.sandbox.context import ApiError, Context
from chimeform.sandbox.control_input import bad_control
from chimeform.sandbox.trail import Fact

_SIGNED = "AWS4-HMAC-SHA256 Credential=cloudtrail/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


async def deliver(ctx: Context, others: OtherServices, bucket: str, prefix: str) -> dict[str, object]:
    """Write what happened since the last delivery to that place, a file for each day and Region; the keys written.

    Raises NotFoundException for a bucket that is not there; the events then wait for the next delivery.
    """
    head = await _ask_s3(others, "HEAD", bucket, "", b"")
    if head != 200:
        raise ApiError("NotFoundException", f"there is no bucket {bucket}")
    facts = ctx.trail.take_undelivered(bucket, prefix)
    keys = []
    for key, content in _files(ctx, facts, prefix.strip("/")):
        if await _ask_s3(others, "PUT", bucket, key, content) != 200:
            raise bad_control(f"the bucket {bucket} does not take {key}")
        keys.append(key)
    return {"Files": keys, "Events": len(facts)}


def _files(ctx: Context, facts: Sequence[Fact], prefix: str) -> Iterator[tuple[str, bytes]]:
    """Key and content of each file."""
    account_id = ctx.account_id
    by_place = sorted(facts, key=lambda fact: (fact.region, fact.at.date(), fact.sequence))
    for (region, day), group in groupby(by_place, key=lambda fact: (fact.region, fact.at.date())):
        those = list(group)
        records = [render(fact, ctx.trail, ctx.settings.hidden_members) for fact in those]
        folder = f"{prefix}/" if prefix else ""
        stamp = those[-1].at.strftime("%Y%m%dT%H%MZ")
        name = f"{account_id}_CloudTrail_{region}_{stamp}_{event_id(those[-1]).replace('-', '')[:16]}.json.gz"
        key = f"{folder}AWSLogs/{account_id}/CloudTrail/{region}/{day:%Y/%m/%d}/{name}"
        yield key, gzip.compress(json.dumps({"Records": records}).encode(), mtime=0)


async def _ask_s3(others: OtherServices, method: str, bucket: str, key: str, content: bytes) -> int:
    """The way of every client, so that moto keeps the object as it keeps any other."""
    headers = {"host": "127.0.0.1:80", "authorization": _SIGNED, "content-type": "application/x-gzip"}
    path = f"/{bucket}/{quote(key)}" if key else f"/{bucket}"
    status, _, _ = await others.answer(
        HttpRequest(method, path.encode(), "", headers, content), Caller("cloudtrail", "s3")
    )
    return status
