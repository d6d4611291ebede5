"""What `explain` knows: the facts of a kind, of a field or of a block of the language, read off their declarations."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter

from ..iam.permissions import action_of
from ..language.blocks import Workspace
from ..resources import kinds, parent_of
from ..resources.base import Api, Call, Detail, Find, Listing, OneOff, Resource, Trait
from ..resources.by_hand import filled
from ..resources.values import E164, CallingName, Email, RetentionPeriod

_EXAMPLE = Path(__file__).parent / "explain_example.yaml"
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class FieldFacts:
    """One key of a block. `marks` are sentences about how it behaves; `fields` are the keys of a block within it."""

    name: str
    type: str
    description: str
    is_required: bool = False
    default: str | None = None
    marks: tuple[str, ...] = ()
    fields: tuple[FieldFacts, ...] = ()


@dataclass(frozen=True)
class CallFacts:
    """One operation: what it is called for, the IAM action that allows it, and how many items one call takes."""

    operation: str
    purpose: str
    iam_action: str
    batch: int = 1


@dataclass(frozen=True)
class GateFacts:
    title: str
    who: str
    steps: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class OneOffFacts:
    """Something that `chimeform do` does once: the command, what it is for, and what it means for people."""

    command: str
    title: str
    consequence: str


@dataclass(frozen=True)
class KindFacts:
    kind: str
    path: str
    about: str
    example: str
    fields: tuple[FieldFacts, ...]
    calls: tuple[CallFacts, ...]
    gates: tuple[GateFacts, ...]
    retiring: str
    inside: tuple[str, ...]
    """The kinds that stand directly within it."""
    one_offs: tuple[OneOffFacts, ...] = ()


@dataclass(frozen=True)
class BlockFacts:
    """A block or value of the top level that is no resource."""

    facts: FieldFacts
    example: str


# ---------------------------------------------------------------- kinds


def kind_facts(kind: type[Resource]) -> KindFacts:
    return KindFacts(
        kind=kind.kind,
        path=".".join(kind.path).replace("*", "NAME"),
        about=inspect.getdoc(kind) or "",
        example=example_of(kind.path, _names_inside(kind)),
        fields=tuple(_with_marks(kind, facts) for facts in model_facts(kind)),
        calls=tuple(_merged(_calls(kind))),
        gates=tuple(_gates(kind)),
        retiring=kind.retire_means,
        inside=tuple(inner.kind for inner in kinds().values() if parent_of(inner) is kind),
        one_offs=tuple(map(_one_off, kind.one_offs)),
    )


def _one_off(one: OneOff) -> OneOffFacts:
    told = [
        f"--{given.name} {given.name.upper()}{'…' if given.is_several else ''}"
        for given in one.asks
        if given.is_required
    ]
    command = " ".join(["chimeform do", one.name, *([] if one.on == "nothing" else ["ADDR"]), *told])
    consequence = one.consequence
    means = f"{consequence.severity} ({consequence.name}): {consequence.text}" if consequence else "changes nothing"
    return OneOffFacts(command, one.title, f"{means} [{one.source}]")


def _gates(kind: type[Resource]) -> Iterator[GateFacts]:
    """Values that a plan fills in are shown by their names."""
    for gate in kind.gates:
        yield GateFacts(filled(gate.title, {}), gate.who, tuple(filled(step, {}) for step in gate.steps), gate.source)
    for work in kind.by_hand:
        yield GateFacts(filled(work.title, {}), "operator", tuple(filled(one, {}) for one in work.steps), work.source)


def first_sentence(kind: type[Resource]) -> str:
    """The first line of what the kind says about itself, for lists."""
    return (inspect.getdoc(kind) or "").split("\n", 1)[0].rstrip(".").removesuffix(":")


def _names_inside(kind: type[Resource]) -> set[str]:
    depth = len(kind.path)
    return {
        other.path[depth] for other in kinds().values() if len(other.path) > depth and other.path[:depth] == kind.path
    }


def _with_marks(kind: type[Resource], facts: FieldFacts) -> FieldFacts:
    names = {info.alias or name: name for name, info in kind.model_fields.items()}
    name = names[facts.name]
    trait = kind.traits()[name]
    return replace(
        facts, marks=tuple(_marks(kind, trait)), is_required=facts.is_required and trait.key_by_default is None
    )


def _marks(kind: type[Resource], trait: Trait) -> Iterator[str]:
    if trait.name == kind.shorthand:
        yield "can be written without its name, in place of the block"
    if trait.key_by_default:
        keys = "made of the keys of the block and of what contains it" if trait.key_by_default.with_containers else ""
        yield f"is {keys or 'the key of the block'} unless it is written"
    if trait.from_key:
        yield "is the key of the block, and not written inside of it"
    if trait.natural_key:
        yield "identifies the live object when no id is known"
    if trait.fixed:
        yield f"cannot change after creation: {trait.fixed.why}"
    yield from _references(trait)
    if trait.server_default:
        yield f"is {trait.text(trait.server_default.value)} on a fresh object"
    if trait.resets:
        back = f"goes back to {trait.text(trait.resets.to)}" if trait.resets.to is not None else "is taken away"
        yield f"{back} when the line is removed"
    if trait.console_only:
        yield "has no operation: a person sets it in the console, and 'chimeform pending done' remembers it"
    if trait.write_only:
        yield "is never shown by the service: what was applied last is taken for it"
    if trait.ours:
        yield "says how chimeform goes about it, and is never compared with the service"
    if trait.local:
        yield "concerns chimeform alone, and is never compared with the service"


def _references(trait: Trait) -> Iterator[str]:
    for ref in trait.refs:
        where = f"'{ref.at}' " if ref.at else ""
        yield f"{where}names a {' or a '.join(ref.kinds)}" + ("; only one may have it" if ref.exclusive else "")


def _calls(kind: type[Resource]) -> Iterator[CallFacts]:
    api = kind.api
    for listing in api.listing:
        yield _call(api, listing, "read")
    for find in api.find:
        yield _call(api, find, "look for it")
    if api.offer:
        yield _call(api, api.offer, "look for new ones")
    for detail in api.details:
        yield _call(api, detail, f"read {_listed(detail.fields)}")
    for call in api.creations:
        yield _call(api, call, "create")
    for call in api.updates:
        yield _call(api, call, f"change {_listed(dict.fromkeys((*call.sets, *call.clears)))}")
    for call in api.retire:
        yield _call(api, call, "retire")
    if api.restore:
        yield _call(api, api.restore, "restore")
    for one in kind.one_offs:
        yield from (_call(api, detail, f"do {one.name}") for detail in one.first)
        yield _call(api, one.call, f"do {one.name}")


def _merged(calls: Iterable[CallFacts]) -> Iterable[CallFacts]:
    """One entry an operation, with all that it is called for."""
    merged: dict[str, CallFacts] = {}
    for call in calls:
        known = merged.get(call.operation)
        purposes = dict.fromkeys([*(known.purpose.split("; ") if known else ()), call.purpose])
        merged[call.operation] = replace(call, purpose="; ".join(purposes))
    return merged.values()


def _call(api: Api, work: Call | Listing | Find | Detail, purpose: str) -> CallFacts:
    service = api.service_of(work)
    batch = work.batch.size if isinstance(work, Call) and work.batch else 1
    return CallFacts(work.operation, purpose, action_of(service, work.operation) or "", batch)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


# ---------------------------------------------------------------- the top level


@cache
def blocks() -> Mapping[str, BlockFacts]:
    """Every block and value of the top level that is no resource, by its name."""
    return {facts.name: BlockFacts(facts, example_of((facts.name,), set())) for facts in model_facts(Workspace)}


# ---------------------------------------------------------------- fields, in words


def model_facts(model: type[BaseModel]) -> tuple[FieldFacts, ...]:
    """The keys of a block, in the order of its declaration; `lifecycle`, which every resource has, comes last."""
    schema = model.model_json_schema(by_alias=True)
    found = _block(schema, schema.get("$defs", {}))
    return tuple(sorted(found, key=lambda facts: facts.name == "lifecycle"))


def _block(schema: Schema, definitions: Schema) -> tuple[FieldFacts, ...]:
    required = schema.get("required", ())
    return tuple(
        FieldFacts(
            name=name,
            type=_words(written, definitions),
            description=written.get("description", ""),
            is_required=name in required,
            default=_default(written),
            fields=_inner(written, definitions),
        )
        for name, written in schema.get("properties", {}).items()
    )


def _inner(written: Schema, definitions: Schema) -> tuple[FieldFacts, ...]:
    """The keys of the block that the value is, or that each of its items is."""
    core = _core(written, definitions)
    if "properties" not in core:
        named = [core.get("additionalProperties"), *core.get("patternProperties", {}).values()]
        core = _core(next((one for one in (core.get("items"), *named) if isinstance(one, dict)), {}), definitions)
    return _block(core, definitions) if "properties" in core else ()


def _core(written: Schema, definitions: Schema) -> Schema:
    """What a value must be: without "or nothing", and with a name for a definition replaced by it."""
    others = [one for one in written.get("anyOf", ()) if one.get("type") != "null"]
    if len(others) == 1:
        return _core(others[0], definitions)
    if "$ref" in written:
        return _core(definitions[written["$ref"].rpartition("/")[2]], definitions)
    return {**written, "anyOf": others} if others else written


@cache
def _known_patterns() -> Mapping[str, str]:
    named = {
        Email: "an e-mail address",
        E164: "a phone number in E.164 form, in quotes",
        CallingName: "2 to 15 letters, digits and blanks",
        RetentionPeriod: "a period such as '90 days', '12 weeks' or '7 years'",
    }
    return {TypeAdapter(kind).json_schema()["pattern"]: words for kind, words in named.items()}


def _words(written: Schema, definitions: Schema) -> str:
    core = _core(written, definitions)
    if "anyOf" in core:
        return " or ".join(_words(one, definitions) for one in core["anyOf"])
    if "const" in core:
        return str(core["const"])
    if "enum" in core:
        return f"one of {_listed(core['enum'])}"
    match core.get("type"):
        case "boolean":
            return "true or false"
        case "integer":
            return f"a whole number{_range(core)}"
        case "number":
            return f"a number{_range(core)}"
        case "array":
            return f"a list; each item: {_words(core.get('items', {}), definitions)}"
        case "object":
            return "a block" if "properties" in core else "names with values"
        case _:
            return _text_words(core)


def _text_words(core: Schema) -> str:
    if core.get("format") == "date":
        return "a date such as 2027-01-31"
    if known := _known_patterns().get(core.get("pattern", "")):
        return known
    shortest, longest = core.get("minLength"), core.get("maxLength")
    if longest:
        return f"text of {shortest or 0} to {longest} characters"
    return "text"


def _range(core: Schema) -> str:
    lowest, above = core.get("minimum"), core.get("exclusiveMinimum")
    highest = core.get("maximum")
    low = f"from {lowest:g}" if lowest is not None else f"above {above:g}" if above is not None else ""
    high = f"up to {highest:g}" if highest is not None else ""
    said = " ".join(part for part in (low, high) if part)
    return f", {said}" if said else ""


def _default(written: Schema) -> str | None:
    default = written.get("default")
    if default in (None, [], {}, ()):
        return None
    return (
        str(default).lower()
        if isinstance(default, bool)
        else f"{default:g}"
        if isinstance(default, float)
        else str(default)
    )


# ---------------------------------------------------------------- examples


@cache
def _example() -> Mapping[str, Any]:
    import yaml

    loaded: Mapping[str, Any] = yaml.safe_load(_EXAMPLE.read_text(encoding="utf-8"))
    return loaded


def example_of(path: Sequence[str], without: set[str]) -> str:
    """The part of the example at `path`, in its place, `without` the kinds that stand within it."""
    import yaml

    at = _part(_example(), path, without)
    # a single plain value would stand in braces
    flow = None if isinstance(next(iter(at.values())), dict | list) else False
    return yaml.dump(at, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=110, default_flow_style=flow)


def _part(at: Any, path: Sequence[str], without: set[str]) -> Any:
    """What stands at `path`, in every place that has it, and nothing else; None where there is none."""
    if not path:
        return _without(at, without)
    if isinstance(at, list):
        at = {key: {} for key in at}
    if not isinstance(at, dict):
        return None
    chosen = at if path[0] == "*" else {path[0]: at[path[0]]} if path[0] in at else {}
    found = {name: _part(item, path[1:], without) for name, item in chosen.items()}
    return {name: part for name, part in found.items() if part is not None} or None


def _without(block: Any, names: set[str]) -> Any:
    return {name: value for name, value in block.items() if name not in names} if isinstance(block, dict) else block


@cache
def _dumper() -> type[Any]:
    """YAML as this project writes it: double quotes where there must be quotes."""
    import yaml

    class Dumper(yaml.SafeDumper):
        def represent_text(self, text: str) -> yaml.ScalarNode:
            plain = yaml.safe_load(text) == text and not text.startswith(("+", "http://", "https://"))
            return self.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')

    Dumper.add_representer(str, Dumper.represent_text)
    return Dumper
