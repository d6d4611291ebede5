"""Doing something once: agreed to, under the ledger's lock, journaled and in the history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from .address import Address
from .app import App
from .apply.one_off import Errand, Outcomes, closing, left_open
from .ledger.base import Ledger, LockInfo, RunRecord
from .observe import Observer
from .relocation import Moves
from .survey import check_account
from .undertaking import Asked, Undertaking, check_consent, undertake


@dataclass(frozen=True)
class Deed:
    """What was done. Without a `run`, there was nothing to do or nobody agreed, and the history does not have it.

    `cut_off` are earlier ones that were killed in the middle: nobody knows whether they have happened.
    """

    undertaking: Undertaking
    outcomes: Outcomes
    run: str | None = None
    cut_off: tuple[str, ...] = ()


def do(
    app: App,
    asked: Asked,
    *,
    approve: Callable[[Undertaking], bool],
    reveal: Callable[[Address, str], None] | None = None,
    stop: threading.Event | None = None,
) -> Deed:
    """Do it for all that is meant. `approve` is asked before the first call that changes something.

    `reveal` gets each credential that the service makes, at once, and nothing else ever does. Raises `ChimeformError`
    for a target that makes no sense, and `Refused` without consent to what cannot be taken back.
    """
    desired, outside = app.load(), app.outside
    lock = LockInfo(outside.new_id(), outside.who, f"do {asked.name}", app.now().isoformat(), outside.where)
    with app.ledger(desired) as ledger, ledger.lock(lock):
        calls = app.calls(desired)
        check_account(desired, calls)
        recorded, _ = ledger.read().renamed(Moves(desired.moved).renames())
        undertaking = undertake(asked, app.request.selection, Observer(desired, recorded, calls, outside.clock))
        opened = list(left_open(recorded))
        cut_off = tuple(f"{effect.step}, begun at {intent.at}" for intent, effect in opened)
        if opened:
            ledger.commit(closing(opened, app.now().isoformat()))
        if undertaking.targets:
            check_consent(undertaking, app.request.selection.accepted)
        if not undertaking.targets or not approve(undertaking):
            return Deed(undertaking, Outcomes(), cut_off=cut_off)
        run = outside.new_id()
        errand = Errand(
            kind=undertaking.kind,
            one_off=undertaking.one_off,
            targets=undertaking.targets,
            given=undertaking.given,
            ledger=ledger,
            calls=calls,
            run_id=run,
            clock=outside.clock,
            stop=stop or threading.Event(),
            reveal=reveal,
        )
        return Deed(undertaking, _recorded(app, errand, undertaking, ledger), run, cut_off)


def _recorded(app: App, errand: Errand, undertaking: Undertaking, ledger: Ledger) -> Outcomes:
    """Put it into the history, whatever becomes of it."""
    name, who, now = f"do {undertaking.one_off.name}", app.outside.who, app.now().isoformat()
    begun = RunRecord(errand.run_id, name, who, now, None, "running", about=undertaking.about)
    ledger.begin_run(begun)
    outcomes = errand.execute()
    result = "interrupted" if outcomes.is_interrupted else "failed" if outcomes.is_short else "done"
    counts = {
        "done": len(outcomes.done),
        "failed": len(outcomes.failed),
        "not reached": len(outcomes.not_reached),
    }
    ledger.end_run(replace(begun, ended=app.now().isoformat(), result=result, counts=counts))
    return outcomes
