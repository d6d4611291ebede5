"""What people and programs are told of a one-off operation: what would be done, and what was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ServiceError
from ..report.json_text import to_json
from ..report.page import harmless

if TYPE_CHECKING:
    from ..doing import Deed
    from ..looking import Item, Looked
    from ..resources.base import OneOff
    from ..undertaking import Undertaking

_MOST_SHOWN = 20


def undertaking_text(undertaking: Undertaking, *, is_full: bool) -> str:
    """What would be done, for whom, and what it means for them."""
    one_off, consequence = undertaking.one_off, undertaking.one_off.consequence
    assert consequence is not None
    return "\n".join(
        map(
            harmless,
            [
                f"{one_off.name}: {one_off.title}",
                "",
                *_some([f"  {one}" for one in undertaking.asked_for], is_full=is_full),
                *_some(list(_skipped(undertaking)), is_full=is_full),
                "",
                f"{consequence.severity} ({consequence.name}): {consequence.text}  [{consequence.source}]",
            ],
        )
    )


def question(undertaking: Undertaking) -> str:
    count = len(undertaking.targets)
    return f"Do it {'once' if count == 1 else f'for all {count}'}? Only 'yes' is taken for a yes: "


def deed_text(deed: Deed, *, is_full: bool) -> str:
    outcomes, one_off = deed.outcomes, deed.undertaking.one_off
    lines = [f"not known whether it happened: {one}; that run was cut off" for one in deed.cut_off]
    if not deed.undertaking.targets:
        lines += _some(list(_skipped(deed.undertaking)), is_full=is_full)
        return "\n".join(map(harmless, [*lines, f"Nothing to do: {one_off.name} makes sense for none of them."]))
    done = []
    for address in sorted(outcomes.done):
        done.append(f"done  {address}  {one_off.done}")
        done += _parts(outcomes.shown.get(address, {}), "      ")
    lines += _some(done, is_full=is_full)
    for address, error in sorted(outcomes.failed.items(), key=lambda pair: pair[0]):
        lines += _failure(str(address), error)
    lines += _some([f"not reached  {address}" for address in sorted(outcomes.not_reached)], is_full=is_full)
    counts = {"done": outcomes.done, "failed": outcomes.failed, "not reached": outcomes.not_reached}
    lines.append(", ".join(f"{len(found)} {name}" for name, found in counts.items() if found))
    return "\n".join(map(harmless, lines))


def deed_json(deed: Deed) -> str:
    outcomes, one_off = deed.outcomes, deed.undertaking.one_off
    told = {
        "operation": one_off.name,
        "run": deed.run,
        "done": [{"address": str(one), **outcomes.shown.get(one, {})} for one in sorted(outcomes.done)],
        "failed": [
            {
                "address": str(address),
                "code": error.code,
                "summary": error.summary,
                "why": error.why,
                "do": error.do,
                "request_id": error.request_id,
            }
            for address, error in sorted(outcomes.failed.items(), key=lambda pair: pair[0])
        ],
        "not_reached": [str(one) for one in sorted(outcomes.not_reached)],
        "skipped": [{"address": str(one), "why": found.what} for one, found in deed.undertaking.skipped.items()],
        "cut_off": list(deed.cut_off),
        "interrupted": outcomes.is_interrupted,
    }
    return to_json(told)


def looked_text(looked: Looked) -> str:
    """What a look has shown, item by item."""
    blocks = ["\n".join(map(harmless, _item(looked.one_off, item))) for item in looked.items]
    # what is one line each stands line by line
    between = "\n\n" if looked.one_off.shows else "\n"
    return between.join(blocks) or f"Nothing {looked.one_off.done}."


def looked_json(looked: Looked) -> str:
    told = {
        "operation": looked.one_off.name,
        "items": [_told(looked.one_off, item) for item in looked.items],
        "is_whole": looked.is_whole,
    }
    return to_json(told)


def _item(one_off: OneOff, item: Item) -> Iterator[str]:
    if not one_off.shows:
        yield str(item.seen)
        return
    if one_off.judges:
        yield one_off.judges(item.seen).text
    if item.at:
        yield str(item.at)
    yield from _parts(item.seen, "  ")


def _told(one_off: OneOff, item: Item) -> Any:
    if not one_off.shows:
        return item.seen
    judged = {"is_good": one_off.judges(item.seen).is_good} if one_off.judges else {}
    return {**({"at": str(item.at)} if item.at else {}), **judged, **item.seen}


def _parts(shown: Mapping[str, Any], margin: str) -> Iterator[str]:
    """What is shown of an answer, a line for each part; a part that has several of the same has a line for each."""
    for name, value in shown.items():
        label = f"{margin}{name.replace('_', ' ')}:"
        if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            yield label
            yield from (f"{margin}  {_in_a_line(one)}" for one in value)
        else:
            yield f"{label} {_in_a_line(value)}"


def _in_a_line(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {part}" for name, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _skipped(undertaking: Undertaking) -> Iterator[str]:
    return (f"  left out  {address}: it {found.what}" for address, found in undertaking.skipped.items())


def _failure(address: str, error: ServiceError) -> Iterator[str]:
    yield f"failed  {address}: error[{error.code}]: {error.summary}"
    if error.why:
        yield f"    why: {error.why}"
    yield f"    do:  {error.do}"
    if error.request_id:
        yield f"    request id: {error.request_id}"


def _some(lines: list[str], *, is_full: bool) -> list[str]:
    """All of them, or the first and how many more there are."""
    if is_full or len(lines) <= _MOST_SHOWN:
        return lines
    return [*lines[:_MOST_SHOWN], f"  and {len(lines) - _MOST_SHOWN} more, which -v shows"]
