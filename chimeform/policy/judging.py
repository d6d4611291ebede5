"""Rules over a plan: what they refuse, and what they warn of. Pure: the same plan and rules give the same answers.

A rule that cannot be evaluated refuses, whatever its severity: nothing passes because nobody could look at it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from ..address import Address
from ..language.rules import Exemption, Rule, RuleSet
from ..plan import Plan, PlannedChange, Refusal
from .cel import Failed, evaluate
from .facts import Outside, change_facts, plan_facts

GUARD = "policy"


@dataclass(frozen=True)
class Verdict:
    refusals: tuple[Refusal, ...]
    warnings: tuple[Refusal, ...]


def judge_plan(plan: Plan, sets: Sequence[RuleSet], outside: Outside) -> Verdict:
    """What the rules say to the plan, in the order of the sets, their rules and the changes."""
    refusals: list[Refusal] = []
    warnings: list[Refusal] = []
    whole, view = plan_facts(plan), _View(plan)
    for one in sets:
        common = {
            "plan": whole,
            "env": plan.environment or "",
            "values": dict(outside.values),
            "settings": dict(one.settings),
            "now": outside.now,
        }
        for rule in one.rules:
            asked = {kind: list(outside.declared.get(kind, ())) for kind in rule.entry.declared}
            for found in _ask(rule, view, {**common, **({"declared": asked} if asked else {})}, outside):
                is_warning = rule.entry.severity == "warning" and found.code == "CF-POL-001"
                (warnings if is_warning else refusals).append(found)
    return Verdict(tuple(refusals), tuple(warnings))


class _View:
    """The changes as rules see them, each made once for all rules."""

    def __init__(self, plan: Plan) -> None:
        self.changes = plan.changes
        self._facts: dict[str, dict[str, Any]] = {}

    def facts(self, change: PlannedChange) -> dict[str, Any]:
        if change.address not in self._facts:
            self._facts[change.address] = change_facts(change)
        return self._facts[change.address]


def _ask(rule: Rule, view: _View, common: Mapping[str, Any], outside: Outside) -> Iterator[Refusal]:
    today = outside.now.astimezone(UTC).date()
    running = [one for one in rule.entry.exceptions if today <= one.until]
    over = [one for one in rule.entry.exceptions if today > one.until]
    seen = [change for change in view.changes if matches(rule, change) and not _excepting(running, change.address)]
    if rule.entry.over == "plan":
        facts = [view.facts(change) for change in seen]
        yield from _answer(rule, {**common, "changes": facts}, None, ())
        return
    for change in seen:
        yield from _answer(
            rule, {**common, "change": view.facts(change)}, change.address, _excepting(over, change.address)
        )


def matches(rule: Rule, change: PlannedChange) -> bool:
    """Whether the rule looks at the change."""
    wanted = rule.entry.match
    if wanted.kinds and change.kind not in wanted.kinds:
        return False
    if wanted.actions and change.intended.value not in wanted.actions:
        return False
    if wanted.fields and not any(one.name in wanted.fields for one in change.fields):
        return False
    return not wanted.addresses or _fits(change.address, wanted.addresses)


def _fits(address: str, globs: Sequence[str]) -> bool:
    parsed = Address.parse(address)
    return any(parsed.matches(Address.parse(glob)) for glob in globs)


def _excepting(exceptions: Sequence[Exemption], address: str) -> tuple[Exemption, ...]:
    return tuple(one for one in exceptions if _fits(address, one.addresses))


def _answer(
    rule: Rule, values: Mapping[str, Any], address: str | None, ended: Sequence[Exemption]
) -> Iterator[Refusal]:
    """A refusal, unless the rule is true."""
    try:
        answer = evaluate(rule.condition, values)
        if answer is True:
            return
        if answer is not False:
            raise Failed(f"it gives {_shown(answer)}, and not true or false")
        message = "".join(part if isinstance(part, str) else _shown(evaluate(part, values)) for part in rule.message)
    except Failed as error:
        yield _not_evaluated(rule, address, str(error))
        return
    past = "".join(f"; its exception for this address ended with {one.until}" for one in ended)
    about = f": {rule.entry.why}" if rule.entry.why else ""
    yield Refusal(
        guard=GUARD,
        code="CF-POL-001",
        address=address,
        summary=_named(address, message),
        why=f"the rule {_rule_words(rule)} says so{about}{past}",
        do=rule.entry.do or "change what is planned, or give the rule an exception with a reason and an end",
        waive=rule.id,
    )


def _not_evaluated(rule: Rule, address: str | None, reason: str) -> Refusal:
    return Refusal(
        guard=GUARD,
        code="CF-POL-002",
        address=address,
        summary=_named(address, f"the rule {rule.id} cannot be evaluated: {reason}"),
        why="a rule that nobody could ask has not agreed",
        do=f"correct it: {rule.place}",
        waive=rule.id,
    )


def _rule_words(rule: Rule) -> str:
    return rule.id if rule.place == rule.id.rpartition(".")[0] else f"{rule.id} ({rule.place})"


def _named(address: str | None, text: str) -> str:
    return f"{address}: {text}" if address else text


def _shown(value: Any) -> str:
    """A value as people read it. Lists are sorted: those that come from a mapping have no order of their own."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "nothing"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list):
        return ", ".join(sorted(map(_shown, value)))
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
