"""A plan as a page: for whoever reviews it in a browser, on a phone or on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..plan import Action, Plan, Refusal
from .gate_rows import gate_dates, gate_nodes, gate_row, holders, in_order
from .html import html
from .model import ChangeEntry, GateEntry, PlanReport, severity_rank
from .page import Look, Page
from .picture import Node
from .plan_text import COUNTED, SYMBOLS, WHO, call_words, field_parts, nothing_to_do, write_title
from .web_page import (
    Alarm,
    AlarmEntry,
    Aside,
    Command,
    FieldLine,
    Row,
    RowGroup,
    Tile,
    Traits,
    WebPage,
    command_line,
    listed,
    unread_alarm,
)


def plan_html(report: PlanReport) -> str:
    """The file."""
    return html(plan_page(report))


def plan_page(report: PlanReport) -> WebPage:
    plan = report.plan
    return WebPage(
        title=_title(report),
        subtitle=f"Fingerprint {plan.fingerprint[:12]}" if plan.fingerprint else "",
        heading="What changes" if plan.changes else "What waits",
        at=report.at.isoformat(),
        tiles=tuple(_tiles(report)),
        summary=tuple(_summary(report)),
        commands=tuple(_commands(report)),
        alarms=(*_refusals(plan), *unread_alarm(plan.unread)),
        groups=tuple(_groups(report)),
        picture_words="An arrow leads from what is done first to what needs it, and from a gate to what it holds.",
        nodes=_nodes(report),
        calendar=in_order((*plan.calendar, *gate_dates(report.gates))),
        asides=tuple(_asides(report)),
    )


def _title(report: PlanReport) -> str:
    page = Page(Look())
    write_title(page, report)
    return page.text()


def _tiles(report: PlanReport) -> Iterator[Tile]:
    for action, count in report.counts.items():
        yield Tile(count, COUNTED[action], SYMBOLS[Action(action)][1])
    if report.gates:
        yield Tile(len(report.gates), f"gate{'s' if len(report.gates) != 1 else ''}", "gate")
    if report.plan.refusals:
        yield Tile(len(report.plan.refusals), "refused", "bad")
    if count := len(report.plan.warnings):
        yield Tile(count, f"warning{'s' if count != 1 else ''}", "change")
    if report.plan.unread:
        yield Tile(len(report.plan.unread), "not read", "bad")


def _summary(report: PlanReport) -> Iterator[str]:
    plan = report.plan
    if plan.is_empty:
        yield nothing_to_do(report)
    elif plan.writes:
        yield f"{call_words(plan.writes)}."


def _commands(report: PlanReport) -> Iterator[Command]:
    plan = report.plan
    if not plan.is_empty and not plan.refusals:
        yield Command("Do it:", command_line(plan.purpose, plan.environment, plan.targets, plan.excludes))
    if report.gates:
        yield Command("See what waits for whom:", command_line("pending", plan.environment))


def _refusals(plan: Plan) -> Iterator[Alarm]:
    if plan.refusals:
        note = "Nothing of this plan is done as long as one of these stands."
        yield Alarm("Refused", note, tuple(_refusal(one, plan) for one in plan.refusals))
    if plan.warnings:
        note = "The plan is not refused for these."
        yield Alarm("Warnings", note, tuple(_refusal(one, plan) for one in plan.warnings), style="warned")


def _refusal(one: Refusal, plan: Plan) -> AlarmEntry:
    told = [
        f"Why: {one.why}" if one.why else "",
        f"Do: {one.do}" if one.do else "",
        f"Or: --waive {one.waive} --reason '…', which the history keeps" if one.waive else "",
    ]
    return AlarmEntry(one.summary, one.code, tuple(line for line in told if line), _consent(one, plan))


def _consent(one: Refusal, plan: Plan) -> str:
    """The command that consents to what was refused for want of it; empty for any other refusal."""
    names = [
        consequence.name
        for change, consequence in plan.consequences()
        if one.guard == "consent" and change.address == one.address and consequence.text in one.summary
    ]
    more = [word for name in dict.fromkeys(names) for word in ("--accept", name)]
    return command_line(plan.purpose, plan.environment, plan.targets, plan.excludes, more) if more else ""


# ---------------------------------------------------------------- rows


def _groups(report: PlanReport) -> Iterator[RowGroup]:
    held = holders(report.gates)
    for group in report.groups:
        yield RowGroup(group.title, tuple(_row(one, held.get(one.change.address, ())) for one in group.entries))
    rows = tuple(
        gate_row(entry, "overdue" if entry.is_overdue else "waiting", report.at, report.plan.environment)
        for entry in report.gates
    )
    if rows:
        yield RowGroup("Gates", rows)


def _row(entry: ChangeEntry, gates: Sequence[GateEntry]) -> Row:
    change = entry.change
    symbol, style = SYMBOLS[change.action]
    consequences = tuple(sorted(change.consequences, key=severity_rank, reverse=True))
    what = "waits" if change.action is Action.WAIT else "a part of it waits"
    told = [
        entry.reason,
        f"was {change.moved_from}" if change.moved_from else "",
        "needed by what --target names" if entry.is_needed else "",
        f"{what}: {'; '.join(entry.waits_for)}" if entry.waits_for else "",
    ]
    return Row(
        address=change.address,
        word=f"{symbol} {change.action.value}",
        style=style,
        traits=Traits(
            happened=change.action.value,
            kind=change.kind.replace("_", " "),
            severity=consequences[0].severity if consequences else "",
            turns=tuple(WHO[one.gate.who] for one in gates),
        ),
        lines=tuple(line for line in told if line),
        fields=tuple(
            FieldLine(name, None if entry.is_new else before, after, (why,) if why else ())
            for name, before, after, why in field_parts(entry)
        ),
        consequences=consequences,
    )


# ---------------------------------------------------------------- the picture


def _nodes(report: PlanReport) -> tuple[Node, ...]:
    held = holders(report.gates)
    needs = _needs(report.plan)
    changes = (
        Node(
            change.address,
            change.action.value,
            SYMBOLS[change.action][1],
            (*needs.get(change.address, ()), *(entry.gate.id for entry in held.get(change.address, ()))),
        )
        for change in report.plan.changes
    )
    return (*gate_nodes(report.gates), *changes)


def _needs(plan: Plan) -> Mapping[str, Sequence[str]]:
    """What an address has to wait for, from the order of its steps."""
    owners = {step.id: step.address for step in plan.steps}
    needs: dict[str, dict[str, None]] = {}
    for step in plan.steps:
        for other in step.after:
            if owners.get(other, step.address) != step.address:
                needs.setdefault(step.address, {})[owners[other]] = None
    return {address: tuple(found) for address, found in needs.items()}


# ---------------------------------------------------------------- what is told beside it


def _asides(report: PlanReport) -> Iterator[Aside]:
    left = report.left_out
    needing = [f"{one} (needs something that is excluded)" for one in left.needing]
    yield from listed("Left out", "There the live objects stay different from the files.", [*left.not_chosen, *needing])
    yield from listed(
        "Unmanaged",
        "No file names them; they are left alone.",
        [f"{one.address} {one.name or one.id or ''}".rstrip() for one in report.plan.unmanaged],
    )
