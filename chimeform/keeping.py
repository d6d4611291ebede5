"""What has to stay with whoever has it, until the waits of another resource are over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .address import Address
from .diff import Difference
from .language.desired import Desired
from .plan import Action
from .requests import referred
from .resources import kinds
from .resources.base import Call, Resource


def keepers(desired: Desired) -> Mapping[Address, list[Address]]:
    """What is kept, and by which resources."""
    found: dict[Address, list[Address]] = {}
    for kind in kinds().values():
        if kind.keeps.__func__ is not Resource.keeps.__func__:  # type: ignore[attr-defined]
            for keeper, spec in desired.of_kind(kind.kind):
                for kept in kind.keeps(spec.values()):
                    found.setdefault(kept, []).append(keeper)
    return found


def given_away(one: Difference, call: Call) -> Iterator[Address]:
    """What a call retires, or takes from the resource that it changes."""
    if one.action is Action.RETIRE:
        yield one.address
        return
    for name in call.clears:
        yield from referred(one, name, one.before.get(name))
