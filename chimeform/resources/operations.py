"""The operations of a kind as data: reads, writes, batches, and where each member of a request comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ..live import Values

if TYPE_CHECKING:
    from .hooks import Scope


@dataclass(frozen=True)
class OwnId:
    """The physical id of the resource itself."""


@dataclass(frozen=True)
class ParentId:
    """The physical id of the nearest resource around this one that is an object: settings have none."""


@dataclass(frozen=True)
class OutermostId:
    """The physical id of what contains everything here: of the account, for what is deeper in it."""


@dataclass(frozen=True)
class Of:
    """The wanted value of a field, translated to the service's terms; left out of the request when there is none."""

    field: str


@dataclass(frozen=True)
class Made:
    """A member computed from the wanted values, where the service's form is not the language's."""

    make: Callable[[Values], Any]


@dataclass(frozen=True)
class Merged:
    """A member computed from the values before and after and from the facts, where a whole is replaced that others
    have a part in."""

    make: Callable[[Values, Values, Values], Any]


@dataclass(frozen=True)
class Recalled:
    """A member computed from the wanted values and from those that were applied last: what was ours and is no longer.

    In a read, the wanted values are the declared ones, or else those applied last.
    """

    make: Callable[[Values, Values], Any]


@dataclass(frozen=True)
class Around:
    """The value at a dotted path of the nearest container that has it (`okta.org_url`)."""

    path: str


@dataclass(frozen=True)
class IdOf:
    """The physical id of a setting that stands in one of the containers, by its path there (`sign_in`).

    Whatever is sent with it needs that one to be as declared first.
    """

    path: str


@dataclass(frozen=True)
class NamedId:
    """The physical id of what a reference field names."""

    field: str


@dataclass(frozen=True)
class IdempotencyToken:
    """A token that stays the same however often one intent is sent: the service then makes one object and no second."""


@dataclass(frozen=True)
class Fact:
    """A fact of the live object, which nothing that is yet to be made has (its ARN)."""

    name: str


@dataclass(frozen=True)
class IdOfReferred:
    """The physical id of the resource that a field names, or named `before` the change.

    The call goes to the Region of that resource, where it has one.
    """

    field: str
    before: bool = False


SUFFIX = "$suffix"
"""Beside the place of an id that an earlier step brings: what is written behind it (a host name is made of an id)."""
ID, PARENT, ACCOUNT, TOKEN = OwnId(), ParentId(), OutermostId(), IdempotencyToken()
_Ids = OwnId | ParentId | OutermostId | NamedId | IdOf | IdOfReferred
Source = _Ids | IdempotencyToken | Of | Made | Merged | Recalled | Around | Fact
Template = Mapping[str, Any]
"""Request member → one of the sources above, a constant, or a nested template."""

Failures = Callable[[Mapping[str, Any]], Mapping[Any, tuple[str, str]]]
"""From an answer to the items that failed in it: item key → (error code, message)."""


@dataclass(frozen=True)
class Batch:
    """How several steps travel in one call: the list member, what one item is, how many fit, and how failures are told.

    `key` is the item's own identity in the failure list: for a mapping item the member of that name, else the item.
    """

    member: str
    item: Any
    size: int
    failures: Failures
    key: str | None = None


@dataclass(frozen=True)
class Call:
    """One write operation of a kind.

    `sets` names the fields it brings to a wanted value, `clears` those that it takes away. In an update it is made when
    a field of `sets` changes to something or a field of `clears` changes from something, unless `when` decides.
    `whole` says that the service replaces everything, so fields that no file names are sent as they are live.
    `service` is another one than the kind's own, and `where` says in which surroundings it is made at all. `after`
    names calls of the same change, or of the change of what contains the resource, that come first. With `ends` the
    object is gone afterwards, until a later call of the change makes it again. With `may_be_early` the service refuses
    it as invalid as long as it does not know what was made just before and is named in it.
    """

    operation: str
    sends: Template
    sets: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    means: Values = field(default_factory=dict)
    """Values that the operation itself stands for, where no member of the request does (`BatchSuspendUser`)."""
    label: str = ""
    """Tells two calls of one operation apart (`calling name`, `product`)."""
    when: Callable[[Values, Values], bool] | None = None
    whole: bool = False
    batch: Batch | None = None
    id_in: str | None = None
    """Dotted path of the new object's id in the answer."""
    service: str | None = None
    where: Callable[[Scope], bool] | None = None
    after: tuple[str, ...] = ()
    ends: bool = False
    may_be_early: bool = False

    @property
    def name(self) -> str:
        """What a step of this call is called in plans and in the journal."""
        return f"{self.operation} ({self.label})" if self.label else self.operation


