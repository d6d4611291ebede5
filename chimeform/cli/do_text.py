"""What people and programs are told of a one-off operation: what would be done, and what was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ServiceError
from ..report.page import harmless

if TYPE_CHECKING:
    from ..doing import Deed
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
                *_some([f"  {one}" for one in undertaking.about], is_full=is_full),
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
        done += [f"      {name}: {value}" for name, value in outcomes.shown.get(address, {}).items()]
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
    return json.dumps(told, indent=2, ensure_ascii=False)


def items_text(one_off: OneOff, items: Sequence[Any]) -> str:
    return "\n".join(harmless(str(item)) for item in items) or f"Nothing {one_off.done}."


def items_json(one_off: OneOff, items: Sequence[Any]) -> str:
    return json.dumps({"operation": one_off.name, "items": list(items)}, indent=2, ensure_ascii=False)


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
