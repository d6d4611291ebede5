"""Who holds or names what a plan takes or retires, although nothing in the plan takes it away from there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .address import Address
from .live import Observed
from .plan import Action, Refusal
from .requests import referred
from .resources import kind_at, named_by
from .resources.base import Resource

if TYPE_CHECKING:
    from .lowering import Draft


def held_elsewhere(draft: Draft) -> Iterator[Refusal]:
    """Things that a step takes or retires while somebody keeps them."""
    released = {other for other, _ in draft.exclusive("clears", "before")}
    wanted = dict(draft.exclusive("sets", "after"))
    retired = {one.address: str(one.address) for one in draft.differences.values() if one.action is Action.RETIRE}
    for other, holder in _holders(draft):
        taker = draft.steps[wanted[other]].address if other in wanted else retired.get(other)
        if taker and other not in released and taker != str(holder):
            yield Refusal(
                guard="held",
                code="CF-REF-010",
                address=taker,
                summary=f"{taker}: {other} is held by {holder}",
                why="only one can hold it at a time, and nothing in this plan takes it away from there",
                do=f"declare {holder} without it, or take it away by hand",
            )


def still_used(draft: Draft) -> Iterator[Refusal]:
    """Things that are retired while something names them that the plan neither changes nor retires."""
    released = {
        (other, one.address)
        for one in draft.differences.values()
        for name in draft.by_address.get(one.address, [])
        for field_name in draft.calls[name].clears
        for other in referred(one, field_name, one.before.get(field_name))
    }
    for other, holder in _users(draft):
        if other in draft.retired and holder not in draft.retired and (other, holder) not in released:
            yield Refusal(
                guard="used",
                code="CF-REF-011",
                address=str(other),
                summary=f"{other}: {holder} still uses it",
                why="the service keeps what is in use, and nothing in this plan takes it away from there",
                do=f"declare {holder} without it, or take it away by hand",
            )


def _users(draft: Draft) -> Iterator[tuple[Address, Address]]:
    """What names another by its id, live: `(other, who names it)`."""
    for address, kind, seen in _everybody(draft):
        for name, trait in kind.traits().items():
            for ref in trait.refs:
                if ref.by_id:
                    yield from ((named_by(ref, address, key), address) for key in ref.keys(seen.values.get(name)))


def _everybody(draft: Draft) -> Iterator[tuple[Address, type[Resource], Observed]]:
    """All that was found, whether or not anybody declared it."""
    undeclared = [(one.address, one.observed) for one in draft.live.unmanaged]
    for address, reading in [*draft.live.readings.items(), *undeclared]:
        kind = kind_at(address.parts)
        if kind is not None and isinstance(reading, Observed):
            yield address, kind, reading


def _holders(draft: Draft) -> Iterator[tuple[Address, Address]]:
    for address, kind, reading in _everybody(draft):
        for trait in kind.traits().values():
            value = reading.values.get(trait.name)
            for ref in trait.refs:
                if ref.exclusive:
                    yield from ((named_by(ref, address, key), address) for key in ref.keys(value))
