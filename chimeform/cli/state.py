"""`chimeform state`: look into the ledger and correct it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from .answers import answer
from .options import Options, group, parse_address

if TYPE_CHECKING:
    from ..divergence import Divergence
    from ..ledger.base import RunRecord
    from ..recorded import Recorded, RecordedResource

FORMATS = ("text", "json")
_MOST_SHOWN = 10


@group("state")
def state() -> None:
    """Look into the ledger, the record of what chimeform applied last, and correct it.

    The ledger is a record, not the truth: with an object forgotten, the next plan finds the live one again by its
    natural key. Nothing here changes anything live.
    """


def _read(options: Options) -> Recorded:
    app = options.app()
    with app.ledger(app.load()) as ledger:
        return ledger.read()


# ---------------------------------------------------------------- looking


@state.command("list", formats=FORMATS)
@click.argument("pattern", required=False, metavar="[ADDR]")
def list_(options: Options, pattern: str | None) -> None:
    """List what the ledger holds, or what fits ADDR; globs are allowed."""
    recorded = _read(options)
    glob = parse_address(pattern) if pattern else None
    found = [one for one in recorded.resources.values() if glob is None or one.address.matches(glob)]
    found.sort(key=lambda one: one.address)
    width = max((len(str(one.address)) for one in found), default=0)
    lines = [
        f"{str(one.address).ljust(width)}  {one.id or '-'}{'  protected' if one.protected else ''}".rstrip()
        for one in found
    ]
    empty = f"Nothing fits {pattern}." if pattern else "The ledger is empty."
    answer(options, [_entry(one) for one in found], *(lines or [empty]))


@state.command("show", formats=FORMATS)
@click.argument("address", metavar="ADDR")
def show(options: Options, address: str) -> None:
    """Show what was last applied for ADDR, and what it waits for."""
    from .state_corrections import find

    recorded = _read(options)
    one = find(recorded, parse_address(address))
    waits = [gate for gate in recorded.gates.values() if gate.address == one.address]
    entry = {**_entry(one), "values": dict(one.values)}
    entry["confirmed"] = {name: {"who": told.who, "at": told.at} for name, told in one.confirmed.items()}
    entry["gates"] = [{"id": gate.id, "since": gate.since} for gate in waits]
    lines = [
        str(one.address),
        f"  kind:     {one.kind}",
        f"  id:       {one.id or '(the service has not told it yet)'}",
        f"  applied:  {one.applied_at or '(never)'}",
        *(["  protected against being retired"] if one.protected else []),
        *(["  values:"] if one.values else []),
        *(f"    {name}: {_value(one, name)}" for name in sorted(one.values)),
        *(f"  {name}: done by hand, said {told.who} at {told.at}" for name, told in one.confirmed.items()),
        *(f"  waits since {gate.since}: {gate.id.rpartition('~')[2]}" for gate in waits),
    ]
    answer(options, entry, *lines)


def _entry(one: RecordedResource) -> dict[str, Any]:
    return {
        "address": str(one.address),
        "kind": one.kind,
        "id": one.id,
        "protected": one.protected,
        "applied_at": one.applied_at,
    }


def _value(one: RecordedResource, name: str) -> str:
    from ..resources import kinds

    trait = kinds()[one.kind].traits().get(name) if one.kind in kinds() else None
    return trait.text(one.values[name]) if trait else str(one.values[name])


@state.command("diff", formats=FORMATS)
@click.argument("pattern", required=False, metavar="[ADDR]")
def diff(options: Options, pattern: str | None) -> int:
    """Show what is live and not as the ledger has it, or what of it fits ADDR; globs are allowed.

    The files have no say in this. The exit code is 2 if something differs.
    """
    glob = parse_address(pattern) if pattern else None
    found = [one for one in options.app().diverged() if glob is None or one.address.matches(glob)]
    told = [
        {
            "address": str(one.address),
            "kind": one.kind,
            "what": one.what,
            "reason": one.reason,
            "fields": [{"name": each.name, "recorded": each.recorded, "live": each.live} for each in one.fields],
        }
        for one in found
    ]
    lines = [line for one in found for line in _divergence_lines(one)]
    answer(options, told, *(lines or ["What is live is as the ledger has it."]))
    return 2 if found else 0


def _divergence_lines(one: Divergence) -> list[str]:
    what = {"changed": "", "gone": "  is gone", "unread": "  could not be read"}[one.what]
    fields = [f"  {each.name}: {each.recorded_text} → {each.live_text}" for each in one.fields]
    return [f"{one.address}{what}{f': {one.reason}' if one.reason else ''}", *fields]


@state.command("history", formats=FORMATS)
@click.option("--limit", type=click.IntRange(1), default=20, metavar="N", help="How many runs, the newest first [20].")
def history(options: Options, limit: int) -> None:
    """List who did what, and when, the newest first."""
    app = options.app()
    with app.ledger(app.load()) as ledger:
        runs = ledger.history(limit)
    lines = [line for run in runs for line in _run_lines(run)]
    told = [
        {
            "run": run.run,
            "operation": run.operation,
            "who": run.who,
            "started": run.started,
            "ended": run.ended,
            "result": run.result,
            "counts": run.counts,
            "waivers": [asdict(waiver) for waiver in run.waivers],
            "about": list(run.about),
        }
        for run in runs
    ]
    answer(options, told, *(lines or ["Nothing has been applied yet."]))


def _run_lines(run: RunRecord) -> list[str]:
    counts = ", ".join(f"{number} {name}" for name, number in run.counts.items() if number)
    line = f"{run.started[:19].replace('T', ' ')} UTC  {run.operation:<9} {run.result:<11} {run.who}  {counts}"
    about = [f"    {one}" for one in run.about[:_MOST_SHOWN]]
    if len(run.about) > _MOST_SHOWN:
        about.append(f"    and {len(run.about) - _MOST_SHOWN} more, which --format json shows")
    waived = [f"    waived {one.rule}: {one.reason}" for one in run.waivers]
    return [line.rstrip(), *about, *waived]


# ---------------------------------------------------------------- correcting


@state.command("mv", formats=FORMATS)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def mv(options: Options, source: str, target: str) -> None:
    """Give what is recorded under FROM, with all that is within it, the address TO.

    'moved:' in the files does the same for everybody who applies them, and can be reviewed.
    """
    from .state_corrections import rename

    old, new = parse_address(source), parse_address(target)
    amendment = options.app().correct("state mv", lambda recorded: rename(recorded, old, new))
    pairs = [
        {"from": str(was), "to": str(one.address)} for was, one in zip(amendment.forget, amendment.put, strict=True)
    ]
    answer(options, {"moved": pairs}, *(f"moved  {pair['from']}  to  {pair['to']}" for pair in pairs))


@state.command("rm", formats=FORMATS)
@click.argument("addresses", metavar="ADDR...", nargs=-1, required=True)
def rm(options: Options, addresses: tuple[str, ...]) -> None:
    """Forget ADDR and all that is within it; the live objects stay as they are.

    What is still declared is found again by the next plan. To let go of something for everybody who applies the files,
    write 'removed: [{address: ..., destroy: false}]'.
    """
    from .state_corrections import forget

    named = [parse_address(text) for text in addresses]
    amendment = options.app().correct("state rm", lambda recorded: forget(recorded, named))
    gone = sorted(amendment.forget)
    answer(options, {"forgotten": [str(one) for one in gone]}, *(f"forgotten  {one}" for one in gone))


@state.command("undo", formats=FORMATS)
def undo(options: Options) -> None:
    """Take the last correction back: a 'mv' or 'rm', an 'import', what was said with 'pending done', or an 'undo'.

    The ledger is then as it was before. It has to be the last thing in 'state history'; what was applied is not undone
    in this way.
    """
    from .state_corrections import take_back

    app = options.app()
    with app.ledger(app.load()) as ledger:
        last = next(iter(ledger.history(1)), None)
    # whoever comes in between changes the serial, which is checked under the lock
    amendment = app.correct("state undo", lambda recorded: take_back(recorded, last))
    assert last is not None
    gone = [str(one) for one in amendment.forget]
    back = [str(one.address) for one in amendment.put]
    told = {"undone": {"run": last.run, "operation": last.operation, "who": last.who, "at": last.ended}}
    lines = [
        f"taken back  {last.operation} of {last.who}",
        *(f"  forgotten       {one}" for one in gone),
        *(f"  as it was       {one}" for one in back),
    ]
    answer(options, {**told, "forgotten": gone, "restored": back}, *lines)


@state.command("unlock", formats=FORMATS)
@click.argument("lock_id", metavar="ID")
def unlock(options: Options, lock_id: str) -> None:
    """Break the lock with this ID, which the error of the command that was refused names.

    A run whose lock was broken cannot write to the ledger any more. Break only the lock of a run that has ended.
    """
    app = options.app()
    with app.ledger(app.load()) as ledger:
        whose = ledger.unlock(lock_id)
    told = {"id": whose.id, "who": whose.who, "operation": whose.operation, "since": whose.since, "where": whose.where}
    answer(
        options, told, f"The lock of {whose.who} on {whose.where} ({whose.operation}, since {whose.since}) is broken."
    )
