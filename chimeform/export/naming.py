"""Keys for live objects that have none: short, readable, the same for every export of the same organisation."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ..live import Observed
from ..resources.base import Resource

_LONGEST = 60
_TAKEN = {"defaults", "from"}
"""Keys that mean something else in a collection."""


def keys_of(kind: type[Resource], objects: Sequence[Observed]) -> list[str | None]:
    """A key for each of the objects of one collection, in their order; None for what has no name to be found by.

    Where the key is the name itself it is taken as it is; two objects can then have the same one.
    """
    own = kind.key_field()
    if own is not None:
        return [_text(one.values.get(own)) for one in objects]
    return [*distinct_keys([_wish(kind, one) for one in objects], [str(one.id) for one in objects])]


def distinct_keys(wishes: Sequence[str], ids: Sequence[str]) -> list[str]:
    """A key of its own for each wish, in their order; what several wish for is given out by their ids."""
    order = sorted(range(len(wishes)), key=lambda place: (wishes[place], ids[place]))
    keys: dict[int, str] = {}
    taken = {wish for wish, count in Counter(wishes).items() if count == 1}
    for place in order:
        keys[place] = wishes[place] if wishes[place] in taken else _free(wishes[place], {*taken, *keys.values()})
    return [keys[place] for place in range(len(wishes))]


def slug(text: str) -> str:
    """The text in small ASCII letters, digits and hyphens; empty where it has none of them."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-")


def natural_keys(kind: type[Resource], objects: Sequence[Observed]) -> Counter[tuple[Any, ...]]:
    """How many of the objects have each natural key."""
    return Counter(key for one in objects if (key := kind.natural_key(one.values)))


def _wish(kind: type[Resource], one: Observed) -> str:
    name = next((trait.name for trait in kind.traits().values() if trait.natural_key), None)
    found = slug(_text(one.values.get(name)) or "") if name else ""
    if not found:
        return f"{kind.kind}-{slug(str(one.id))[:8]}".replace("_", "-")
    # a key that begins with a digit would need quotes in every address
    return found if found[0].isalpha() and found not in _TAKEN else f"{kind.kind}-{found}".replace("_", "-")


def _free(wish: str, taken: set[str]) -> str:
    number = 1
    while (key := wish if number == 1 else f"{wish}-{number}") in taken:
        number += 1
    return key


def _text(value: Any) -> str | None:
    return str(value) if value not in (None, "") else None
