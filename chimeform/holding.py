"""Who holds or names what a plan takes or retires, although nothing in the plan takes it away from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from .address import Address
from .live import Observed
from .plan import Action, Refusal
from .requests import referred
from .resources import kind_at, named_by
from .resources.base import Ref

if TYPE_CHECKING:
    from .lowering import Draft


def held_elsewhere(draft: Draft) -> Iterator[Refusal]:
    """Things that a step takes or retires while somebody keeps them."""
    released = {other for other, _ in draft.exclusive("clears", "before")}
    wanted = dict(draft.exclusive("sets", "after"))
    retired = {one.address: str(one.address) for one in draft.differences.values() if one.action is Action.RETIRE}
    for other, holder in _naming(draft, lambda ref: ref.exclusive):
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
    for other, holder in _naming(draft, lambda ref: ref.by_id):
        if other in draft.retired and holder not in draft.retired and (other, holder) not in released:
            yield Refusal(
                guard="used",
                code="CF-REF-011",
                address=str(other),
                summary=f"{other}: {holder} still uses it",
                why="the service keeps what is in use, and nothing in this plan takes it away from there",
                do=f"declare {holder} without it, or take it away by hand",
            )


def _naming(draft: Draft, counts: Callable[[Ref], bool]) -> Iterator[tuple[Address, Address]]:
    """Who names what by the references that count: `(other, who names it)`; live, and whether or not it is declared."""
    undeclared = [(one.address, one.observed) for one in draft.live.unmanaged]
    for address, reading in [*draft.live.readings.items(), *undeclared]:
        kind = kind_at(address.parts)
        if kind is None or not isinstance(reading, Observed):
            continue
        for name, trait in kind.traits().items():
            for ref in filter(counts, trait.refs):
                yield from ((named_by(ref, address, key), address) for key in ref.keys(reading.values.get(name)))
