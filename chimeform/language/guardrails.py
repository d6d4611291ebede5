"""The `guardrails` block: how much one apply may take away, when nothing is changed, and what may be taken over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ..diagnostics import nearest
from ..resources import kinds
from ..resources.values import fault

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Ownership = Literal["must-match", "adopt-if-free", "adopt-all"]
_HOURS = r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


class Threshold(_Block):
    """How many resources one apply may retire."""

    max_deletes: int | None = Field(None, ge=0, description="The most resources that one apply may retire.")
    max_delete_percent: float | None = Field(
        None,
        ge=0,
        le=100,
        strict=False,
        description="The largest share of the managed resources that one apply may retire.",
    )


def _check_moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise fault(
            "CF-DOC-014",
            f"{text!r} is neither a date nor a date with a time",
            why="moments are written as ISO 8601 has them",
            do="write a day such as 2026-12-20, or a moment such as 2026-12-20T18:00:00+01:00",
        ) from error
    return text


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        guess = nearest(name, sorted(available_timezones()))
        raise fault(
            "CF-FRZ-002",
            f"{name!r} is no time zone",
            why="zones have the names of the IANA time zone database",
            do=f"did you mean {guess!r}?" if guess else "write one such as Europe/Berlin, or UTC",
        ) from error
    return name


def _check_kind(name: str) -> str:
    """Limits for a kind that there is not would limit nothing."""
    if name not in kinds():
        guess = nearest(name, kinds())
        raise fault(
            "CF-DOC-010",
            f"there is no kind {name!r}",
            why=f"the kinds are {', '.join(sorted(kinds()))}",
            do=f"did you mean {guess!r}?" if guess else "'chimeform explain' lists the kinds",
        )
    return name


CheckedKind = Annotated[str, AfterValidator(_check_kind)]
KindName = Annotated[str, Field(pattern=r"^[a-z][a-z_]*$"), AfterValidator(_check_kind)]
Moment = Annotated[str, AfterValidator(_check_moment)]


class Freeze(_Block):
    """A time in which nothing is changed: once (`from`, `to`), every week (`weekdays`, `hours`), or both together."""

    from_: Moment | None = Field(None, alias="from", description="The first day, or the moment it begins.")
    to: Moment | None = Field(None, description="The last day, which is frozen too, or the moment it ends.")
    weekdays: tuple[Weekday, ...] = Field((), strict=False, description="The days of the week on which it begins.")
    hours: str | None = Field(
        None,
        pattern=_HOURS,
        description="The hours of these days, such as 16:00-24:00; 22:00-06:00 goes on into the next day.",
    )
    zone: Annotated[str, AfterValidator(_check_zone)] = Field(
        "UTC", description="The time zone of days, hours and moments that do not say theirs."
    )
    why: str = Field(min_length=1, description="The reason, for whoever is refused.")
    allow: tuple[Literal["create", "update", "retire", "restore"], ...] = Field(
        (), strict=False, description="What may be done all the same."
    )

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        if (self.from_ is None) != (self.to is None) or not (self.from_ or self.weekdays or self.hours):
            raise fault(
                "CF-FRZ-001",
                "it is not said when the freeze begins and ends",
                why="a freeze that nobody has to end by hand knows its own end",
                do="write 'from' and 'to', or 'weekdays', 'hours' or both",
            )
        season = self.season()
        if season is not None and season[0] >= season[1]:
            raise fault(
                "CF-FRZ-001",
                f"the freeze ends ({self.to}) before it begins ({self.from_})",
                why="'from' comes before 'to'",
                do="exchange the two, or correct the year",
            )
        return self

    def season(self) -> tuple[datetime, datetime] | None:
        """From when on, and until before when. A day that is named as the end belongs to the freeze."""
        if self.from_ is None or self.to is None:
            return None
        return self._moment(self.from_, latest=False), self._moment(self.to, latest=True)

    def _moment(self, text: str, *, latest: bool) -> datetime:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found
        if latest and _is_day(text):
            found += timedelta(days=1)
        return self.local(found, latest=latest)

    def local(self, wall: datetime, *, latest: bool) -> datetime:
        """The moment at which the clocks of the zone show `wall`. Around the days on which they are put forward or back
        they may show it twice or never: a freeze then begins at the earlier and ends at the later moment."""
        zone = ZoneInfo(self.zone)
        both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
        return max(both) if latest else min(both)

    def day(self, day: date) -> tuple[datetime, datetime] | None:
        """The part of the freeze that begins on a day, whatever the season."""
        if self.weekdays and WEEKDAYS[day.weekday()] not in self.weekdays:
            return None
        begin, _, end = (self.hours or "00:00-24:00").partition("-")
        first = datetime.combine(day, time.fromisoformat(begin))
        if end == "24:00":
            last = datetime.combine(day + timedelta(days=1), time())
        else:
            last = datetime.combine(day, time.fromisoformat(end))
            last += timedelta(days=1) if last <= first else timedelta()
        return self.local(first, latest=False), self.local(last, latest=True)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


class Guardrails(Threshold):
    """Limits that stop an apply before its first call."""

    by_kind: dict[KindName, Threshold] = Field(
        default_factory=dict, description="Closer limits for resources of one kind, by its name."
    )
    freeze: tuple[Freeze, ...] = Field((), strict=False, description="Times in which nothing is changed.")
    min_room_administrators: int = Field(
        0,
        ge=0,
        description="The fewest administrators that a room may be left with; the client itself lets the last one leave "
        "no room.",
    )
    ownership: Ownership = Field(
        "adopt-all",
        description="Which live objects that the ledger does not know are taken over because they fit a declaration.",
    )
