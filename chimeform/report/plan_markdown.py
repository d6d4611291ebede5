"""A plan as Markdown, for the comment of a pull request: the sum first, what people decide on, and the rest folded.

A comment never becomes longer than its host takes. Sections are left out whole, the least important first, and the last
line says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..plan import Action, PlannedConsequence, PlannedField, Refusal
from .markdown import code, escaped
from .model import ChangeEntry, Group, PlanReport, severity_rank
from .moments import date_only, date_time
from .page import cut
from .plan_text import WHO, summary_words

LIMIT = 60_000
"""Characters. GitHub takes 65,536 in a comment, and whoever posts it adds a marker and a link."""

OPEN_UP_TO = 10
"""More changes than these are folded away, group by group."""

_SERIOUS = ("destructive", "irreversible")


@dataclass(frozen=True)
class _Section:
    """A part of the comment; a lower `rank` stays longer."""

    rank: int
    text: str


def plan_markdown(report: PlanReport, *, artifact: str = "") -> str:
    """The whole plan as far as it fits. `artifact` is the saved plan, which has what does not."""
    sections = list(_sections(report, artifact))
    kept = list(sections)
    left_out = 0
    while _length(kept) > LIMIT and len(kept) > 1:
        worst = max(range(len(kept)), key=lambda at: (kept[at].rank, at))
        del kept[worst]
        left_out += 1
    texts = [one.text for one in kept]
    if left_out:
        where = f"the saved plan {code(artifact)}" if artifact else "`chimeform plan -v`"
        texts.append(f"_{left_out} sections are left out, because a comment cannot be longer; {where} has all of it._")
    return "\n\n".join(texts)


def _length(sections: Sequence[_Section]) -> int:
    return sum(len(one.text) + 2 for one in sections)


def _sections(report: PlanReport, artifact: str) -> Iterator[_Section]:
    plan = report.plan
    environment = f", environment {plan.environment}" if plan.environment else ""
    account = f", AWS account {plan.aws_account}" if plan.aws_account else ""
    title = "Plan to destroy" if plan.purpose == "destroy" else "Plan for"
    first, *others = summary_words(report)
    head = f"## {escaped(f'{title} {plan.workspace}{environment}{account}')}\n\n**{escaped(first)}**"
    yield _Section(0, "\n".join([head, *(f"\n{escaped(line)}" for line in others)]))
    yield from _listed(1, "Refused", _refusals(plan.refusals))
    yield from _listed(1, "Not read", _unread(report))
    yield from _listed(2, "Warnings", _refusals(plan.warnings))
    yield from _listed(2, "What cannot be undone", _serious(report))
    is_long = sum(len(group.entries) for group in report.groups) > OPEN_UP_TO
    for group in report.groups:
        yield from _group(group, is_folded=is_long)
    yield from _listed(3, "Waiting", _gates(report), is_folded=True)
    yield from _listed(3, "Dates", _dates(report), is_folded=True)
    yield from _listed(5, "Left out", (f"- {code(one)}" for one in plan.left_out), is_folded=True)
    unmanaged = (f"- {code(one.address)} {escaped(one.name)}".rstrip() for one in plan.unmanaged)
    yield from _listed(6, "Unmanaged", unmanaged, is_folded=True)
    saved = f"Saved as {code(artifact)}. " if artifact else ""
    yield _Section(0, f"<sub>{saved}Fingerprint {code(plan.fingerprint[:16])}</sub>")


# ---------------------------------------------------------------- changes

_PART = 50
"""How many changes stand in one section, so that a long collection can be shown in part."""


def _group(group: Group, *, is_folded: bool) -> Iterator[_Section]:
    entries = group.entries
    for start in range(0, len(entries), _PART):
        part = entries[start : start + _PART]
        more = f" ({start + 1} to {start + len(part)})" if len(entries) > _PART else ""
        lines = "\n".join(line for entry in part for line in _change(entry))
        title = f"{group.title}{more}"
        yield _Section(4, _fold(f"{title}: {len(part)}", lines) if is_folded else f"### {escaped(title)}\n\n{lines}")


def _change(entry: ChangeEntry) -> Iterator[str]:
    change = entry.change
    reason = f" {escaped(entry.reason)}" if entry.reason else ""
    moved = f" (was {code(change.moved_from)})" if change.moved_from else ""
    needed = " (needed by what `--target` names)" if entry.is_needed else ""
    yield f"- **{change.action.value}** {code(change.address)}{reason}{moved}{needed}"
    if entry.waits_for:
        what = "waits" if change.action is Action.WAIT else "a part of it waits"
        yield f"  - {what}: {escaped('; '.join(entry.waits_for))}"
    for field in change.fields:
        yield f"  - {_field(entry, field)}"
    for consequence in sorted(change.consequences, key=severity_rank, reverse=True):
        yield f"  - {_consequence(consequence)}"


def _field(entry: ChangeEntry, field: PlannedField) -> str:
    before, after = code(cut(field.before_text)), code(cut(field.after_text))
    why = entry.cause_of(field)
    note = f" ({escaped(why)})" if why else ""
    return f"{escaped(field.name)}: {after if entry.is_new else f'{before} → {after}'}{note}"


def _consequence(one: PlannedConsequence) -> str:
    strong = "**" if one.severity in _SERIOUS else ""
    return f"{strong}{one.severity}{strong} ({escaped(one.name)}): {escaped(one.text)}"


# ---------------------------------------------------------------- what stands beside the changes


def _refusals(refusals: Sequence[Refusal]) -> Iterator[str]:
    for one in refusals:
        why = f": {escaped(one.why)}" if one.why else ""
        do = f" **Do:** {escaped(one.do)}." if one.do else ""
        waive = f" **Or:** {code(f'--waive {one.waive} --reason …')}, which the history keeps." if one.waive else ""
        yield f"- {escaped(one.summary)} ({one.code}){why}.{do}{waive}"


def _unread(report: PlanReport) -> Iterator[str]:
    for one in report.plan.unread:
        do = f" **Do:** {escaped(one.do)}." if one.do else ""
        yield f"- {code(one.address)}: {escaped(one.reason)} ({one.code}).{do}"


def _serious(report: PlanReport) -> Iterator[str]:
    for change, consequence in report.plan.consequences():
        if consequence.severity in _SERIOUS:
            yield f"- {code(change.address)}: {_consequence(consequence)}"


def _gates(report: PlanReport) -> Iterator[str]:
    for entry in report.gates:
        since = f", since {date_only(entry.since)}" if entry.since else ""
        opens = f", opens {date_time(entry.opens)}" if entry.opens else ""
        overdue = ", overdue" if entry.is_overdue else ""
        turn = f"{WHO[entry.gate.who]}: {entry.gate.title}{since}{opens}{overdue}"
        yield f"- {code(entry.gate.address)}: {escaped(turn)}"


def _dates(report: PlanReport) -> Iterator[str]:
    for one in report.plan.calendar:
        yield f"- {date_time(one.at)}: {code(one.address)} {escaped(one.text)}"


SHOWN = 50
"""How many lines one list shows."""


def _listed(rank: int, title: str, lines: Iterator[str], *, is_folded: bool = False) -> Iterator[_Section]:
    told = list(lines)
    if told:
        more = [f"- and {len(told) - SHOWN} more"] if len(told) > SHOWN else []
        text = "\n".join([*told[:SHOWN], *more])
        yield _Section(rank, _fold(f"{title}: {len(told)}", text) if is_folded else f"### {title}\n\n{text}")


def _fold(title: str, text: str) -> str:
    return f"<details><summary>{escaped(title)}</summary>\n\n{text}\n\n</details>"
