"""What an unquoted YAML scalar means: null, true, false, plain decimal numbers, and text.

YAML 1.1 and 1.2 read some words and digits differently (`no`, `0123`, `12:30`, `+12065550100`). Guessing would be
right for half of the readers, so those are errors that say how to write what is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Scalar = str | int | float | bool | None

SUSPICIOUS = frozenset("0123456789+-.~nNyYoOtTfF")
"""First characters of everything that is not plainly text; the reader asks `meaning` only for these."""

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("null", "Null", "NULL", "~"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_YES = {form for word in ("yes", "on", "y") for form in (word, word.capitalize(), word.upper())}
_NO = {form for word in ("no", "off", "n") for form in (word, word.capitalize(), word.upper())}
_NUMERIC = re.compile(r"[-+]?\.?[0-9][0-9a-zA-Z_.:+-]*\Z|[-+]?\.(inf|Inf|INF|nan|NaN|NAN)\Z")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})\Z")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+][0-9]{1,3})?\Z")
_TRAPS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (re.compile(r"[-+]?0[0-9_]+\Z"), "a leading zero means base eight in YAML 1.1 and nothing in YAML 1.2", ""),
    (re.compile(r"[-+]?0o[0-7_]+\Z"), "this is base eight in YAML 1.2 and text in YAML 1.1", ""),
    (re.compile(r"[-+]?0x[0-9a-fA-F_]+\Z"), "YAML reads this as a number in base sixteen", ""),
    (re.compile(r"[-+]?0b[01_]+\Z"), "this is base two in YAML 1.1 and text in YAML 1.2", ""),
    (
        re.compile(r"[-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9_]*)?\Z"),
        "YAML 1.1 reads digits and colons as a number in base sixty",
        "",
    ),
    (re.compile(r"[-+]?[0-9][0-9]*(_+[0-9_.]*)+\Z"), "YAML 1.1 drops the underscores and YAML 1.2 keeps them", ""),
    (re.compile(r"\+[0-9]+\Z"), "other YAML readers take this as a number and drop the plus sign", "phone"),
    (re.compile(r"[-+]?[0-9]+\Z"), "this many digits are hardly meant as a number", ""),
    (
        re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+\Z"),
        "YAML 1.1 reads many numbers with an exponent as text",
        "",
    ),
    (
        re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9_]*)?)([eE][-+]?[0-9]+)?\Z|[-+]?\.(inf|Inf|INF|nan|NaN|NAN)\Z"),
        "YAML readers do not agree on what this number is",
        "",
    ),
)


@dataclass(frozen=True, slots=True)
class Trap:
    """A scalar that different readers of YAML take for different things."""

    code: str
    why: str
    do: str


def meaning(written: str) -> Scalar | Trap:
    """The value of an unquoted scalar whose first character is one of `SUSPICIOUS`."""
    if written in _WORDS:
        return _WORDS[written]
    if written in _YES or written in _NO:
        truth = "true" if written in _YES else "false"
        return Trap(
            "CF-YAML-020",
            "YAML 1.1 reads this word as a truth value and YAML 1.2 as text",
            f'write {truth} for the truth value, or "{written}" in quotes for the text',
        )
    if not _NUMERIC.match(written):
        return written
    if _INTEGER.match(written):
        return int(written)
    if _FLOAT.match(written) and len(written) <= 40 and abs(number := float(written)) != float("inf"):
        return number
    for pattern, why, sort in _TRAPS:
        if pattern.match(written):
            return _numeric_trap(written, why, sort)
    return written


def _numeric_trap(written: str, why: str, sort: str) -> Trap:
    shown = written if len(written) <= 40 else f"{written[:37]}..."
    if sort == "phone":
        return Trap("CF-YAML-022", why, f'write "{shown}" in quotes')
    plain = f", or a plain decimal number such as {int(written)}" if _short_decimal(written) else ""
    return Trap("CF-YAML-021", why, f'write "{shown}" in quotes for the text{plain}')


def _short_decimal(written: str) -> bool:
    return len(written) <= 18 and written.isascii() and written.isdigit()
