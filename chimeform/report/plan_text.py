"""A plan as text: what changes and why, what it means for whom, what waits, what is refused, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ..address import Address
from ..plan import Action, PlannedConsequence, PlannedField, PlannedGate, Refusal, UnmanagedObject, UnreadObject
from .model import ChangeEntry, Fold, GateEntry, PlanReport, fold, list_names, severity_rank
from .moments import date_only, date_time, span
from .page import Look, Page, Piece, Styled, cut

FOLD_ABOVE, FOLD_KEEP = 10, 3
"""More than ten changes of a kind that are alike show three of them."""
NAMES_SHOWN = 5

SYMBOLS = {
    Action.CREATE: ("+", "good"),
    Action.UPDATE: ("~", "change"),
    Action.RETIRE: ("-", "bad"),
    Action.RESTORE: ("↺", "good"),
    Action.ADOPT: ("=", "calm"),
    Action.FORGET: ("∅", "calm"),
    Action.WAIT: ("…", "faint"),
}


def mark(action: Action, word: str, look: Look) -> Styled:
    """The symbol and the word that a line about a change begins with."""
    symbol, style = SYMBOLS[action]
    return Styled(f"{'.' if symbol == '…' and not look.drawing else symbol} {word}", style)


_SEVERITY_STYLES = {"notice": "faint", "caution": "change", "destructive": "danger", "irreversible": "danger"}
COUNTED = {
    "create": "to create",
    "update": "to update",
    "retire": "to retire",
    "restore": "to restore",
    "adopt": "to adopt",
    "forget": "to forget",
    "wait": "waiting",
}
WHO = {
    "operator": "an administrator",
    "invitee": "the invited person",
    "carrier": "the carrier",
    "service": "Amazon Chime",
    "clock": "the clock",
}


def plan_text(report: PlanReport, look: Look) -> str:
    """The whole plan. With `look.full` nothing is folded or cut."""
    page = Page(look)
    write_title(page, report)
    for group in report.groups:
        page.blank()
        page.line(Styled(group.title, "strong"))
        for folded in fold(group.entries, _alike, above=_limit(look), keep=FOLD_KEEP):
            _write_changes(page, folded, look)
    write_gates(page, report.gates, report.at)
    write_unread(page, report.plan.unread)
    write_refusals(page, report.plan.refusals, look)
    _write_warnings(page, report.plan.warnings)
    _write_left_out(page, report)
    write_unmanaged(page, report.plan.unmanaged)
    _write_calendar(page, report)
    page.blank()
    write_summary(page, report)
    return page.text()


def _limit(look: Look) -> int:
    return 1_000_000_000 if look.full else FOLD_ABOVE


def _alike(entry: ChangeEntry) -> tuple[Any, ...]:
    worst = max((severity_rank(one) for one in entry.change.consequences), default=-1)
    return entry.change.action, entry.change.kind, entry.change.reason, worst, entry.waits_for


def write_title(page: Page, report: PlanReport) -> None:
    plan = report.plan
    title = "Plan to destroy" if plan.purpose == "destroy" else "Plan for"
    where: list[Piece] = [f"{title} ", Styled(plan.workspace, "strong")]
    if plan.environment:
        where += [", environment ", Styled(plan.environment, "strong")]
    if plan.aws_account:
        where.append(f", AWS account {plan.aws_account}")
    page.line(*where)


# ---------------------------------------------------------------- changes


def _write_changes(page: Page, folded: Fold[ChangeEntry], look: Look) -> None:
    for entry in folded.shown:
        write_change(page, entry, look)
    if folded.more:
        _write_folded(page, folded.more)


def write_change(page: Page, entry: ChangeEntry, look: Look) -> None:
    change = entry.change
    reason = f"  {entry.reason}" if entry.reason else ""
    moved = f"  (was {change.moved_from})" if change.moved_from else ""
    needed = "  (needed by what --target names)" if entry.is_needed else ""
    page.line(
        mark(change.action, f"{change.action.value:<8}", look),
        f"{change.address}",
        Styled(f"{reason}{moved}{needed}", "faint"),
        indent=2,
    )
    if entry.waits_for:
        what = "waits" if change.action is Action.WAIT else "a part of it waits"
        page.line(Styled(f"{what}: {'; '.join(entry.waits_for)}", "faint"), indent=13)
    page.rows(_field_rows(entry, look), indent=13)
    for consequence in sorted(change.consequences, key=severity_rank, reverse=True):
        write_consequence(page, consequence)


def _field_rows(entry: ChangeEntry, look: Look) -> Iterator[tuple[Piece, ...]]:
    for name, before, after, why in field_parts(entry):
        note = f"  ({why})" if why else ""
        old, new = (before, after) if look.full else (cut(before), cut(after))
        text = new if entry.is_new else f"{old} → {new}"
        yield f"{name}:", f"{text}{note}"


def field_parts(entry: ChangeEntry) -> Iterator[tuple[str, str, str, str]]:
    """What is said of the fields: name, old and new value, and why, where that is not the change's own reason."""
    own_name = Address.parse(entry.change.address).name
    for field in entry.change.fields:
        if entry.is_new and field.after == own_name:
            continue  # the address says it
        parts = list(_parts(field)) or [(field.name, field.before_text, field.after_text)]
        yield from ((*part, entry.cause_of(field)) for part in parts)


