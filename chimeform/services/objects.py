"""Objects of Amazon S3: their keys page by page, the folders that their keys make, and what is in one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .calls import Calls
from .outcome import lost

_READS = 3
"""How often an object is asked for whose content breaks off; a call itself is repeated by `Calls`."""


def object_keys(calls: Calls, bucket: str, prefix: str) -> Iterator[str]:
    """In the order of the service, which is that of their bytes."""
    for page in _pages(calls, {"Bucket": bucket, "Prefix": prefix}):
        yield from (item["Key"] for item in page.get("Contents", ()))


def folders(calls: Calls, bucket: str, prefix: str) -> Iterator[str]:
    """The prefixes that go on behind this one to the next slash."""
    for page in _pages(calls, {"Bucket": bucket, "Prefix": prefix, "Delimiter": "/"}):
        yield from (item["Prefix"] for item in page.get("CommonPrefixes", ()))


def read_object(calls: Calls, bucket: str, key: str) -> bytes:
    """The whole content. Raises `ServiceError`."""
    import botocore.exceptions as failures

    attempt = 0
    while True:
        attempt += 1
        answer = calls.read("s3", "GetObject", {"Bucket": bucket, "Key": key})
        try:
            content: bytes = answer["Body"].read()
        except (failures.HTTPClientError, failures.BotoCoreError, OSError) as error:
            if attempt == _READS:
                raise lost("GetObject", type(error).__name__) from error
        else:
            return content


def _pages(calls: Calls, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = calls.read("s3", "ListObjectsV2", {**request, **token})
        yield page
        if not page.get("NextContinuationToken"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}
