"""The use case behind `chimeform report calls`: delivered call detail records become sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from .address import Address
from .call_records.places import FOLDERS, Period
from .call_records.sums import Sums
from .errors import UsageError
from .services.call_records import records_in_bucket, records_in_folder

if TYPE_CHECKING:
    from .app import App
    from .language.desired import Desired

ALL = "all"
_SETTING = Address(("settings", "call_detail_records"))


@dataclass(frozen=True)
class Asked:
    """Which records, and by what they are summed. Without a bucket or a folder, the workspace's own bucket is meant."""

    by: str
    period: Period
    kind: str = ALL
    bucket: str | None = None
    prefix: str = ""
    folder: Path | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(FOLDERS) if self.kind == ALL else (self.kind,)


@dataclass(frozen=True)
class Tally:
    """The sums, and where the records were."""

    sums: Sums
    where: str


def tally(app: App, asked: Asked, *, parallelism: int) -> Tally:
    """Read every record of the period. Raises `UsageError` without a place, `ServiceError` for one out of reach."""
    sums = Sums(asked.by, asked.period)
    if asked.folder is not None:
        sums.take(records_in_folder(asked.folder, asked.period, asked.kinds, parallelism=parallelism))
        return Tally(sums, str(asked.folder))
    desired, calls = app.connect()
    bucket = asked.bucket or _declared(desired)
    prefix = f"{asked.prefix.strip('/')}/".lstrip("/")
    sums.take(records_in_bucket(calls, bucket, prefix, asked.period, asked.kinds, parallelism=parallelism))
    return Tally(sums, f"s3://{bucket}/{prefix}".rstrip("/"))


def _declared(desired: Desired) -> str:
    spec = desired.spec(_SETTING)
    bucket = spec.values().get("bucket") if spec else None
    if bucket is None:
        raise UsageError(
            "it is not said where the call detail records are",
            why="no bucket is named, and there is no workspace here that declares settings.call_detail_records",
            do="name a bucket (--bucket) or a folder of downloaded records (--folder)",
            code="CF-CDR-010",
        )
    return str(bucket)


def check_period(first: str | None, last: str | None) -> Period:
    """The period that two dates mean. Raises `UsageError`."""
    days = []
    for name, text in (("--from", first), ("--to", last)):
        try:
            days.append(date.fromisoformat(text) if text else None)
        except ValueError as error:
            raise UsageError(
                f"{name}: {text!r} is not a date", do="write it like 2026-03-31", code="CF-CDR-012"
            ) from error
    if days[0] and days[1] and days[0] > days[1]:
        raise UsageError(
            f"the period from {days[0]} to {days[1]} has no day", do="exchange the two dates", code="CF-CDR-012"
        )
    return Period(*days)
