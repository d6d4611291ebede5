"""Domain names and TXT records, as people, the DNS and Route 53 write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from .values import fault

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
_LONGEST_NAME = 253
_LONGEST_STRING = 255


def ascii_name(name: str) -> str:
    """The name as the DNS has it: small letters, no final dot, other scripts in their ASCII form (IDNA).

    Raises `UnicodeError` for what has no such form.
    """
    return name.removesuffix(".").encode("idna").decode("ascii").lower()


def _domain_name(value: str) -> str:
    try:
        name = ascii_name(value)
    except UnicodeError:
        name = ""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > _LONGEST_NAME or not all(_LABEL.match(label) for label in labels):
        raise fault(
            "CF-DOM-001",
            f"{value!r} is not a domain name",
            why="a domain is labels of letters, digits and hyphens with dots between them, such as acme.example",
            do="write the part behind the @ of the people's addresses",
        )
    return value


DomainName = Annotated[
    str, AfterValidator(_domain_name), Field(json_schema_extra={"pattern": r"^[^\s@]+\.[^\s@.]+\.?$"})
]


def absolute_name(name: str, domain: str) -> str:
    """The full name of a record that stands at `name` in `domain`; `@` is the domain itself."""
    plain, owner = name.strip().removesuffix(".").lower(), ascii_name(domain)
    if plain in ("@", owner):
        return owner
    return plain if plain.endswith(f".{owner}") else f"{plain}.{owner}"


def quote_text(text: str) -> str:
    r"""A TXT value in a record's text form: quoted strings of at most 255 bytes, `\"`, `\\` and octal `\303`."""
    data = text.encode()
    parts = [data[at : at + _LONGEST_STRING] for at in range(0, len(data), _LONGEST_STRING)] or [b""]
    return " ".join(f'"{"".join(map(_escape, part))}"' for part in parts)


def _escape(byte: int) -> str:
    character = chr(byte)
    if character in '"\\':
        return f"\\{character}"
    return character if 32 <= byte < 127 else f"\\{byte:03o}"


_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ESCAPED = re.compile(r"\\([0-7]{3}|.)")


def read_text(written: str) -> str:
    """The value of a TXT record from its text form; several strings are one value."""
    return b"".join(_strings(written)).decode("utf-8", "replace")


def _strings(written: str) -> Iterator[bytes]:
    for match in _TOKEN.finditer(written):
        text = match[1] if match[1] is not None else match[2]
        at = 0
        for escape in _ESCAPED.finditer(text):
            yield text[at : escape.start()].encode()
            yield bytes([int(escape[1], 8) & 0xFF]) if escape[1].isdigit() else escape[1].encode()
            at = escape.end()
        yield text[at:].encode()


_OCTAL = re.compile(r"\\([0-7]{3})")


def same_name(one: str, other: str) -> bool:
    r"""Whether two record names are the same; Route 53 answers with a final dot and `\052` for an asterisk."""
    plain = [_OCTAL.sub(lambda found: chr(int(found[1], 8)), name).removesuffix(".").lower() for name in (one, other)]
    return plain[0] == plain[1]
