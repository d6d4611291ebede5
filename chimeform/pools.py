"""From pools to the numbers in them: which ones a pool has, which it gives back, how many it lacks, and who gets which.

    draw       the files, the record and what is live → what each pool keeps, takes back, gives back and lacks
    completed  that, and the numbers that are to be had → the files with a block for each number, in place of pools

Everything behind this stage sees phone numbers and people with numbers, and nothing of pools. Pure: the same inputs
give the same numbers to the same people, and what somebody has is hers as long as she takes from the pool.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from .address import Address
from .drawing import World, number_at
from .language.desired import Declaration, Desired, Removed
from .live import Absent, Live, Unknown, Unmanaged
from .plan import Refusal
from .planner import Selection
from .recorded import Recorded
from .resources.phone_number import PhoneNumber
from .resources.phone_pool import PhonePool
from .resources.user import User


@dataclass(frozen=True)
class Share:
    """What becomes of one pool. `members` are the numbers that it keeps or takes back, in order; `lacks` is how many
    have to be ordered; `held` are numbers that it should give back and that somebody keeps, each with its holder."""

    pool: Address
    spec: PhonePool
    members: tuple[str, ...]
    lacks: int
    held: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Draw:
    """What becomes of all pools, before anybody has looked for new numbers."""

    world: World
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Offer:
    """The numbers that were found for a pool, or why nobody could look."""

    numbers: tuple[str, ...] = ()
    failure: Unknown | None = None


NOTHING_OFFERED = Offer()
_NOT_SEEN = Unknown("the phone numbers could not be read, so nobody knows what it has", code="CF-OBS-003")


@dataclass(frozen=True)
class Filled:
    """The files and the live objects with pools turned into numbers. `members` are the addresses of each pool's."""

    desired: Desired
    live: Live
    members: Mapping[Address, tuple[Address, ...]]
    refusals: tuple[Refusal, ...] = ()

    def reaching(self, selection: Selection) -> Selection:
        """The selection with the numbers of each pool that it names."""
        return replace(
            selection, targets=self._with_members(selection.targets), excludes=self._with_members(selection.excludes)
        )

    def _with_members(self, globs: tuple[str, ...]) -> tuple[str, ...]:
        meant = [pool for pool in self.members if any(pool.matches(Address.parse(glob)) for glob in globs)]
        found = (str(member) for pool in meant for member in self.members[pool])
        return tuple(dict.fromkeys((*globs, *found)))


def draw(desired: Desired, recorded: Recorded, live: Live) -> Draw:
    """What each pool has and lacks."""
    world = World(desired, recorded, live)
    kept = {pool: world.kept(pool) for pool in world.pools}
    if world.unread:
        # what nobody could look at is neither taken in, nor given back, nor ordered
        return Draw(world, tuple(Share(pool, spec, tuple(kept[pool]), 0) for pool, spec in world.pools.items()))
    spoken_for: set[str] = set()
    for pool, spec in world.pools.items():
        found = world.found(pool, spoken_for, spec.count - len(kept[pool]))
        kept[pool] = [*kept[pool], *found]
        spoken_for.update(found)
    shares = []
    for pool, spec in world.pools.items():
        members, held = _shrunk(world, pool, spec, kept)
        back = world.in_queue(pool, spoken_for, spec.count - len(members))
        spoken_for.update(back)
        lacks = max(0, spec.count - len(members) - len(back))
        shares.append(Share(pool, spec, tuple(sorted([*members, *back])), lacks, held))
    return Draw(world, tuple(shares))


def _shrunk(
    world: World, pool: Address, spec: PhonePool, kept: Mapping[Address, list[str]]
) -> tuple[list[str], Mapping[str, str]]:
    """The numbers that stay, and those that should go and are held. What nobody needs goes first, the highest first."""
    surplus = len(kept[pool]) - spec.count
    theirs = {other: frozenset(members) for other, members in kept.items()}
    keepers = {number: world.keeper(number, theirs) for number in kept[pool]}
    free = [number for number in kept[pool] if keepers[number] is None and number not in world.named[pool]]
    going = set(sorted(free, key=lambda number: (world.is_ordered(number), number), reverse=True)[: max(0, surplus)])
    members = [number for number in kept[pool] if number not in going]
    if len(members) <= spec.count:
        return members, {}
    return members, {number: holder for number in sorted(members) if (holder := keepers[number]) is not None}


