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
from .operations import Call

if TYPE_CHECKING:
    from .hooks import Consequence, Scope


@dataclass(frozen=True)
class Given:
    """A member of the request that comes from whoever asks, by the option `--NAME`.

    With `of_kind`, the address of such a resource may be written in place of its id. `choices` are the values that may
    be written, each with what the service calls it.
    """

    name: str
    help: str
    is_required: bool = False
    of_kind: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)


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


def _any_will_do(given: Mapping[str, str]) -> Objection | None:
    return None


@dataclass(frozen=True)
class OneOff:
    """Something that is done to live objects of a kind, or (`on` is `nothing`) beside them.

    `title` says it in the imperative, `done` what is then true of a target. Without a `consequence` it is a look, which
    changes nothing: nobody is asked, and nothing is written down. Two of one name are told apart by what they ask.

    `objects` looks at one target (its declared or recorded values, the live object, what is around it) and `checks` at
    what is given. `shows` are the dotted paths in an answer that everybody may see: nothing else of it is looked at,
    but the `credential`. `items` is the member of a look that has pages, of up to `page_size`.

    One that `is_repeatable` is sent again when its answer is lost; of any other, `if_lost` says what to do then.
    """

    name: str
    title: str
    done: str
    call: Call
    source: str
    consequence: Consequence | None = None
    on: Literal["each", "nothing"] = "each"
    objects: Callable[[Values, Observed, Scope], Objection | None] = _no_objection
    checks: Callable[[Mapping[str, str]], Objection | None] = _any_will_do
    shows: Mapping[str, str] = field(default_factory=dict)
    items: str | None = None
    page_size: int = 100
    credential: Credential | None = None
    is_repeatable: bool = False
    if_lost: str = "look whether it has happened before you run it again"

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


def _givens(template: Mapping[str, Any]) -> Iterator[Given]:
    for source in template.values():
        if isinstance(source, Given):
            yield source
        elif isinstance(source, Mapping):
            yield from _givens(source)


def filled_in(template: Any, given: Mapping[str, str]) -> Any:
    """A request's template with what was given in its place; the rest is filled in like any other."""
    if isinstance(template, Given):
        said = given.get(template.name)
        return template.choices.get(said, said) if said is not None else None
    if isinstance(template, Mapping):
        return {member: filled_in(source, given) for member, source in template.items()}
    return template
