"""Addresses: the one way in which everything in chimeform is named.

An address is the YAML path of a resource, `accounts.acme.users["jane@acme.example"]`. Plans, the ledger, reports,
errors and `--target` all use the same text, and `Address.parse` reads back what `str` wrote.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_STEP = re.compile(r"""\.?(?P<bare>[A-Za-z_*?][A-Za-z0-9_*?-]*)|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]""")


@dataclass(frozen=True, order=True)
class Address:
    """The path of a resource from the top of the workspace.

    >>> str(Address(("accounts", "acme", "users", "jane@acme.example")))
    'accounts.acme.users["jane@acme.example"]'
    """

    parts: tuple[str, ...]

    def __hash__(self) -> int:
        return hash(self.parts)

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address or an address pattern; `ValueError` names the place that cannot be read."""
        parts: list[str] = []
        at = 0
        while at < len(text):
            found = _STEP.match(text, at)
            if not found or (not parts and text[at] in ".["):
                raise ValueError(f"{text!r} is not an address: cannot read {text[at:]!r}")
            bare, quoted = found.group("bare"), found.group("quoted")
            parts.append(bare if bare is not None else re.sub(r"\\(.)", r"\1", quoted))
            at = found.end()
        if not parts:
            raise ValueError("an address is empty")
        return cls(tuple(parts))

    @cached_property
    def text(self) -> str:
        first, *rest = self.parts
        return first + "".join(_step(part) for part in rest)

    def __str__(self) -> str:
        return self.text

    @property
    def name(self) -> str:
        """The last part: what people call the resource inside its collection."""
        return self.parts[-1]

    def child(self, *parts: str) -> Address:
        return Address(self.parts + parts)

    def ancestors(self) -> Iterable[Address]:
        """Every proper prefix, nearest first."""
        for length in range(len(self.parts) - 1, 0, -1):
            yield Address(self.parts[:length])

    def is_within(self, other: Address) -> bool:
        """True for `other` itself and for everything below it."""
        return self.parts[: len(other.parts)] == other.parts

    def matches(self, pattern: Address) -> bool:
        """Shell-style globs, part by part; a pattern covers everything below what it matches."""
        return len(pattern.parts) <= len(self.parts) and self.meets(pattern)

    def meets(self, pattern: Address) -> bool:
        """Likewise, and true also for what contains something that the pattern covers, if it is there."""
        return all(
            part == glob or fnmatch.fnmatchcase(part, glob)
            for part, glob in zip(self.parts, pattern.parts, strict=False)
        )


def _step(part: str) -> str:
    if _BARE.match(part):
        return f".{part}"
    escaped = part.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'