def completed(drawn: Draw, offers: Mapping[Address, Offer]) -> Filled:
    """The files with a declaration for each number of a pool, and each person with hers."""
    world = drawn.world
    released = tuple(_released(world))
    if not drawn.shares:
        return Filled(replace(world.desired, removed=released), world.live, {})
    declarations = {
        address: one for address, one in world.desired.declarations.items() if not isinstance(one.spec, PhonePool)
    }
    readings = dict(world.live.readings)
    members: dict[Address, tuple[Address, ...]] = {}
    refusals: list[Refusal] = []
    for share in drawn.shares:
        offer = offers.get(share.pool, NOTHING_OFFERED)
        pool = world.desired.declarations[share.pool]
        numbers = (*share.members, *offer.numbers)
        declarations.update(_declared(world, pool, share, numbers))
        members[share.pool] = tuple(number_at(number) for number in numbers)
        missing = _NOT_SEEN if world.unread else _missing(share, offer)
        if missing is not None:
            declarations[share.pool], readings[share.pool] = pool, missing
        if share.held:
            refusals.append(_cannot_shrink(share))
        declarations.update(_handed_out(world, share, offer, numbers, drawn.shares))
    at = {one.address: one for one in world.live.unmanaged}
    taken_in = [address for one in members.values() for address in one if address in at]
    readings.update((address, at[address].observed) for address in taken_in)
    # what is offered is nobody's yet
    readings.update((number_at(number), Absent()) for offer in offers.values() for number in offer.numbers)
    desired = replace(world.desired, declarations=declarations, removed=released)
    live = replace(world.live, readings=dict(sorted(readings.items())), unmanaged=_others(world.live, taken_in))
    return Filled(desired, live, members, tuple(refusals))


def _declared(
    world: World, pool: Declaration, share: Share, numbers: Iterable[str]
) -> Iterable[tuple[Address, Declaration]]:
    """A block for each number that has none of its own."""
    for number in numbers:
        if number not in world.named[share.pool]:
            spec = PhoneNumber(
                number=number,
                product=share.spec.product,
                calling_name=share.spec.calling_name,
                pool=share.pool.name,
                lifecycle=share.spec.lifecycle,
            )
            yield number_at(number), Declaration(number_at(number), spec, pool.at)


def _handed_out(
    world: World, share: Share, offer: Offer, numbers: Collection[str], shares: Iterable[Share]
) -> Iterable[tuple[Address, Declaration]]:
    """Everybody who takes from the pool with her number: the one that she has, or else the first that is free."""
    takers = world.takers[share.pool]
    kept = {other.pool: frozenset(other.members) for other in shares}
    new = frozenset(offer.numbers)
    free = [one for one in numbers if not world.unread and (one in new or world.keeper(one, kept) is None)]
    ranked = sorted(free, key=lambda one: (one in new, world.is_ordered(one), world.is_queued(one), one))
    here, given = frozenset(numbers), dict[Address, str]()
    for taker in takers:
        now = world.current(taker)
        if now is not None and now in here and now not in given.values():
            given[taker] = now
    ranked = [number for number in ranked if number not in given.values()]
    for taker in takers:
        before = world.last(taker)
        if taker not in given and before is not None and before in ranked:
            given[taker] = before
            ranked.remove(before)
    rest = iter(ranked)
    for taker in takers:
        declaration = world.desired.declarations[taker]
        # with nothing to have in its place, she keeps what she has
        number = given.get(taker) or next(rest, world.current(taker))
        assert isinstance(declaration.spec, User)
        spec = declaration.spec.model_copy(update={"phone": number})
        refs = tuple(one for one in declaration.refs if one != share.pool)
        yield taker, replace(declaration, spec=spec, refs=(*refs, *((number_at(number),) if number else ())))


def _missing(share: Share, offer: Offer) -> Unknown | None:
    lacking = share.lacks - len(offer.numbers)
    if lacking <= 0:
        return None
    if offer.failure is not None:
        return replace(offer.failure, reason=f"{lacking} of {share.spec.count} numbers: {offer.failure.reason}")
    return Unknown(
        f"{lacking} of {share.spec.count} numbers cannot be had: nothing more is offered for {share.spec.search.words}",
        do="look for others as well (a neighbouring area code, the whole state), or lower 'count'; "
        "the next apply looks again",
        code="CF-NUM-053",
    )


def _cannot_shrink(share: Share) -> Refusal:
    some = [f"{number} ({holder})" for number, holder in list(share.held.items())[:5]]
    more = f" and {len(share.held) - 5} more" if len(share.held) > 5 else ""
    return Refusal(
        guard="pool",
        code="CF-NUM-054",
        address=str(share.pool),
        summary=f"{share.pool}: has {len(share.members)} numbers that stay, and is to have {share.spec.count}",
        why=f"nothing takes these away from whoever holds them: {', '.join(some)}{more}",
        do="take them from their holders first, or raise 'count'",
    )


def _released(world: World) -> Iterable[Removed]:
    """What `removed` says of a pool, it says of its numbers."""
    for one in world.desired.removed:
        yield one
        for number in world.recorded_in(one.address):
            yield replace(one, address=number_at(number))


def _others(live: Live, taken_in: Iterable[Address]) -> tuple[Unmanaged, ...]:
    known = set(taken_in)
    return tuple(one for one in live.unmanaged if one.address not in known)
