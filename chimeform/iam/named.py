"""What a request names, as far as the files and the ledger tell: that is what a permission can be narrowed to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..live import Values
from ..resources.base import Around, Call, Detail, Find, Listing, Made, Merged, Of, Recalled, Scope, Template
from ..resources.secret_store import places_in
from .permissions import NAMING

Sides = tuple[Values, Values]
"""The wanted values and those applied last."""
NO_SIDES: Sides = ({}, {})


def named_members(sends: Template, values: Values, scope: Scope, sides: Sides) -> Mapping[str, Any]:
    """The members of a request that name resources, from values of one side, or of both where it takes both."""
    return {member: _filled(source, values, scope, sides) for member, source in sends.items() if member in NAMING}


def secrets_of(work: Call | Listing | Find | Detail, values: Values) -> Iterator[Mapping[str, Any]]:
    """The places of the secrets that a call sends."""
    item = work.batch.item if isinstance(work, Call) and work.batch else {}
    for source in item.values() if isinstance(item, Mapping) else ():
        if isinstance(source, Made):
            yield from places_in(source.make(values))


def _filled(source: Any, values: Values, scope: Scope, sides: Sides) -> Any:
    if isinstance(source, Of):
        return values.get(source.field)
    if isinstance(source, Made):
        return source.make(values)
    if isinstance(source, Merged):
        return source.make(values, values, {})
    if isinstance(source, Recalled):
        return source.make(*sides)
    return scope.nearest(source.path) if isinstance(source, Around) else source
