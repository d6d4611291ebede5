"""Single values as YAML that every reader understands alike, and that the language takes for what it says."""

from __future__ import annotations

import re
from typing import Any

from ..language.scalars import meaning
from ..language.template import is_template

_PLAIN = re.compile(r"(?:[^\W\d_]|\d+ [^\W\d_])(?:[\w./@+-]|[ ](?=[^\s#])|:(?=[\w/]))*\Z")
"""Text that needs no quotes: it begins with a word (or `90 days`), and holds nothing that means something to YAML."""


def scalar(value: Any) -> str:
    """A value as it is written in a file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return text(value) if isinstance(value, str) else str(value)


def text(value: str) -> str:
    """Text, without quotes where nobody could take it for anything else."""
    if is_template(value):
        return _quoted(_literal(value))
    return value if _PLAIN.match(value) and value.isprintable() and meaning(value) == value else _quoted(value)


def _literal(value: str) -> str:
    """A template that gives the text as it is: Jinja2's own form of a text that holds braces."""
    escaped = "".join(_escape(character, "'") for character in value)
    return f"{{{{ '{escaped}' }}}}"


def _quoted(value: str) -> str:
    return '"' + "".join(_escape(character, '"') for character in value) + '"'


def _escape(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return f"\\{character}"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
