"""Looking at something once, at somebody's word: nobody is asked, nothing is locked and nothing is written down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .address import Address
from .app import App
from .language.desired import Desired
from .observe import Observer
from .regions import in_region
from .relocation import Moves
from .resources.base import OneOff, Resource
from .resources.one_off import CallersAccount, filled_in
from .services.calls import Calls
from .survey import callers_account, check_account
from .undertaking import Asked, meant, undertake


@dataclass(frozen=True)
class Item:
    """Something that was seen, and at which target; beside all objects, at none."""

    at: Address | None
    seen: Any


@dataclass(frozen=True)
class Looked:
    """What a look has shown: all of it if `is_whole`, else as many as were wanted."""

    one_off: OneOff
    items: tuple[Item, ...]
    is_whole: bool

    @property
    def is_good(self) -> bool:
        """Whether all that can be judged of it is well."""
        judges = self.one_off.judges
        return judges is None or all(judges(item.seen).is_good for item in self.items)


@dataclass(frozen=True)
class _Question:
    """One request of a look, and whom it is about."""

    at: Address | None
    service: str
    request: Mapping[str, Any]


def look(app: App, asked: Asked, *, most: int) -> Looked:
    """Show up to `most` items of what is asked for. Never takes the lock. Raises `ChimeformError` for a target that
    makes no sense."""
    kind, one_off = meant(asked)
    desired = app.load()
    calls = app.calls(desired)
    account = check_account(desired, calls)
    if one_off.on == "nothing":
        questions = [_beside(kind, one_off, asked, calls, account)]
    else:
        questions = _about_targets(app, asked, desired, calls)
    found = list(islice(_items(one_off, questions, calls, most + 1), most + 1))
    return Looked(one_off, tuple(found[:most]), len(found) <= most)


def _beside(kind: type[Resource], one_off: OneOff, asked: Asked, calls: Calls, account: str | None) -> _Question:
    """The request of a look that is about no object."""
    request = filled_in(one_off.call.sends, asked.given)
    for member, source in request.items():
        if isinstance(source, CallersAccount):
            request[member] = account or callers_account(calls)
    return _Question(None, kind.api.service_of(one_off.call), request)


def _about_targets(app: App, asked: Asked, desired: Desired, calls: Calls) -> list[_Question]:
    with app.ledger(desired) as ledger:
        recorded, _ = ledger.read().renamed(Moves(desired.moved).renames())
    found = undertake(asked, app.request.selection, Observer(desired, recorded, calls, app.outside.clock))
    service = found.kind.api.service_of(found.one_off.call)
    return [_Question(one.address, in_region(service, one.region), one.request) for one in found.targets]


def _items(one_off: OneOff, questions: list[_Question], calls: Calls, most: int) -> Iterator[Item]:
    """Asks only as long as items are taken."""
    operation = one_off.call.operation
    for question in questions:
        if one_off.items is None:
            answers: Iterator[Any] = iter([calls.read(question.service, operation, question.request)])
        else:
            request = {**question.request, "MaxResults": min(most, one_off.page_size)}
            answers = calls.pages(question.service, operation, request, one_off.items)
        for answer in answers:
            yield Item(question.at, one_off.shown(answer) if one_off.shows else answer)