@dataclass(frozen=True)
class ConsoleEvent:
    """A write that only the console makes, as CloudTrail calls it. What its members are called is not documented: it is
    about an object that it mentions, and sets a field to a value that it mentions, or to what `means` says."""

    operation: str
    sets: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    means: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """A bulk read of one scope. `expand` turns a listed item into the objects that count (an order: its numbers), and
    `gather` does so with everything that was listed (of several orders for one thing, the newest).

    `items` is a member of every page, or a dotted path into an answer that has no pages. With `absent_is_empty` the
    service's not-found means that there are none, and not that the container is gone. With `picks` one answer is for
    all scopes of a Region: it is asked for once in a look, with an empty request, and the objects of one scope are
    picked by what `sends` names.
    """

    operation: str
    items: str
    sends: Template = field(default_factory=dict)
    page_size: int | None = None
    expand: Callable[[Any], Iterable[Mapping[str, Any]]] | None = None
    gather: Callable[[Iterable[Mapping[str, Any]]], Iterable[Mapping[str, Any]]] | None = None
    service: str | None = None
    absent_is_empty: bool = False
    picks: Callable[[Mapping[str, Any], Mapping[str, Any]], Iterable[Mapping[str, Any]]] | None = None

    @property
    def is_paged(self) -> bool:
        return "." not in self.items


@dataclass(frozen=True)
class Find:
    """A look for one object by its id, where it is known, or else by what it is called; of a collection too large, or
    too much other people's, to be listed. `items` is the member with what was found: none, one, or several. `near` is
    the member with names that look like the one that was not found."""

    operation: str
    items: str
    sends: Template
    near: str | None = None
    service: str | None = None
    where: Callable[[Scope], bool] | None = None


