"""What kinds declare about the service, held against botocore's own model: names, members, list limits, answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import botocore.session
import pytest

from chimeform.resources import kind_at, kinds, parent_of
from chimeform.resources.base import Api, Call, Made, Of, OwnId, ParentId, Resource

KINDS = sorted(kinds().items())
CALLS = [(name, call) for name, kind in KINDS for call in kind.api.calls()]
READS: list[tuple[str, Any]] = [(name, read) for name, kind in KINDS for read in (*kind.api.listing, *kind.api.details)]


@pytest.fixture(scope="module")
def models() -> Any:
    session = botocore.session.get_session()
    return {kind.api.service: session.get_service_model(kind.api.service) for _, kind in KINDS}


def api_of(kind: str) -> Api:
    return kinds()[kind].api


def input_of(models: Any, kind: str, operation: str) -> Any:
    return models[api_of(kind).service].operation_model(operation).input_shape


def check_template(shape: Any, template: Mapping[str, Any]) -> None:
    for member, source in template.items():
        assert member in shape.members, f"{shape.name} has no member {member}"
        if isinstance(source, Mapping):
            check_template(shape.members[member], source)


@pytest.mark.parametrize(("kind", "call"), CALLS, ids=[f"{kind}-{call.name}" for kind, call in CALLS])
def test_a_write_sends_what_the_operation_takes(models: Any, kind: str, call: Call) -> None:
    shape = input_of(models, kind, call.operation)
    check_template(shape, call.sends)
    sent = set(call.sends) | ({call.batch.member} if call.batch else set())
    assert set(shape.required_members) <= sent


@pytest.mark.parametrize(("kind", "call"), [pair for pair in CALLS if pair[1].batch])
def test_a_batch_fits_the_operation(models: Any, kind: str, call: Call) -> None:
    assert call.batch
    listed = input_of(models, kind, call.operation).members[call.batch.member]
    assert listed.type_name == "list"
    limit = listed.metadata.get("max")
    assert limit is None or call.batch.size <= limit
    if isinstance(call.batch.item, Mapping):
        check_template(listed.member, call.batch.item)
        assert call.batch.key in call.batch.item


@pytest.mark.parametrize(("kind", "read"), READS, ids=[f"{kind}-{read.operation}" for kind, read in READS])
def test_a_read_asks_for_what_the_operation_gives(models: Any, kind: str, read: Any) -> None:
    operation = models[api_of(kind).service].operation_model(read.operation)
    if read.sends:
        check_template(operation.input_shape, read.sends)
    assert set(operation.input_shape.required_members if operation.input_shape else ()) <= set(read.sends)
    member = getattr(read, "items", None) or getattr(read, "member", None)
    assert member is None or member in operation.output_shape.members
    page = getattr(read, "page_size", None)
    assert page is None or page <= operation.input_shape.members["MaxResults"].metadata["max"]


@pytest.mark.parametrize("kind", [kind for _, kind in KINDS], ids=[name for name, _ in KINDS])
def test_fields_and_facts_are_members_of_the_live_object(models: Any, kind: type[Resource]) -> None:
    model = models[kind.api.service]
    paths = [trait.wire.path for trait in kind.traits().values() if trait.wire]
    paths += [*kind.api.facts.values(), *([kind.api.id] if kind.api.id else [])]
    for path in paths:
        assert any(has_path(shape, path) for shape in live_shapes(model, kind)), f"{kind.kind}: no member {path}"


def live_shapes(model: Any, kind: type[Resource]) -> Iterator[Any]:
    for listing in kind.api.listing:
        yield model.operation_model(listing.operation).output_shape.members[listing.items].member
    for detail in kind.api.details:
        yield model.operation_model(detail.operation).output_shape


def has_path(shape: Any, path: str) -> bool:
    first, _, rest = path.partition(".")
    if getattr(shape, "type_name", "") != "structure" or first not in shape.members:
        return False
    return not rest or has_path(shape.members[first], rest)


@pytest.mark.parametrize("kind", [kind for _, kind in KINDS], ids=[name for name, _ in KINDS])
def test_the_declaration_of_a_kind_holds_together(kind: type[Resource]) -> None:
    fields = set(kind.traits())
    for call in kind.api.calls():
        assert set(call.sets) | set(call.clears) <= fields, call.name
        for source in sources(call.sends, call.batch.item if call.batch else None):
            assert not isinstance(source, Of) or source.field in fields
    names = [call.name for call in (*kind.api.updates, *(c for c in (kind.api.create, kind.api.restore) if c))]
    assert len(names) == len(set(names)), "two calls of one change would be one step"
    assert len({call.name for call in kind.api.retire}) == len(kind.api.retire)
    operations = {call.name for call in kind.api.calls()} | {call.operation for call in kind.api.calls()}
    for rule in kind.gates:
        assert set(rule.holds) <= operations | {"*"}, rule.name
    assert kind.__doc__ and all(trait.description for trait in kind.traits().values())
    assert (parent_of(kind) is None) == (len(kind.path) <= 2)
    assert kind_at(tuple("x" if part == "*" else part for part in kind.path)) is kind


def sources(*templates: Any) -> Iterator[Any]:
    for template in templates:
        if isinstance(template, Mapping):
            yield from sources(*template.values())
        elif isinstance(template, Of | Made | OwnId | ParentId):
            yield template


def test_fields_that_can_change_have_a_call_that_changes_them() -> None:
    for name, kind in KINDS:
        reachable = {field for call in kind.api.updates for field in (*call.sets, *call.clears)}
        made = set(kind.api.create.sets) if kind.api.create else set()
        for field, trait in kind.traits().items():
            if trait.local:
                continue
            assert field in reachable or trait.fixed or trait.from_key, f"{name}.{field} could never be set right"
            assert field in reachable | made, f"{name}.{field} is never sent"
