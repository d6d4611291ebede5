"""Validation errors as diagnostics: what pydantic found, told in the words of the file, at the place that wrote it."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..diagnostics import Diagnostic, Position, nearest

Path = tuple[str | int, ...]


class Locate(Protocol):
    """The place of the value at a path, or of its key."""

    def __call__(self, path: Path, *, key: bool = False) -> Position: ...


Model = TypeVar("Model", bound=BaseModel)


class Origin(Protocol):
    """A file that knows what its templates gave before it became text."""

    @property
    def natives(self) -> Mapping[tuple[int, int], bool | int | float]: ...


_NOT_TEXT = {"bool_type", "int_type", "float_type", "bool_parsing", "int_parsing", "float_parsing"}


def validate(model: type[Model], values: dict[str, Any], native: Callable[[Path], Any]) -> Model:
    """The model of `values`. What templates gave is text, unless a field wants what `native` knows to be behind it."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        repaired = values
        for item in error.errors(include_url=False, include_context=False):
            path = _written_path(item)
            if item["type"] in _NOT_TEXT and (found := native(path)) is not None:
                repaired = _with(repaired, path, found)
        if repaired is values:
            raise
        return model.model_validate(repaired)


def native_at(origin: Origin, tree: Any, path: Path) -> bool | int | float | None:
    """The value behind the rendered text at `path`, if a template gave something other than text."""
    for step in path[:-1]:
        if not (isinstance(tree, dict) and step in tree) and not (isinstance(tree, list) and step in range(len(tree))):
            return None
        tree = tree[step]  # type: ignore[index]
    if not path or not isinstance(tree, dict | list):
        return None
    if isinstance(tree, list):
        return origin.natives.get((id(tree), int(path[-1]))) if isinstance(path[-1], int) else None
    keys = list(tree)
    return origin.natives.get((id(tree), 2 * keys.index(str(path[-1])) + 1)) if path[-1] in keys else None


def _with(values: Any, path: Path, value: Any) -> Any:
    """A copy of `values` in which `path` leads to `value`."""
    if not path:
        return value
    copy = values.copy()
    copy[path[0]] = _with(copy[path[0]], path[1:], value)
    return copy


_WANTED = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
    "dataclass_type": "a block of keys",
    "date_type": "a date",
    "none_required": "nothing",
}
_YES, _NO = {"yes", "on", "y", "true", "1"}, {"no", "off", "n", "false", "0"}


def diagnose(
    error: ValidationError,
    subject: str,
    model: type[BaseModel],
    locate: Locate,
    misspelt: Collection[str] = (),
) -> Iterator[Diagnostic]:
    """A diagnostic for every error. `subject` is the name of the block, in front of the field's.

    Fields that are `misspelt` were reported by the name under which they stand, and are not missing as well.
    """
    seen = set()
    for item in error.errors(include_url=False):
        path = _written_path(item)
        # a value that fits no member of a union gives one error for each member
        if (path, item["type"]) in seen or (item["type"] == "missing" and len(path) == 1 and path[0] in misspelt):
            continue
        seen.add((path, item["type"]))
        if "[key]" in item["loc"]:
            yield _not_a_name(item, name_of(subject, path[:-1]), locate(path, key=True))
            continue
        code, summary, why, do = _story(item, path, model)
        if item["type"] == "extra_forbidden":
            name, place = name_of(subject, path[:-1]), locate(path, key=True)
        elif item["type"] == "missing":
            name, place = name_of(subject, path[:-1]), locate(path[:-1], key=True)
        else:
            name, place = name_of(subject, path), locate(path)
        yield Diagnostic(code, f"{name}: {summary}", place, why=why, do=do)


def name_of(subject: str, path: Path) -> str:
    """`accounts.acme.lifecycle.ignore[0]`: how a value inside a block is named in messages."""
    text = subject
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _written_path(item: ErrorDetails) -> Path:
    # pydantic adds steps that no file contains, for the members of a union or a validator function
    return tuple(step for step in item["loc"] if isinstance(step, int) or "[" not in step)


