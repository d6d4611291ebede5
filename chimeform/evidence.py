"""Whether one event explains what is live: the operations that a kind declares, read backwards.

A request is held against what chimeform itself would send to bring about the live value. Only members that stand for
the asked field count, and only in a request, or an item of a batch, that is about this very object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from urllib.parse import unquote

from .address import Address
from .live import Values
from .resources import key_values, parent_of
from .resources.base import ACCOUNT, ID, PARENT, Call, Made, NamedId, Of, Resource, Trait, dig
from .resources.operations import ConsoleEvent, Source
from .trail_event import HIDDEN, TrailEvent

_NOTHING = object()


class Verdict(IntEnum):
    """What an event says about a question; of several, the highest counts."""

    SILENT = 0
    CONTRADICTS = 1
    """It brought about something else."""
    UNDECIDED = 2
    """It was about the field, and its value is hidden."""
    EXPLAINS = 3


@dataclass(frozen=True)
class Question:
    """Who brought a field of an object to its live value; without a field, who made the object, or took it away.

    `id` is its physical id, `container_id` that of the nearest container that has one.
    """

    address: Address
    kind: type[Resource]
    id: str | None
    container_id: str | None
    field: str | None = None
    live: Any = None
    exists: bool = True

    @property
    def values(self) -> Values:
        return {**self.key, **({self.field: self.live} if self.field else {})}

    @property
    def key(self) -> Values:
        """The values that the resource's name is."""
        return key_values(self.address)


def event_names(kind: type[Resource], field: str | None) -> frozenset[str]:
    """The events that could bring a field, or the object, to what it is."""
    if field is None:
        return frozenset(work.operation for works in (_makes(kind), _ends(kind)) for work in works)
    return frozenset(work.operation for work in _writes(kind) if field in (*work.sets, *work.clears, *work.means))


def judge(event: TrailEvent, question: Question) -> Verdict:
    """What one event says."""
    return max(_verdicts(event, question), default=Verdict.SILENT)


def _verdicts(event: TrailEvent, question: Question) -> Iterator[Verdict]:
    kind = question.kind
    if question.field is not None:
        for work in _named(event, _writes(kind)):
            yield from _of_write(work, event, question)
        return
    brought, opposite = (_makes(kind), _ends(kind)) if question.exists else (_ends(kind), _makes(kind))
    for works, verdict in ((brought, Verdict.EXPLAINS), (opposite, Verdict.CONTRADICTS)):
        for work in _named(event, works):
            if next(_requests(work, event, question), None) is not None:
                yield verdict


Work = Call | ConsoleEvent


def _named(event: TrailEvent, works: Iterable[Work]) -> Iterator[Work]:
    return (work for work in works if work.operation == event.name)


def _is_logged(kind: type[Resource], call: Call) -> bool:
    return kind.api.service_of(call) in ("chime", "chime-sdk-voice")


def _writes(kind: type[Resource]) -> Iterator[Work]:
    yield from (call for call in (*kind.api.calls(), *kind.api.others) if _is_logged(kind, call))
    yield from kind.api.console
    yield from _by_hand(kind, "values")


def _makes(kind: type[Resource]) -> Iterator[Work]:
    api = kind.api
    yield from (call for call in (*api.creations, api.restore) if call and _is_logged(kind, call))
    yield from _by_hand(kind, "existence")


def _ends(kind: type[Resource]) -> Iterator[Work]:
    # what comes before the last one prepares for it
    yield from (call for call in (*kind.api.retire[-1:], *kind.api.other_ends) if _is_logged(kind, call))
    yield from _by_hand(kind, "end")


def _by_hand(kind: type[Resource], brings: str) -> Iterator[ConsoleEvent]:
    for work in kind.by_hand:
        if work.brings == brings:
            yield from (ConsoleEvent(name, sets=work.sets) for name in work.events)


def _of_write(work: Work, event: TrailEvent, question: Question) -> Iterator[Verdict]:
    assert question.field is not None
    for template, request in _requests(work, event, question):
        sources = list(_sources(template, request, question))
        sent = [(source, value) for source, value in sources if value is not _NOTHING]
        if sent:
            yield _of_members(sources, question)
        elif question.field in work.means:
            yield _verdict(same=work.means[question.field] == question.live)
        elif isinstance(work, ConsoleEvent):
            if question.field in work.sets and _mentions(event, question.live):
                yield Verdict.EXPLAINS
        elif not sources and question.field in work.clears:
            yield _verdict(same=question.live is None)


def _of_members(sources: list[tuple[Source, Any]], question: Question) -> Verdict:
    if any(value == HIDDEN for _, value in sources):
        return Verdict.UNDECIDED
    return _verdict(same=all(_agrees(source, value, question) for source, value in sources))


def _verdict(*, same: bool) -> Verdict:
    return Verdict.EXPLAINS if same else Verdict.CONTRADICTS


# ---------------------------------------------------------------- which requests are about the object


