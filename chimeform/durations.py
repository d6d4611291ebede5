"""Lengths of time as people write them on the command line: `90s`, `1h30m`, `2 weeks`."""

from __future__ import annotations

import re

_SECONDS = {
    **dict.fromkeys(("s", "second", "seconds"), 1),
    **dict.fromkeys(("m", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
}
_NUMBER = r"\d{1,9}(?:\.\d{1,9})?"
_PART = re.compile(rf"({_NUMBER})\s*({'|'.join(sorted(_SECONDS, key=len, reverse=True))})(?![a-z])\s*", re.ASCII)
_BARE = re.compile(_NUMBER, re.ASCII)


def seconds_of(text: str) -> float | None:
    """The seconds of numbers with their units, in whichever order; a bare number is seconds. None for anything else."""
    text = text.strip().lower()
    if _BARE.fullmatch(text):
        return float(text)
    total, at = 0.0, 0
    while found := _PART.match(text, at):
        total, at = total + float(found[1]) * _SECONDS[found[2]], found.end()
    return total if text and at == len(text) else None


def has_unit(text: str) -> bool:
    """False for a bare number, which is good only where seconds are what everybody counts in."""
    return not _BARE.fullmatch(text.strip())
