"""What kinds declare about the service, held against botocore's own model: names, members, list limits, answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any, get_args

import botocore.session
import pytest
from pydantic import BaseModel

from chimeform.resources import kind_at, kinds, one_offs, parent_of
from chimeform.resources.base import (
    Api,
    Around,
    Call,
    ConsoleEvent,
    Detail,
    Find,
    IdOf,
    Listing,
    Made,
    Merged,
    Of,
    OutermostId,
    OwnId,
    ParentId,
    Resource,
)
from chimeform.resources.bot import TOKENS
from chimeform.resources.one_off import CALLERS_ACCOUNT, Given, OneOff
from chimeform.services.bot_tokens import BotTokens
from chimeform.services.okta_operations import OPERATIONS


def reads_of(kind: type[Resource]) -> Iterator[Listing | Find | Detail]:
    yield from kind.api.listing
    yield from kind.api.find
    yield from kind.api.details
    yield from (kind.api.offer,) if kind.api.offer else ()
    yield from (detail for one in kind.one_offs for detail in one.first)


KINDS = sorted(kinds().items())
NO_AWS = {
    *("alarms", "bot-tokens", "buckets", "dns", "okta", "directory"),
    *("event-rules", "event-targets", "log-groups", "service-linked-roles"),
}
"""Services without a model of botocore's."""
CALLS = [
    (name, call)
    for name, kind in KINDS
    for call in (*kind.api.calls(), *kind.api.others, *kind.api.other_ends, *(one.call for one in kind.one_offs))
    if kind.api.service_of(call) not in NO_AWS
]
READS = [(name, read) for name, kind in KINDS for read in reads_of(kind) if kind.api.service_of(read) not in NO_AWS]


@pytest.fixture(scope="module")
def models() -> Any:
    session = botocore.session.get_session()
    services = {kind.api.service_of(work) for _, kind in KINDS for work in works_of(kind)} - NO_AWS
    return {service: session.get_service_model(service) for service in services}


def works_of(kind: type[Resource]) -> Iterator[Call | Listing | Find | Detail]:
    yield from reads_of(kind)
    yield from kind.api.calls()
    yield from (one.call for one in kind.one_offs)


def api_of(kind: str) -> Api:
    return kinds()[kind].api


def input_of(models: Any, kind: str, call: Call) -> Any:
    return models[api_of(kind).service_of(call)].operation_model(call.operation).input_shape


def check_template(shape: Any, template: Mapping[str, Any]) -> None:
    for member, source in template.items():
        assert member in shape.members, f"{shape.name} has no member {member}"
        if isinstance(source, Mapping):
            check_template(shape.members[member], source)


@pytest.mark.parametrize(("kind", "call"), CALLS, ids=[f"{kind}-{call.name}" for kind, call in CALLS])
def test_a_write_sends_what_the_operation_takes(models: Any, kind: str, call: Call) -> None:
    shape = input_of(models, kind, call)
    check_template(shape, call.sends)
    sent = set(call.sends) | ({call.batch.member} if call.batch else set())
    assert set(shape.required_members) <= sent


@pytest.mark.parametrize(("kind", "call"), [pair for pair in CALLS if pair[1].batch])
def test_a_batch_fits_the_operation(models: Any, kind: str, call: Call) -> None:
    assert call.batch
    listed = input_of(models, kind, call).members[call.batch.member]
    assert listed.type_name == "list"
    limit = listed.metadata.get("max")
    assert limit is None or call.batch.size <= limit
    if isinstance(call.batch.item, Mapping):
        check_template(listed.member, call.batch.item)
        assert call.batch.key in call.batch.item


@pytest.mark.parametrize(("kind", "read"), READS, ids=[f"{kind}-{read.operation}" for kind, read in READS])
def test_a_read_asks_for_what_the_operation_gives(models: Any, kind: str, read: Any) -> None:
    operation = models[api_of(kind).service_of(read)].operation_model(read.operation)
    if read.sends:
        check_template(operation.input_shape, read.sends)
    assert set(operation.input_shape.required_members if operation.input_shape else ()) <= set(read.sends)
    member = getattr(read, "items", None) or getattr(read, "member", None)
    assert member is None or shape_at(operation.output_shape, member) is not None
    page = getattr(read, "page_size", None)
    assert page is None or page <= operation.input_shape.members["MaxResults"].metadata["max"]