def _parts(field: PlannedField) -> Iterator[tuple[str, str, str]]:
    """What differs inside a value that has parts, `events.https`; nothing for a plain one."""
    if not (isinstance(field.before, Mapping) and isinstance(field.after, Mapping)):
        return
    from deepdiff import DeepDiff

    tree = DeepDiff(field.before, field.after, view="tree")
    nodes = [node for found in tree.values() for node in found]
    for node in sorted(nodes, key=lambda one: [str(step) for step in one.path(output_format="list")]):
        steps = [str(step) for step in node.path(output_format="list")]
        yield ".".join([field.name, *steps]), _plain(node.t1), _plain(node.t2)


def _plain(value: Any) -> str:
    from deepdiff.helper import notpresent

    if value is None or value is notpresent:
        return "(none)"
    return value if isinstance(value, str) else repr(value)


def write_consequence(page: Page, consequence: PlannedConsequence, times: str = "", *, indent: int = 13) -> None:
    page.line(
        Styled(f"{consequence.severity} ({consequence.name}){times}: ", _SEVERITY_STYLES[consequence.severity]),
        consequence.text,
        Styled(f"  [{consequence.source}]", "faint"),
        indent=indent,
    )


def _write_folded(page: Page, entries: Sequence[ChangeEntry]) -> None:
    page.line(
        mark(entries[0].change.action, f"{entries[0].change.action.value:<8}", page.look),
        f"{len(entries)} more like these",
        Styled("  (-v shows all)", "faint"),
        indent=2,
    )
    page.rows(_common_values(entries), indent=13)
    counted = Counter(consequence for entry in entries for consequence in set(entry.change.consequences))
    for consequence, times in sorted(counted.items(), key=lambda one: (-severity_rank(one[0]), one[0].name)):
        write_consequence(page, consequence, f" {times}×")


def _common_values(entries: Sequence[ChangeEntry]) -> Iterator[tuple[Piece, ...]]:
    """Fields with few different new values, and how often each comes: what distinguishes sixty invitations."""
    values: dict[str, Counter[str]] = {}
    for entry in entries:
        for field in entry.change.fields:
            values.setdefault(field.name, Counter())[field.after_text] += 1
    for name, counts in values.items():
        if len(counts) <= NAMES_SHOWN and len(counts) < len(entries):
            yield f"{name}:", ", ".join(f"{cut(value, 40)} ({count})" for value, count in counts.most_common())


# ---------------------------------------------------------------- what stands beside the changes


