"""Where delivered call detail records are read from: a bucket, or a folder of downloaded ones.

Only what a period needs is listed. Records are read several at once, a bounded number ahead of whoever sums them, and
are handed on in the order of their keys, so that a report is the same each time.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

from ..call_records.places import FOLDERS, Period, day_of, folders_of, year_of
from ..call_records.record import CallRecord, Damaged, read_record
from ..call_records.sums import Unread
from ..errors import ChimeformError, ServiceError, ServiceFault
from .calls import Calls
from .objects import folders, object_keys, read_object

_AHEAD = 4
"""So many records for each worker are on their way or wait to be summed."""


def records_in_bucket(
    calls: Calls, bucket: str, prefix: str, period: Period, kinds: Iterable[str], *, parallelism: int
) -> Iterator[CallRecord | Unread]:
    """Raises `ServiceError` where the bucket cannot be read; a record that has gone meanwhile is unread."""
    keys = _keys(calls, bucket, prefix, period.of_keys, kinds)
    return _read_all(keys, lambda key: read_object(calls, bucket, key), parallelism)


def records_in_folder(
    root: Path, period: Period, kinds: Iterable[str], *, parallelism: int
) -> Iterator[CallRecord | Unread]:
    """Of a folder below which the keys are paths, from wherever in them it begins. Raises `ChimeformError`."""
    if not root.is_dir():
        raise ChimeformError(
            f"there is no folder {root}",
            do="name the folder that the records were downloaded into, with the folders of their keys",
            code="CF-CDR-011",
        )
    wanted = {folder for kind in kinds for folder in FOLDERS[kind]}
    base = root.resolve()
    return _read_all(_paths(base, wanted, period.of_keys), lambda path: (base / path).read_bytes(), parallelism)


# ---------------------------------------------------------------- which ones


def _keys(calls: Calls, bucket: str, prefix: str, period: Period, kinds: Iterable[str]) -> Iterator[str]:
    for kind in kinds:
        for folder in FOLDERS[kind]:
            for owner in folders(calls, bucket, f"{prefix}{folder}"):
                for part in _parts(calls, bucket, owner, period):
                    yield from (key for key in object_keys(calls, bucket, f"{owner}{part}") if _is_wanted(key, period))


def _parts(calls: Calls, bucket: str, owner: str, period: Period) -> Iterator[str]:
    """The folders of one account or connector for the period; what is open in it ends with the years that are there."""
    if period.first is None and period.last is None:
        yield ""
        return
    first, last = period.first, period.last
    if first is None or last is None:
        years = [year for one in folders(calls, bucket, owner) if (year := year_of(one)) is not None]
        if not years:
            return
        first, last = first or date(min(years), 1, 1), last or date(max(years), 12, 31)
    yield from folders_of(first, last)


def _is_wanted(key: str, period: Period) -> bool:
    found = day_of(key)
    return found is not None and period.has(found[1])


def _paths(base: Path, wanted: set[str], period: Period) -> Iterator[str]:
    for folder, below, files in os.walk(base):
        below.sort()
        for name in sorted(files):
            path = Path(folder, name)
            found = day_of(path.as_posix())
            if found is not None and found[0] in wanted and period.has(found[1]):
                yield path.relative_to(base).as_posix()


# ---------------------------------------------------------------- reading


def _read_all(
    places: Iterator[str], content: Callable[[str], bytes], parallelism: int
) -> Iterator[CallRecord | Unread]:
    with ThreadPoolExecutor(parallelism) as pool:
        waiting: deque[Future[CallRecord | Unread]] = deque()
        try:
            for place in places:
                waiting.append(pool.submit(_read_one, place, content))
                if len(waiting) >= parallelism * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()


def _read_one(place: str, content: Callable[[str], bytes]) -> CallRecord | Unread:
    try:
        return read_record(content(place))
    except Damaged as error:
        return Unread(place, str(error))
    except ServiceError as error:
        if error.fault is ServiceFault.ABSENT:
            return Unread(place, "it has gone since it was listed")
        raise
    except OSError as error:
        return Unread(place, f"it cannot be read ({error.strerror})")