@pytest.mark.parametrize("kind", [kind for _, kind in KINDS], ids=[name for name, _ in KINDS])
def test_fields_and_facts_are_members_of_the_live_object(models: Any, kind: type[Resource]) -> None:
    if any(detail.shows for detail in kind.api.details) or kind.api.service in NO_AWS:
        return  # made out of answers, by functions with tests of their own
    model = models[kind.api.service]
    if any(listed_member(model, listing).type_name != "structure" for listing in kind.api.listing):
        return  # names alone, which the kind makes objects of
    is_placed = kind.api.is_regional  # what names no Region is of the one that was asked
    paths = [
        trait.wire.path for name, trait in kind.traits().items() if trait.wire and not (is_placed and name == "region")
    ]
    paths += [*kind.api.facts.values(), *([kind.api.id] if kind.api.id else [])]
    for path in paths:
        assert any(has_path(shape, path) for shape in live_shapes(model, kind)), f"{kind.kind}: no member {path}"


def live_shapes(model: Any, kind: type[Resource]) -> Iterator[Any]:
    for listing in kind.api.listing:
        yield listed_member(model, listing)
    for detail in kind.api.details:
        shape = model.operation_model(detail.operation).output_shape
        yield shape.members[detail.member] if detail.member and not detail.into else shape


def listed_member(model: Any, listing: Listing) -> Any:
    return shape_at(model.operation_model(listing.operation).output_shape, listing.items).member


def has_path(shape: Any, path: str) -> bool:
    return shape_at(shape, path) is not None


def shape_at(shape: Any, path: str) -> Any:
    """The shape of the member at a dotted path; None where there is none."""
    first, _, rest = path.partition(".")
    if getattr(shape, "type_name", "") != "structure" or first not in shape.members:
        return None
    return shape_at(shape.members[first], rest) if rest else shape.members[first]


@pytest.mark.parametrize("kind", [kind for _, kind in KINDS], ids=[name for name, _ in KINDS])
def test_the_declaration_of_a_kind_holds_together(kind: type[Resource]) -> None:
    fields = set(kind.traits())
    for call in kind.api.calls():
        assert set(call.sets) | set(call.clears) <= fields, call.name
        for source in sources(call.sends, call.batch.item if call.batch else None):
            assert not isinstance(source, Of) or source.field in fields
    names = [call.name for call in (*kind.api.updates, *kind.api.creations, *filter(None, [kind.api.restore]))]
    assert len(names) == len(set(names)), "two calls of one change would be one step"
    assert len({call.name for call in kind.api.retire}) == len(kind.api.retire)
    operations = {call.name for call in kind.api.calls()} | {call.operation for call in kind.api.calls()}
    for rule in kind.gates:
        assert set(rule.holds) <= operations | {"*"}, rule.name
    waits = [rule.name for rule in kind.gates] + [work.name for work in kind.by_hand]
    assert len(waits) == len(set(waits)), "two gates of one name could not be told apart"
    for work in kind.by_hand:
        assert set(work.sets) <= fields, work.name
    by_hand = {field for work in kind.by_hand for field in work.sets if work.is_confirmable}
    assert by_hand == {name for name, trait in kind.traits().items() if trait.console_only}
    told = [text for rule in kind.gates for text in (rule.title, *rule.steps)]
    for text in [*told, *(text for work in kind.by_hand for text in (work.title, *work.steps))]:
        assert {word for _, word, _, _ in Formatter().parse(text) if word} <= words_of(kind), text
    assert kind.__doc__ and all(trait.description for trait in kind.traits().values())
    assert (parent_of(kind) is None) == (len(kind.path) <= 2)
    assert kind_at(tuple("x" if part == "*" else part for part in kind.path)) is kind


def words_of(kind: type[Resource]) -> set[str]:
    """What steps may name: facts, fields and parts of blocks, its own and those of what contains it."""
    words = {"account", "near", *kind.api.facts, *kind.tells}
    at: type[Resource] | None = kind
    while at is not None:
        words |= {f"{name}_{part}" for name, info in at.model_fields.items() for part in parts_of(info.annotation)}
        words |= at.traits().keys()
        at = parent_of(at)
    return words


def parts_of(annotation: Any) -> Iterator[str]:
    for member in (annotation, *get_args(annotation)):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield from member.model_fields


def sources(*templates: Any) -> Iterator[Any]:
    for template in templates:
        if isinstance(template, Mapping):
            yield from sources(*template.values())
        elif isinstance(template, Of | Made | Merged | Around | IdOf | OwnId | ParentId | OutermostId):
            yield template


def test_every_operation_of_okta_that_a_kind_names_is_one_of_the_border_and_none_is_idle() -> None:
    named = {work.operation for _, kind in KINDS for work in works_of(kind) if kind.api.service_of(work) == "okta"}
    assert named == set(OPERATIONS)


def test_every_operation_on_tokens_that_a_kind_names_is_one_of_the_border_and_none_is_idle() -> None:
    named = {work.operation for _, kind in KINDS for work in works_of(kind) if kind.api.service_of(work) == TOKENS}
    services: Any = None
    assert named == BotTokens(services, services).operations