def _requests(work: Work, event: TrailEvent, question: Question) -> Iterator[tuple[Any, Any]]:
    """Template and content of the request, and of the batch's item, as far as they are about this object."""
    if isinstance(work, ConsoleEvent):
        if _mentions_object(event, question):
            yield {}, {}
        return
    if work.sends and not _is_about(work.sends, event.request, question):
        return
    if work.id_in and not _same_id(dig(event.answer, work.id_in), question.id):
        return
    if work.batch is None:
        yield work.sends, event.request
        return
    items, failed = event.request.get(work.batch.member), _failed(work, event)
    for item in items if isinstance(items, list) else ():
        key = item.get(work.batch.key) if isinstance(item, Mapping) and work.batch.key else item
        if unquote(str(key)) not in failed and _is_about(work.batch.item, item, question):
            yield {**work.sends, "": work.batch.item}, {**event.request, "": item}


def _failed(work: Call, event: TrailEvent) -> set[str]:
    assert work.batch is not None
    try:
        return {unquote(str(key)) for key in work.batch.failures(event.answer)}
    except (AttributeError, TypeError):
        return set()  # an answer that is hidden or cut tells of no failures; the live value has to speak for itself


def _is_about(template: Any, request: Any, question: Question) -> bool:
    """Whether ids, the object's own name and constants are as the template says."""
    if isinstance(template, Mapping):
        given = request if isinstance(request, Mapping) else {}
        if not template:
            return bool(request == {})  # what is left out is left as it is
        return all(_is_about(source, given.get(member), question) for member, source in template.items())
    if template is ID:
        return _same_id(request, question.id)
    if template is PARENT or (template is ACCOUNT and _has_no_id(parent_of(question.kind))):
        return _same_id(request, question.container_id)
    if isinstance(template, NamedId) and template.field == question.kind.api.same_id_as:
        return _same_id(request, question.id)
    if isinstance(template, Of):
        name = template.field
        is_key = name in question.key and name != question.field
        return not is_key or _agrees(template, request, question)
    return isinstance(template, Source) or bool(request == template)


def _has_no_id(kind: type[Resource] | None) -> bool:
    """True for a setting, so that what contains it is the nearest thing with an id."""
    return kind is not None and kind.api.id is None


def _same_id(one: Any, other: str | None) -> bool:
    """Phone numbers are ids that come percent-encoded at times."""
    return one is not None and other is not None and unquote(str(one)).casefold() == unquote(other).casefold()


def _mentions_object(event: TrailEvent, question: Question) -> bool:
    """By its id or its name, and by what contains it."""
    is_inside = parent_of(question.kind) is None or _mentions(event, question.container_id)
    own = (question.id, *question.key.values())
    return is_inside and (not question.kind.is_collection() or any(_mentions(event, name) for name in own))


def _mentions(event: TrailEvent, value: Any) -> bool:
    """Whether a text stands anywhere in the request: what the console's members are called is not documented."""
    return isinstance(value, str) and any(text.casefold() == value.casefold() for text in _texts(event.request))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


# ---------------------------------------------------------------- what a request says about the field


def _sources(template: Any, request: Any, question: Question) -> Iterator[tuple[Source, Any]]:
    """The members that stand for the field, each with what was sent; `_NOTHING` where the request leaves it out."""
    for member, source in template.items():
        sent = request.get(member, _NOTHING) if isinstance(request, Mapping) else _NOTHING
        if isinstance(source, Mapping):
            yield from _sources(source, sent, question)
        elif isinstance(source, Of | Made) and _stands_for(source, question):
            yield source, sent


def _stands_for(source: Of | Made, question: Question) -> bool:
    if isinstance(source, Of):
        return source.field == question.field
    seen = _Watched(question.values)
    _try(source.make, seen)
    return question.field in seen.asked


class _Watched(dict[str, Any]):
    """Values that remember which of them were asked for."""

    def __init__(self, values: Values) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def _agrees(source: Source, sent: Any, question: Question) -> bool:
    """Whether what was sent is what the live value is in the service's terms."""
    sent = None if sent is _NOTHING else sent
    if isinstance(source, Made):
        return bool(_try(source.make, question.values) == sent)
    assert isinstance(source, Of)
    live, trait = question.values.get(source.field), question.kind.traits()[source.field]
    wire = trait.wire
    told = _try(wire.of, sent) if wire and wire.of and sent is not None else sent
    if live is not None and wire and wire.to and _try(wire.to, live) == sent:
        return True
    return bool(_plain(told, trait) == _plain(live, trait))


def _plain(value: Any, trait: Trait) -> Any:
    is_folded = isinstance(value, str) and trait.natural_key is not None and trait.natural_key.fold
    return value.casefold() if is_folded else value


def _try(translate: Callable[[Any], Any], value: Any) -> Any:
    """A translation of what others sent, which may be anything."""
    try:
        return translate(value)
    except (AttributeError, KeyError, TypeError, ValueError):
        return _NOTHING
