"""One-off operations of a kind as data: what is done once, at somebody's word, and cannot be declared.

`chimeform do` reads everything off these declarations: its commands and their options, what people are asked and told,
`explain`, the reference, and the permissions that an operation takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ..live import Observed, Values
from .operations import Call, Detail, dig

if TYPE_CHECKING:
    from .hooks import Consequence, Scope

Said = Mapping[str, Any]
"""What whoever asks has said, by the names of the options: a text, or a tuple of texts of an option that may be said
several times."""


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Given:
    """A member of the request that comes from whoever asks, by the option `--NAME`; one that `is_several` may be said
    more than once, and the member is a list.

    With `of_kind`, the address of such a resource may be written in place of its id. `choices` are the values that may
    be written, each with what the service calls it; `sends` makes what the service gets of anything else. What
    `is_private` is about persons: it goes to the service and to the screen of whoever asks, into no journal and no
    history.
    """

    name: str
    help: str
    is_required: bool = False
    of_kind: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    metavar: str = "TEXT"
    is_several: bool = False
    is_private: bool = False
    sends: Callable[[str], Any] = _as_it_is

    def sent(self, said: Any) -> Any:
        """What the service gets for what was said."""
        if self.is_several:
            return [self._sent_one(one) for one in said]
        return self._sent_one(said)

    def _sent_one(self, text: str) -> Any:
        return self.sends(self.choices.get(text, text))


@dataclass(frozen=True)
class CallersAccount:
    """A member of the request that is the id of the AWS account whose credentials these are. Only looks that are about
    no object have one."""


CALLERS_ACCOUNT = CallersAccount()


@dataclass(frozen=True)
class Seen:
    """The dotted path of something in an answer that whoever asks sees, and how it is written where that is not as the
    service does."""

    path: str
    of: Callable[[Any], Any] = _as_it_is


@dataclass(frozen=True)
class Judgement:
    """What an answer comes to: whether it is well, and that in a sentence."""

    is_good: bool
    text: str


@dataclass(frozen=True)
class Objection:
    """What is in the way of an operation, at a target or in what is given; why that matters, and the way out."""

    code: str
    what: str
    why: str
    do: str


@dataclass(frozen=True)
class Credential:
    """The dotted path of something in the answer that only whoever asks may see, and what it is called (`pin`)."""

    name: str
    path: str


def _no_objection(values: Values, observed: Observed, scope: Scope) -> Objection | None:
    return None


def _any_will_do(given: Said) -> Objection | None:
    return None


@dataclass(frozen=True)
class OneOff:
    """Something that is done to live objects of a kind (`on` is `each`), to one alone, or beside them.

    `title` says it in the imperative, `done` what is then true of a target. Without a `consequence` it is a look, which
    changes nothing: nobody is asked, and nothing is written down. Two of one name are told apart by what they ask.

    `objects` looks at one target (its declared or recorded values, the live object, what is around it) and `checks` at
    what is given. `first` are reads of a target for the sake of `objects`, which finds each among the facts, by the
    name that it is put `into`. `shows` are the parts of an answer that everybody may see: nothing else of it is looked
    at, but the `credential`. `items` is the member of a look that has pages, of up to `page_size`, and `shows` is then
    about each item; where nothing is said of them, items are shown as they are. `judges` says what one that is shown
    comes to.

    One that `is_repeatable` is sent again when its answer is lost; of any other, `if_lost` says what to do then. Where
    something is named that is no target, `if_absent` says what to do if the service does not know it.
    """

    name: str
    title: str
    done: str
    call: Call
    source: str
    consequence: Consequence | None = None
    on: Literal["each", "one", "nothing"] = "each"
    first: tuple[Detail, ...] = ()
    objects: Callable[[Values, Observed, Scope], Objection | None] = _no_objection
    checks: Callable[[Said], Objection | None] = _any_will_do
    shows: Mapping[str, Seen] = field(default_factory=dict)
    judges: Callable[[Mapping[str, Any]], Judgement] | None = None
    items: str | None = None
    page_size: int = 100
    credential: Credential | None = None
    is_repeatable: bool = False
    if_lost: str = "look whether it has happened before you run it again"
    if_absent: str | None = None

    @property
    def is_look(self) -> bool:
        return self.consequence is None

    @cached_property
    def asks(self) -> tuple[Given, ...]:
        """What whoever asks has to say, in the order of the request."""
        return tuple(_givens(self.call.sends))

    def takes(self, names: frozenset[str]) -> bool:
        """Whether it is this one that is meant by what was given."""
        asked = {one.name for one in self.asks}
        return names <= asked and {one.name for one in self.asks if one.is_required} <= names

    def public(self, given: Said) -> Said:
        """Of what was given, what may be written down."""
        private = {one.name for one in self.asks if one.is_private}
        return {name: said for name, said in given.items() if name not in private}

    def shown(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of an answer or an item, what everybody may see."""
        found = ((name, one, dig(answer, one.path)) for name, one in self.shows.items())
        return {name: one.of(value) for name, one, value in found if value not in (None, "", [])}


def _givens(template: Mapping[str, Any]) -> Iterator[Given]:
    for source in template.values():
        if isinstance(source, Given):
            yield source
        elif isinstance(source, Mapping):
            yield from _givens(source)


def filled_in(template: Mapping[str, Any], given: Said) -> dict[str, Any]:
    """A request's template with what was given in its place; the rest is filled in like any other. Members of which
    nothing was given are left out."""
    filled = {member: _filled(source, given) for member, source in template.items()}
    return {member: value for member, value in filled.items() if value is not None}


def _filled(source: Any, given: Said) -> Any:
    if isinstance(source, Given):
        said = given.get(source.name)
        return source.sent(said) if said is not None else None
    return (filled_in(source, given) or None) if isinstance(source, Mapping) else source
