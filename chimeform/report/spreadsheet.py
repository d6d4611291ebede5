"""Text in a table that people open with a spreadsheet."""

from __future__ import annotations

_ACTED_ON = ("=", "+", "-", "@", "\t", "\r")


def as_cell(text: str) -> str:
    """People choose their own names: one that begins like a formula is none for a spreadsheet. A number stays as it
    is, also in E.164, with its plus sign."""
    return f"'{text}" if text.startswith(_ACTED_ON) and not text[1:].isdecimal() else text
