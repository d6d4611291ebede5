"""What CloudTrail recorded of Amazon Chime: LookupEvents for the last 90 days, log files in S3 for what is older.

Looked up by the names of events, because most of what is recorded are reads. Each name is looked up once in a run.
"""

from __future__ import annotations

import gzip
import json
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from ..attribution import History
from ..errors import ServiceError, ServiceFault
from ..language.desired import Aws, TrailFiles
from ..trail_event import TrailEvent, read_event
from .calls import Calls
from .objects import object_keys, read_object

REGION = "us-east-1"
"""Where the events of Amazon Chime are, which is one service for all Regions."""
_KEPT = timedelta(days=90)
_LATE = timedelta(days=1)
"""An event may be delivered on the day after it."""


class EventHistory:
    """The events of one run. Safe to use from several threads."""

    def __init__(self, calls: Calls, settings: Aws) -> None:
        self._calls = calls
        self._files = settings.cloudtrail
        self._looking = threading.Lock()
        self._recent: dict[str, tuple[datetime, tuple[TrailEvent, ...]]] = {}
        self._older: tuple[datetime, tuple[TrailEvent, ...]] | None = None

    def look(self, names: frozenset[str], since: datetime | None) -> History:
        """Events of these names. A look that fails is told in the history's `why` and raises nothing."""
        with self._looking:
            try:
                return self._look(names, since)
            except ServiceError as error:
                return History((), None, error.summary)

    def _look(self, names: frozenset[str], since: datetime | None) -> History:
        horizon = self._calls.time() - _KEPT
        start = max(since or horizon, horizon)
        events = [event for name in sorted(names) for event in self._recent_events(name, start)]
        if since is None or since >= horizon or self._files is None:
            return History(tuple(events), start)
        older = (event for event in self._older_events(self._files, since, horizon) if event.name in names)
        return History((*older, *events), since)

    # -- the last 90 days

    def _recent_events(self, name: str, start: datetime) -> tuple[TrailEvent, ...]:
        known = self._recent.get(name)
        if known is None or known[0] > start:
            known = self._recent[name] = (start, tuple(_read(self._look_up(name, start))))
        # CloudTrail tells whole seconds
        return tuple(event for event in known[1] if event.at >= start.replace(microsecond=0))

    def _look_up(self, name: str, start: datetime) -> Iterator[Mapping[str, Any]]:
        attribute = {"AttributeKey": "EventName", "AttributeValue": name}
        request = {"LookupAttributes": [attribute], "StartTime": start, "MaxResults": 50}
        for event in self._calls.pages("cloudtrail", "LookupEvents", request, "Events"):
            yield json.loads(event["CloudTrailEvent"])

    # -- files

    def _older_events(self, files: TrailFiles, since: datetime, until: datetime) -> tuple[TrailEvent, ...]:
        if self._older is None or self._older[0] > since:
            self._older = (since, tuple(_read(self._read_files(files, since, until))))
        first = since.replace(microsecond=0)
        return tuple(event for event in self._older[1] if first <= event.at < until)

    def _read_files(self, files: TrailFiles, since: datetime, until: datetime) -> Iterator[Mapping[str, Any]]:
        account = self._calls.read("sts", "GetCallerIdentity", {})["Account"]
        folder = f"{files.prefix.strip('/')}/".lstrip("/")
        day, last = since.date(), (until + _LATE).date()
        while day <= last:
            prefix = f"{folder}AWSLogs/{account}/CloudTrail/{REGION}/{day:%Y/%m/%d}/"
            for key in object_keys(self._calls, files.bucket, prefix):
                if key.endswith(".json.gz"):
                    yield from self._records(files.bucket, key)
            day += timedelta(days=1)

    def _records(self, bucket: str, key: str) -> Iterator[Mapping[str, Any]]:
        content = read_object(self._calls, bucket, key)
        try:
            found = json.loads(gzip.decompress(content))
            records = found["Records"]
        except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
            raise ServiceError(
                f"the file {key} in the bucket {bucket} is no log file of CloudTrail",
                operation="GetObject",
                fault=ServiceFault.INVALID,
                do="correct 'aws.cloudtrail', or remove the file",
            ) from error
        yield from (record for record in records if isinstance(record, Mapping))


def _read(records: Iterable[Mapping[str, Any]]) -> Iterator[TrailEvent]:
    return (event for record in records if (event := read_event(record)) is not None)