def write_gates(page: Page, gates: Sequence[GateEntry], at: datetime, title: str = "Waiting") -> None:
    if not gates:
        return
    page.blank()
    page.line(Styled(title, "strong"), Styled("  ('chimeform pending' says what to do)", "faint"))
    for folded in fold(
        gates, lambda one: (one.gate.who, one.gate.title, one.is_overdue), above=_limit(page.look), keep=FOLD_KEEP
    ):
        page.line(f"… {wait_words(folded.shown[0].gate)}", indent=2)
        for entry in folded.shown:
            gate = entry.gate
            page.line(f"{gate.address}{held_words(gate.address, gate.holds)}", *_dates(entry, at), indent=4)
        if folded.more:
            page.line(f"and {len(folded.more)} more that wait for the same", indent=4)


def wait_words(gate: PlannedGate) -> str:
    return f"{WHO[gate.who]}: {gate.title}"


def held_words(address: str, holds: Sequence[str]) -> str:
    others = [one for one in holds if one != address]
    if not others:
        return ""
    shown, more = list_names(others, 3)
    rest = f" and {more} more" if more else ""
    return f"  holds {', '.join(shown)}{rest}"


def _dates(entry: GateEntry, at: datetime) -> Iterator[Piece]:
    if entry.since is not None:
        yield Styled(f"  since {date_only(entry.since)} ({span(at - entry.since)})", "faint")
    if entry.opens is not None:
        yield Styled(f"  opens {date_time(entry.opens)}", "faint")
    if entry.is_overdue and entry.due is not None:
        yield Styled(f"  overdue since {date_only(entry.due)}", "change")


def write_unread(page: Page, unread: Sequence[UnreadObject]) -> None:
    if not unread:
        return
    page.blank()
    page.line(Styled("Not read", "danger"), "  nothing is decided about these:")
    for folded in fold(unread, lambda one: (one.code, one.reason), above=_limit(page.look), keep=FOLD_KEEP):
        for one in folded.shown:
            page.line(Styled("? ", "bad"), f"{one.address}: {one.reason} [{one.code}]", indent=2)
        if folded.more:
            page.line(f"and {len(folded.more)} more, for the same reason", indent=4)
        if folded.shown[0].do:
            page.line(f"do:  {folded.shown[0].do}", indent=4)


def write_refusals(page: Page, refusals: Sequence[Refusal], look: Look) -> None:
    if not refusals:
        return
    page.blank()
    page.line(Styled("Refused", "danger"), "  nothing of this plan is done as long as one of these stands:")
    alike: Callable[[Refusal], Hashable] = lambda one: (one.code, one.why, one.do, one.waive)  # noqa: E731
    for folded in fold(refusals, alike, above=_limit(look), keep=FOLD_KEEP):
        for refusal in folded.shown:
            page.line(Styled(f"refused[{refusal.code}]: ", "bad"), refusal.summary, indent=2)
        if folded.more:
            page.line(f"and {len(folded.more)} more, for the same reason", indent=4)
        if refusal_why := folded.shown[0].why:
            page.line(f"why: {refusal_why}", indent=4)
        if refusal_do := folded.shown[0].do:
            page.line(f"do:  {refusal_do}", indent=4)
        if waive := folded.shown[0].waive:
            page.line(f"or:  --waive {waive} --reason '…', which the history keeps", indent=4)


def _write_warnings(page: Page, warnings: Sequence[Refusal]) -> None:
    if not warnings:
        return
    page.blank()
    page.line(Styled("Warnings", "change"), "  the plan is not refused for these:")
    for folded in fold(warnings, lambda one: (one.code, one.why, one.do), above=_limit(page.look), keep=FOLD_KEEP):
        for one in folded.shown:
            page.line(Styled(f"warning[{one.code}]: ", "change"), one.summary, indent=2)
        if folded.more:
            page.line(f"and {len(folded.more)} more, for the same reason", indent=4)
        page.line(f"why: {folded.shown[0].why}", indent=4)
        page.line(f"do:  {folded.shown[0].do}", indent=4)