def _story(item: ErrorDetails, path: Path, model: type[BaseModel]) -> tuple[str, str, str, str]:
    sort, value, context = item["type"], item["input"], item.get("ctx", {})
    last = next((step for step in reversed(path) if isinstance(step, str)), "the value")
    if sort.startswith("CF-"):
        return sort, item["msg"], str(context.get("why", "")), str(context.get("do", ""))
    if sort == "missing":
        return _missing(last, path, model)
    if sort == "extra_forbidden":
        return _unknown(last, path, model)
    if sort in _WANTED:
        return _wrong_type(last, _WANTED[sort], value)
    if sort in ("literal_error", "enum"):
        return _not_a_word(last, path, model, value, str(context.get("expected", "")))
    if sort == "string_pattern_mismatch":
        return _wrong_form(last, path, model, value, str(context.get("pattern", "")))
    if sort.endswith(("too_short", "too_long")):
        return _wrong_length(last, sort, value, context)
    if sort in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        return _out_of_range(last, sort, value, context)
    if sort.startswith("date") or (sort == "value_error" and date in _members(_annotation_at(model, path))):
        do = "write the year, month and day, like 2027-01-31"
        return "CF-DOC-014", f"{show(value)} is not a date", "dates are written as ISO 8601 has them", do
    about = _description(path, model)
    return (
        "CF-DOC-017",
        f"{show(value)} cannot be used: {item['msg']}",
        about or "the value does not fit",
        f"change {last!r}",
    )


def _missing(name: str, path: Path, model: type[BaseModel]) -> tuple[str, str, str, str]:
    about = _description(path, model)
    why = f"it has no default ({about})" if about else "it has no default"
    return "CF-DOC-011", f"{name!r} is missing", why, f"add '{name}: …' to the block"


def _unknown(name: str, path: Path, model: type[BaseModel]) -> tuple[str, str, str, str]:
    inner = _model_at(model, path[:-1])
    known = [info.alias or key for key, info in inner.model_fields.items()] if inner else []
    guess = nearest(name, known)
    why = f"the keys here are {', '.join(sorted(known))}" if known else "no such key is known here"
    do = f"did you mean {guess!r}?" if guess else "remove it, or look for the name that is meant"
    return "CF-DOC-010", f"there is no {name!r} here", why, do


def _wrong_type(name: str, wanted: str, value: Any) -> tuple[str, str, str, str]:
    summary = f"{show(value)} stands where {wanted} is wanted"
    if not isinstance(value, dict | list):
        summary = f"{show(value)} is {_sort(value)}, and {wanted} is wanted"
    if wanted == "text":
        if value is None:
            return (
                "CF-DOC-012",
                f"{name!r} has no value, and text is wanted",
                "the line ends after the colon",
                "write the value",
            )
        if isinstance(value, bool | int | float):
            quoted = str(value).lower() if isinstance(value, bool) else str(value)
            return "CF-DOC-012", summary, "without quotes YAML reads it so", f'write "{quoted}" in quotes'
    if wanted == "true or false" and isinstance(value, str):
        word = value.strip().lower()
        truth = "true" if word in _YES else "false" if word in _NO else ""
        why = (
            "words such as yes, no, on and off, and anything in quotes, are text"
            if truth
            else "the setting is on or off"
        )
        return "CF-DOC-012", summary, why, f"write {truth or 'true or false'} without quotes"
    if wanted == "a list" and not isinstance(value, dict):
        return "CF-DOC-012", summary, "the field takes several values", f"write [{show(value).strip(chr(39))}]"
    return "CF-DOC-012", summary, f"{name!r} takes {wanted}", f"write {wanted}"


def _not_a_word(name: str, path: Path, model: type[BaseModel], value: Any, expected: str) -> tuple[str, str, str, str]:
    words = _words_at(model, path) or [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(",")]
    guess = nearest(value.lower(), words) if isinstance(value, str) else None
    summary = f"{show(value)} is not one of {', '.join(words)}"
    return (
        "CF-DOC-013",
        summary,
        _description(path, model) or f"{name!r} takes these words only",
        f"did you mean {guess!r}?" if guess else f"write {' or '.join(words)}",
    )


