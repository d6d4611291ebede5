"""`chimeform pending`: what waits for a person, a carrier, the service or the clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from ..address import Address
from ..diagnostics import nearest
from ..errors import ChimeformError, UsageError
from ..report.json_text import to_json
from ..resources import kind_at
from .options import KEY_VALUE, Options, group, parse_address
from .plan import make_plan

if TYPE_CHECKING:
    from ..plan import PlannedGate
    from ..planned import Planned
    from ..report.model import GateEntry


FORMATS = ("text", "json", "markdown")


@group("pending", default="list")
def pending() -> None:
    """Show what waits for a person, a carrier, the service or the clock; the same as 'pending list'.

    Most gates are seen by themselves: every plan and apply looks whether they have opened.
    """


@pending.command("list", formats=FORMATS)
def list_(options: Options) -> int:
    """Show everything that waits.

    Whose turn it is, since when, until when, and how it will be noticed. Exit code 1: something could not be read.
    """
    from ..report.pending_markdown import pending_markdown
    from ..report.pending_text import pending_text

    planned = make_plan(options, purpose=None)
    entries = _entries(planned)
    unread = len(planned.plan.unread)
    with options.screen() as screen:
        if options.format == "json":
            screen.result(to_json({"gates": [_as_json(entry) for entry in entries], "unread": unread}))
        elif options.format == "markdown":
            screen.result(pending_markdown(entries, unread))
        else:
            screen.result(pending_text(entries, unread, screen.look))
    return 1 if unread else 0


@pending.command("show", formats=FORMATS)
@click.argument("address")
def show(options: Options, address: str) -> int:
    """Print the steps that open a gate.

    ADDRESS is what waits, or what is held by it. The steps come with the exact values to use.
    """
    from ..report.pending_markdown import steps_markdown
    from ..report.pending_text import steps_text

    wanted = parse_address(address)
    planned = make_plan(options, purpose=None)
    found = [entry for entry in _entries(planned) if _concerns(entry, wanted)]
    if not found:
        raise _nothing_waits(planned, wanted)
    with options.screen() as screen:
        if options.format == "json":
            screen.result(
                to_json({"gates": [_as_json(entry) | {"facts": dict(_facts(planned, entry))} for entry in found]})
            )
        elif options.format == "markdown":
            screen.result("\n\n".join(steps_markdown(entry, _facts(planned, entry)) for entry in found))
        else:
            screen.result("\n\n".join(steps_text(entry, _facts(planned, entry), screen.look) for entry in found))
    return 0


@pending.command("done", formats=("text", "json"))
@click.argument("address")
@click.argument("values", nargs=-1, type=KEY_VALUE, metavar="[KEY=VALUE]...")
def done(options: Options, address: str, values: tuple[tuple[str, str], ...]) -> int:
    """Say that a gate is open, or look whether it is.

    What no service shows (a setting that only the console has) is taken as you say, and remembered with your name;
    KEY=VALUE is compared with the files first. Everything else is looked at, whatever is said.

    Exit code 0: what ADDRESS waited for has come about; 1: it has not, or it cannot be seen.
    """
    from ..confirming import check_told, is_confirmable

    wanted = parse_address(address)
    planned = make_plan(options, purpose=None)
    if _is_unread(planned, wanted):
        raise _unseen(wanted)
    found = [entry for entry in _entries(planned) if _concerns(entry, wanted)]
    told = [entry.gate for entry in found if is_confirmable(entry.gate) and _is_at(entry.gate, wanted)]
    check_told(told, dict(values))
    if told:
        options.app().confirm(planned, told)
    elif not found:
        _check_is_known(planned, wanted)
    closed = [entry for entry in found if entry.gate not in told]
    with options.screen() as screen:
        if options.format == "json":
            confirmed = [{"id": gate.id, "values": gate.confirms} for gate in told]
            gates = [_as_json(entry) for entry in closed]
            screen.result(to_json({"open": not closed, "confirmed": confirmed, "gates": gates}))
        else:
            screen.result("\n".join(_done_lines(wanted, told, closed)))
    return 1 if closed else 0


def _done_lines(wanted: Address, told: Sequence[PlannedGate], closed: Sequence[GateEntry]) -> Iterator[str]:
    from ..report.pending_text import confirmed_words

    yield from (f"{gate.address}: {confirmed_words(gate)}" for gate in told)
    if closed:
        titles = "; ".join(entry.gate.title for entry in closed)
        yield f"{wanted} still waits: {titles}"
        yield "'chimeform pending show' prints the steps."
    else:
        yield f"{wanted} waits for nothing any more. 'chimeform apply' goes on from here."


# ---------------------------------------------------------------- what is asked


def _entries(planned: Planned) -> list[GateEntry]:
    """What is late first, then what has waited longest; what nobody has waited for yet comes last."""
    from ..report.model import gate_entry

    entries = [gate_entry(gate, planned.live.at) for gate in planned.plan.gates]
    return sorted(
        entries, key=lambda one: (not one.is_overdue, one.gate.since is None, one.gate.since or "", one.gate.address)
    )


def _concerns(entry: GateEntry, wanted: Address) -> bool:
    return _is_at(entry.gate, wanted) or any(_is_meant(held, wanted) for held in entry.gate.holds)


def _is_at(gate: PlannedGate, wanted: Address) -> bool:
    """The gate's own address, or that with the gate's name (`accounts.acme.meetings.regions`), for one of several."""
    return _is_meant(gate.address, wanted) or _is_meant(str(Address.parse(gate.address).child(gate.name)), wanted)


def _is_unread(planned: Planned, wanted: Address) -> bool:
    return any(_is_meant(one.address, wanted) for one in planned.plan.unread)


def _is_meant(text: str, wanted: Address) -> bool:
    """The address itself, or one that its globs fit; what is below it waits for itself."""
    address = Address.parse(text)
    return len(address.parts) == len(wanted.parts) and address.matches(wanted)


def _facts(planned: Planned, entry: GateEntry) -> list[tuple[str, str]]:
    """What a person looks for in the console: the id, and what the object is called there."""
    address = Address.parse(entry.gate.address)
    observed, declaration = planned.live.observed(address), planned.desired.declarations.get(address)
    facts = [("id", observed.id)] if observed and observed.id else []
    if declaration is not None:
        traits = type(declaration.spec).traits()
        facts += [
            (name, traits[name].text(value))
            for name, value in declaration.spec.values().items()
            if traits[name].natural_key and value != (observed.id if observed else None)
        ]
    return facts


def _as_json(entry: GateEntry) -> dict[str, Any]:
    from ..report.pending_text import noticed_by

    gate = entry.gate
    return {
        **gate.model_dump(mode="json"),
        "due": entry.due.isoformat() if entry.due else None,
        "overdue": entry.is_overdue,
        "noticed_by": list(noticed_by(gate)),
    }


# ---------------------------------------------------------------- what cannot be answered


def _unseen(wanted: Address) -> ChimeformError:
    return ChimeformError(
        f"{wanted}: cannot be seen now", do="'chimeform plan' says why it could not be read", code="CF-OBS-005"
    )


def _nothing_waits(planned: Planned, wanted: Address) -> ChimeformError:
    if _is_unread(planned, wanted):
        return _unseen(wanted)
    _check_is_known(planned, wanted)
    return UsageError(f"{wanted}: waits for nothing", do="'chimeform pending' lists what waits", code="CF-USE-010")


def _check_is_known(planned: Planned, wanted: Address) -> None:
    known = {*planned.desired.declarations, *planned.recorded.resources}
    if not any(address.matches(wanted) or wanted in _gates_at(address) for address in known):
        guess = nearest(str(wanted), map(str, known))
        raise UsageError(
            f"{wanted}: no file declares it",
            do=f"did you mean {guess}?" if guess else "'chimeform pending' lists what waits",
            code="CF-USE-011",
        )


def _gates_at(address: Address) -> Iterator[Address]:
    """The gates that the resource at `address` may have, as they can be named."""
    kind = kind_at(address.parts)
    if kind is not None:
        yield from (address.child(rule.name) for rule in kind.gates)
        yield from (address.child(work.name) for work in kind.by_hand)