def _write_left_out(page: Page, report: PlanReport) -> None:
    left = report.left_out
    if not left.count:
        return
    page.blank()
    options = [
        name for name, given in (("--target", report.plan.targets), ("--exclude", report.plan.excludes)) if given
    ]
    page.line(
        Styled("Left out", "strong"),
        f"  by {' and '.join(options)}; there the live objects stay different from the files:",
    )
    for addresses, note in ((left.not_chosen, ""), (left.needing, "  (needs something that is excluded)")):
        shown, more = list_names(addresses, len(addresses) if page.look.full else FOLD_ABOVE)
        for address in shown:
            page.line(address, Styled(note, "faint"), indent=2)
        if more:
            page.line(f"and {more} more{note}  (-v shows all)", indent=2)


def write_unmanaged(page: Page, unmanaged: Sequence[UnmanagedObject]) -> None:
    if not unmanaged:
        return
    page.blank()
    counts = Counter(one.kind.replace("_", " ") for one in unmanaged)
    told = ", ".join(f"{count} {kind}{'s' if count != 1 else ''}" for kind, count in sorted(counts.items()))
    page.line(
        Styled("Unmanaged", "strong"),
        f"  {told} that no file names; they are left alone",
        Styled("" if page.look.full else "  (-v shows them)", "faint"),
    )
    if page.look.full:
        page.rows(((one.address, one.name or one.id or "") for one in unmanaged), indent=2)


def _write_calendar(page: Page, report: PlanReport) -> None:
    calendar = report.plan.calendar
    if not calendar:
        return
    page.blank()
    page.line(Styled("Calendar", "strong"))
    shown = calendar if page.look.full else calendar[:FOLD_ABOVE]
    page.rows(((date_time(one.at), f"{one.address}: {one.text}") for one in shown), indent=2)
    if len(calendar) > len(shown):
        page.line(f"and {len(calendar) - len(shown)} later dates  (-v shows all)", indent=2)


# ---------------------------------------------------------------- the last lines


def write_summary(page: Page, report: PlanReport) -> None:
    plan = report.plan
    if plan.is_empty:
        page.line(Styled(nothing_to_do(report), "good"))
        return
    page.line(Styled("Plan: ", "strong"), f"{_count_words(report.counts)}.")
    if plan.writes:
        page.line(f"{call_words(plan.writes)}.")
    if plan.refusals:
        count = len(plan.refusals)
        page.line(Styled(f"Refused: {count} thing{'s' if count != 1 else ''} of it; see above.", "danger"))


def summary_words(report: PlanReport) -> tuple[str, ...]:
    """The sum in plain sentences: how much there is to do, or why nothing; then the calls that it takes."""
    plan = report.plan
    if plan.is_empty:
        return (nothing_to_do(report),)
    calls = (f"{call_words(plan.writes)}.",) if plan.writes else ()
    return f"Plan: {_count_words(report.counts)}.", *calls


def nothing_to_do(report: PlanReport) -> str:
    plan = report.plan
    waiting = report.counts.get("wait", 0) or len(report.gates)
    if plan.unread:
        return "No changes where it could be read; nothing is known about the rest."
    if plan.left_out:
        return "No changes in what was chosen."
    if waiting:
        return f"No changes now: everything that can be done is done, and {waiting} wait{'s' if waiting == 1 else ''}."
    if plan.purpose == "destroy":
        return "Nothing to destroy: the workspace manages nothing."
    return "No changes: everything is as the files say."


def _count_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {COUNTED[action]}" for action, count in counts.items()) or "nothing"


def call_words(calls: Mapping[str, int]) -> str:
    total = sum(calls.values())
    each = ", ".join(f"{operation} {count}" for operation, count in calls.items())
    return f"{total} API call{'s' if total != 1 else ''} will change something: {each}"


def count_words(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts if count)