def _wrong_form(name: str, path: Path, model: type[BaseModel], value: Any, pattern: str) -> tuple[str, str, str, str]:
    why = _description(path, model) or "the value has a fixed form"
    return (
        "CF-DOC-014",
        f"{show(value)} does not have the form of {name!r}",
        why,
        f"write it so that it matches {pattern}",
    )


def _wrong_length(name: str, sort: str, value: Any, context: dict[str, Any]) -> tuple[str, str, str, str]:
    short = sort.endswith("too_short")
    limit = context.get("min_length") if short else context.get("max_length")
    unit = ("character" if isinstance(value, str) else "item") + ("" if limit == 1 else "s")
    summary = f"{show(value)} is too {'short' if short else 'long'}"
    has = f"; this has {len(value)}" if hasattr(value, "__len__") else ""
    why = f"{name!r} takes {'at least' if short else 'at most'} {limit} {unit}{has}"
    return "CF-DOC-015", summary, why, "lengthen it" if short else "shorten it"


def _out_of_range(name: str, sort: str, value: Any, context: dict[str, Any]) -> tuple[str, str, str, str]:
    limit = next((context[key] for key in ("gt", "ge", "lt", "le") if key in context), "")
    than = {
        "greater_than": "more than",
        "greater_than_equal": "at least",
        "less_than": "less than",
        "less_than_equal": "at most",
    }[sort]
    return (
        "CF-DOC-016",
        f"{show(value)} is out of range",
        f"{name!r} is {than} {limit:g}",
        "write a number in the range",
    )


def show(value: Any) -> str:
    """A value for a message, short."""
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a block of keys"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:56]}...{text[-1]}"


def noun(kind: str) -> str:
    """The name of a kind with its article: `an account`, `a phone number`."""
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind.replace('_', ' ')}"


def _not_a_name(item: ErrorDetails, subject: str, place: Position) -> Diagnostic:
    context = item.get("ctx", {})
    if item["type"].startswith("CF-"):
        return Diagnostic(
            item["type"], f"{subject}: {item['msg']}", place, why=str(context["why"]), do=str(context["do"])
        )
    form = context.get("pattern")
    return Diagnostic(
        "CF-DOC-024",
        f"{subject}: {show(item['input'])} cannot be a name here",
        place,
        why=f"names here have the form {form}" if form else item["msg"],
        do="choose another name",
    )


def _sort(value: Any) -> str:
    if isinstance(value, bool):
        return "a truth value"
    if isinstance(value, int | float):
        return "a number"
    return "nothing" if value is None else "text"


# ---- what the model says about a path


def _annotation_at(model: type[BaseModel], path: Path) -> Any:
    at: Any = model
    for step in path:
        inner = _first_model(at)
        if isinstance(step, int):
            at = next(iter(_arguments(at)), Any)
        elif inner is not None:
            info = next((info for key, info in inner.model_fields.items() if step in (key, info.alias)), None)
            at = info.annotation if info else Any
        else:
            at = next(reversed(_arguments(at)), Any)
    return at


def _members(annotation: Any) -> Iterable[Any]:
    """The members of a union, or the annotation itself."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [inner for member in typing.get_args(annotation) for inner in _members(member)]
    return [annotation]


def _arguments(annotation: Any) -> list[Any]:
    return [argument for member in _members(annotation) for argument in typing.get_args(member) if argument is not ...]


def _first_model(annotation: Any) -> type[BaseModel] | None:
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            return member
    return None


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    return _first_model(_annotation_at(model, path))


def _words_at(model: type[BaseModel], path: Path) -> list[str]:
    members = _members(_annotation_at(model, path))
    return [
        str(word)
        for member in members
        if typing.get_origin(member) is typing.Literal
        for word in typing.get_args(member)
    ]


def _description(path: Path, model: type[BaseModel]) -> str:
    """The field's own words, as the reason."""
    if not path or isinstance(path[-1], int):
        return ""
    inner = _model_at(model, path[:-1])
    info = (
        next((info for key, info in inner.model_fields.items() if path[-1] in (key, info.alias)), None)
        if inner
        else None
    )
    text = (info.description or "") if info else ""
    return text[:1].lower() + text[1:].rstrip(".") if text else ""