ONE_OFFS = [(name, kind, one) for name, kinds_ in one_offs().items() for kind, one in kinds_]


@pytest.mark.parametrize(("name", "kind", "one"), ONE_OFFS, ids=[name for name, _, _ in ONE_OFFS])
def test_a_one_off_operation_holds_together(models: Any, name: str, kind: type[Resource], one: OneOff) -> None:
    assert one.is_look == (one.consequence is None)
    assert one.is_look or one.on != "nothing", "what changes something is done to somebody"
    assert one.items is None or one.is_look
    assert not one.judges or one.shows, "what is judged is what is shown"
    assert all(detail.into for detail in one.first), "it is found among the facts by that name"
    is_beside = any(source is CALLERS_ACCOUNT for source in one.call.sends.values())
    assert not is_beside or one.on == "nothing"
    if kind.api.service_of(one.call) in NO_AWS:
        return
    answer = models[kind.api.service_of(one.call)].operation_model(one.call.operation).output_shape
    assert not one.items or has_path(answer, one.items)
    shown = shape_at(answer, one.items).member if one.items else answer
    assert all(has_path(shown, seen.path) for seen in one.shows.values())
    assert not one.credential or has_path(answer, one.credential.path)
    assert not one.credential or one.credential.path not in {seen.path for seen in one.shows.values()}


@pytest.mark.parametrize(("name", "kind", "one"), ONE_OFFS, ids=[name for name, _, _ in ONE_OFFS])
def test_what_the_service_calls_sensitive_is_written_down_nowhere(
    models: Any, name: str, kind: type[Resource], one: OneOff
) -> None:
    if kind.api.service_of(one.call) not in NO_AWS:
        shape = input_of(models, kind.kind, one.call)
        private = {given.name for given, found in given_with_shapes(shape, one.call.sends) if is_sensitive(found)}
        assert private == {given.name for given in one.asks if given.is_private}


def given_with_shapes(shape: Any, template: Mapping[str, Any]) -> Iterator[tuple[Given, Any]]:
    for member, source in template.items():
        if isinstance(source, Given):
            yield source, shape.members[member]
        elif isinstance(source, Mapping):
            yield from given_with_shapes(shape.members[member], source)


def is_sensitive(shape: Any) -> bool:
    inner = shape.member if shape.type_name == "list" else shape
    return bool(shape.metadata.get("sensitive") or inner.metadata.get("sensitive"))


def test_operations_of_one_name_differ_in_what_they_are_told() -> None:
    for name, forms in one_offs().items():
        told = [frozenset(given.name for given in one.asks if given.is_required) for _, one in forms]
        assert len(set(told)) == len(told), name
        assert len({(one.title, one.on, one.is_look, one.credential) for _, one in forms}) == 1, name


def test_fields_that_can_change_have_a_call_that_changes_them() -> None:
    for name, kind in KINDS:
        reachable = {field for call in kind.api.updates for field in (*call.sets, *call.clears)}
        reachable |= {field for work in kind.by_hand for field in work.sets}
        made = {field for call in kind.api.creations for field in call.sets}
        for field, trait in kind.traits().items():
            if trait.local or trait.ours:
                continue
            assert field in reachable or trait.fixed or trait.from_key, f"{name}.{field} could never be set right"
            is_brought = trait.from_key and kind.api.create is None
            assert field in reachable | made or is_brought, f"{name}.{field} is never sent"


CONSOLE_NAMES = {
    *("AddDomain", "AddOrUpdateGroups", "ActivateUsers", "DeleteDomain", "DeleteGroups"),
    *("RenameAccount", "SuspendUsers", "UpdateUserLicenses"),
}
"""What IAM calls permission-only actions of Amazon Chime, and so CloudTrail its console events [sar]."""


@pytest.mark.parametrize("kind", [kind for _, kind in KINDS], ids=[name for name, _ in KINDS])
def test_what_others_do_is_about_fields_and_has_documented_names(models: Any, kind: type[Resource]) -> None:
    fields = set(kind.traits())
    works: list[Call | ConsoleEvent] = [*kind.api.calls(), *kind.api.others, *kind.api.console]
    for work in works:
        assert set(work.sets) | set(work.clears) | set(work.means) <= fields, work.operation
    made_by_chimeform = {call.operation for call in kind.api.calls()}
    assert not made_by_chimeform & {call.operation for call in (*kind.api.others, *kind.api.other_ends)}
    names = {work.operation for work in kind.api.console} | {name for work in kind.by_hand for name in work.events}
    assert names <= CONSOLE_NAMES
    operations = set(models["chime"].operation_names)
    assert not names & operations, "an operation is declared as a call"