@dataclass(frozen=True)
class Detail:
    """One read for one object (or for the only one of its scope), made only if one of `fields` is declared or recorded.

    `into` puts the answer's `member` below that name of the live object. With `absent_is_empty` the service's
    not-found means "not configured" and not "the object is gone".

    A look at another `service` cannot tell whether the object is gone. `shows` makes what it tells of the live object
    out of the answer and the values that are looked for: the declared ones, then the recorded ones. `when` says for
    which of them there is anything to ask. With `items` the answer has pages, which are read to the end. What is read
    `once` never changes as long as the object is the same one: where the ledger has it, nobody asks again. With `picks`
    one answer is for everything of the kind in a Region: it is asked for once in a look at the whole workspace, with an
    empty request, and the part of one object is picked by what `sends` names.
    """

    operation: str
    sends: Template
    fields: tuple[str, ...]
    member: str | None = None
    items: str | None = None
    into: str | None = None
    absent_is_empty: bool = False
    service: str | None = None
    when: Callable[[Values], bool] | None = None
    where: Callable[[Scope], bool] | None = None
    once: bool = False
    shows: Callable[[Mapping[str, Any], Values, Values], Mapping[str, Any]] | None = None
    picks: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Api:
    """The operations of a kind, checked in tests against botocore's service model.

    `listing` and `find` are tried in order and the first hit wins. `id` is the member of a live object that holds its
    physical id (None: a singleton, known by its parent). `facts` are members that cannot be declared but are needed to
    decide.
    """

    service: str
    listing: tuple[Listing, ...] = ()
    find: tuple[Find, ...] = ()
    held_in: str | None = None
    """The fact of the container in which its read has brought the objects already."""
    details: tuple[Detail, ...] = ()
    is_regional: bool = False
    """Each object lives in the Region that its field `region` names, and only that Region's address is asked about it
    and about what it contains. A listed object that names no Region is of the one that was asked."""
    appears_within: timedelta | None = None
    """How long a new object may be missing from every read; before that its absence says nothing."""
    stands_on: tuple[str, ...] = ()
    """Kinds of which the ones beside it, or around it, have to be as declared before it is changed; and they go only
    after it."""
    is_apart: bool = False
    """Kept by another service, so that it is looked for also where what contains it is yet to be made."""
    id: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    fresh: Values = field(default_factory=dict)
    """Facts of an object right after its creation."""
    id_field: str | None = None
    """The field whose value is the id, where the service gives none of its own (a phone number)."""
    same_id_as: str | None = None
    """The reference field that names what has the same id: a member of a room has its own."""
    ready_after: tuple[str, ...] = ()
    """Operations that come before others can use the object, beside the one that makes it."""
    ends_with_container: bool = False
    """Gone with what contains it, so that its own end takes no call then."""
    presumed: Callable[[Values], bool] | None = None
    """Of a collection that no operation lists: whether only somebody who has seen the object could declare this."""
    readable: Callable[[Scope], bool] | None = None
    """False where the service refuses to be asked, so that nothing is there (retention of a Team account)."""
    create: Call | None = None
    other_creates: tuple[Call, ...] = ()
    """Other ways to make one, each for objects of the sort that its `when` tells by the wanted values."""
    updates: tuple[Call, ...] = ()
    retire: tuple[Call, ...] = ()
    restore: Call | None = None
    offer: Listing | None = None
    """What there is to be had, of a kind that is a number of objects of another one. Its items are their ids."""
    others: tuple[Call, ...] = ()
    """Writes that chimeform never makes and others do, to the same end; that is how it is known who they were."""
    other_ends: tuple[Call, ...] = ()
    """Likewise, those that take the object away."""
    console: tuple[ConsoleEvent, ...] = ()

    def calls(self) -> Iterable[Call]:
        yield from (*self.creations, *self.updates, *self.retire)
        yield from (self.restore,) if self.restore else ()

    @property
    def creations(self) -> tuple[Call, ...]:
        return ((self.create,) if self.create else ()) + self.other_creates

    def creation(self, wanted: Values) -> Call | None:
        """The call that makes an object with these values."""
        others = (call for call in self.other_creates if call.when is None or call.when({}, wanted))
        return next(others, self.create)

    def operations(self) -> Iterable[str]:
        yield from (listing.operation for listing in self.listing)
        yield from (find.operation for find in self.find)
        yield from (detail.operation for detail in self.details)
        yield from (work.operation for work in (self.offer,) if work)
        yield from (call.operation for call in self.calls())

    def service_of(self, work: Call | Listing | Find | Detail) -> str:
        return work.service or self.service


def listed_errors(member: str, key: str) -> Failures:
    """Failures of a batch operation that lists what went wrong (`UserErrors[{UserId, ErrorCode, ErrorMessage}]`).

    Phone number ids come back percent-encoded, whatever was sent [botocore chime PhoneNumberError].
    """

    def read(answer: Mapping[str, Any]) -> Mapping[Any, tuple[str, str]]:
        return {
            unquote(str(error.get(key))): (error.get("ErrorCode", "Unknown"), error.get("ErrorMessage", ""))
            for error in answer.get(member, ())
        }

    return read


def all_or_none(answer: Mapping[str, Any]) -> Mapping[Any, tuple[str, str]]:
    """Failures of an operation on several items whose answer says nothing of single ones: it took all of them."""
    del answer
    return {}


def statuses(path: str, key: str, failed: str) -> Failures:
    """Failures of a batch operation that gives each item a status (`Invites[{EmailAddress, Status}]`)."""

    def read(answer: Mapping[str, Any]) -> Mapping[Any, tuple[str, str]]:
        return {item.get(key): (failed, "") for item in dig(answer, path) or () if item.get("Status") == failed}

    return read


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path, or None where a step is missing."""
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
        if value is None:
            return None
    return value
