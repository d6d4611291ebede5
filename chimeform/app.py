"""The use cases: validate, plan, apply, drift, destroy, import. The CLI and Python callers use the same ones.

Everything here returns values or raises `ChimeformError`; nothing prints. The outside world (time, fresh ids, who is
asking) comes in as `Surroundings`. What only one of them needs is loaded when it is asked for, so that a plan starts as
fast as it can.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .address import Address
from .apply.attempts import settlement
from .apply.scheduler import Run, Summary
from .binding import bindable, bound, check_free
from .confirming import check_serial, confirmation, last_end, last_purpose
from .diagnostics import Diagnostic
from .errors import ChimeformError, InvalidWorkspace
from .events import Event, Throttled, Waived
from .freshness import check_fresh
from .guards import JUDGED_ANEW
from .invocation import Request, Surroundings, Watch, one_at_a_time, unheard
from .language import load
from .language.desired import Aws, Desired
from .language.files import ROOT_FILE
from .ledger import open_ledger
from .ledger.base import Amendment, Ledger, LockInfo, RunRecord, Undo, Waiver
from .live import Observed
from .notice import Notice
from .observe import Observer
from .plan import Plan, PlannedGate
from .planned import Planned, RefusedPlan, plan_from, wanted_for
from .planner import Selection
from .recorded import Confirmation, Recorded, RecordedResource
from .services.calls import Calls
from .services.secrets import SecretStores
from .survey import ReadAs, Survey, check_account, take_survey
from .waiving import NOTHING_WAIVED, Waiving, waive

if TYPE_CHECKING:
    from .divergence import Divergence
    from .drift import Drift, Since
    from .export.organisation import Organisation
    from .iam.needs import Command, Once
    from .iam.policy import Policy


def _unseen(planned: Planned) -> None:
    """For callers who do not want to see the plan."""
    del planned


def _approved(planned: Planned) -> bool:
    """For callers who have decided already."""
    return planned is not None


class App:
    """One user's view of one workspace."""

    def __init__(self, request: Request, surroundings: Surroundings) -> None:
        self._request = request
        self._outside = surroundings

    @property
    def request(self) -> Request:
        """What the user asked for."""
        return self._request

    @property
    def outside(self) -> Surroundings:
        """The world that this view was made with."""
        return self._outside

    # -- without the network

    def load(self) -> Desired:
        """The workspace as declared. Raises `InvalidWorkspace` with every error of every file."""
        asked = self._request
        return load(
            asked.root,
            environment=asked.environment,
            variables=asked.variables,
            process_env=self._outside.process_env,
        )

    @contextmanager
    def ledger(self, desired: Desired) -> Iterator[Ledger]:
        ledger = open_ledger(
            desired.root, desired.state, desired.environment, clock=self._outside.clock, new_id=self._outside.new_id
        )
        try:
            yield ledger
        finally:
            ledger.close()

    def iam_policy(self, asked: Command | Once | Plan) -> tuple[Policy, Desired]:
        """The least that AWS has to allow for a command, or for an apply of the saved plan. Asks no service."""
        from .granting import policy_of

        desired = self.load()
        with self.ledger(desired) as ledger:
            return policy_of(desired, ledger.read(), ledger.history(), asked, self._outside.clock()), desired

    # -- plan

    def plan(self, *, purpose: str = "apply", emit: Callable[[Event], None] = unheard) -> Planned:
        """What would change. Reads only; never takes the lock."""
        desired = self.load()
        with self.ledger(desired) as ledger:
            return self._plan(desired, ledger, purpose, Watch(emit))

    def outlook(self) -> Planned:
        """What waits: the plan of what was asked for last, which may have been to destroy everything."""
        desired = self.load()
        with self.ledger(desired) as ledger:
            return self._plan(desired, ledger, last_purpose(ledger.history()), Watch(unheard))

    def _plan(self, desired: Desired, ledger: Ledger, purpose: str, watch: Watch) -> Planned:
        wanted = wanted_for(purpose, desired)
        survey = self._survey(wanted, ledger, watch)
        return plan_from(survey, self._request.selection, purpose)

    def _survey(self, wanted: Desired, ledger: Ledger, watch: Watch, read_as: ReadAs | None = None) -> Survey:
        calls = Calls(
            self._outside.services(wanted),
            rate=wanted.aws.requests_per_second,
            parallelism=self._request.parallelism,
            sleep=watch.stop.wait,
            stopped=watch.stop.is_set,
            on_throttle=lambda operation: watch.emit(Throttled(operation)),
        )
        return take_survey(wanted, ledger.read(), calls, clock=self._outside.clock, read_as=read_as)

    # -- drift

    def drift(self, *, since: Since | None = None, authors: bool = False) -> tuple[Planned, Drift]:
        """What differs from what was applied last. Reads only; never takes the lock.

        With `since`, nothing but that; without it, what waits, what no file names and what is edited in the files too.
        With `authors` it is looked up who did it.
        """
        from .authors import with_authors
        from .detection import as_applied, detect

        desired, selection = self.load(), self._request.selection
        with self.ledger(desired) as ledger:
            history = ledger.history()
            purpose = last_purpose(history)
            wanted = wanted_for(purpose, desired)
            survey = self._survey(wanted, ledger, Watch(unheard), as_applied)
        planned = plan_from(survey, Selection(), purpose)
        # a workspace that was destroyed is told with its files as they stand
        files = desired if purpose == "destroy" else survey.desired
        found = detect(
            files,
            survey.recorded,
            survey.live,
            planned.plan,
            selection=survey.filled.reaching(selection),
            since=since,
            last_apply=last_end(history),
        )
        if authors:
            found = with_authors(found, survey, survey.observer.calls, desired.aws)
        return replace(planned, desired=files), found

    # -- apply

    def apply(
        self,
        *,
        purpose: str = "apply",
        saved: Plan | None = None,
        announce: Callable[[Planned], None] = _unseen,
        approve: Callable[[Planned], bool] = _approved,
        emit: Callable[[Event], None] = unheard,
        stop: threading.Event | None = None,
        wait_seconds: float = 0.0,
        waiving: Waiving = NOTHING_WAIVED,
    ) -> tuple[Planned, Summary | None]:
        """Plan under the lock and do it; or do exactly `saved`, after checking that nothing has moved since.

        `announce` is told the plan before anything is done, also when there is nothing to do or a guard refuses.
        `approve` is asked before the first call, unless there is nothing to do. Returns no summary if it said no.
        Raises `Refused` for a plan with refusals that are not waived, `StalePlan` for a saved plan that no longer fits.
        """
        watch = Watch(one_at_a_time(emit), stop or threading.Event())
        desired = self.load()
        purpose = saved.purpose if saved else purpose
        with self.ledger(desired) as ledger, ledger.lock(self._lock_info(purpose)):
            planned = (
                self._as_saved(desired, ledger, saved, watch) if saved else self._plan(desired, ledger, purpose, watch)
            )
            self._settle(planned, ledger)
            plan = planned.plan
            announce(planned)
            refusals, waivers = waive(plan.refusals, waiving)
            if refusals:
                raise RefusedPlan(planned, refusals)
            for one in waivers:
                watch.emit(Waived(one.rule, one.reason, one.refused))
            if not plan.is_empty and not approve(planned):
                return planned, None
            run = Run(
                plan=plan,
                ledger=ledger,
                recorded=planned.recorded,
                calls=planned.observer.calls,
                observer=planned.observer,
                run_id=self._outside.new_id(),
                clock=self._outside.clock,
                emit=emit,
                stop=watch.stop,
                wait_seconds=wait_seconds,
            )
            return planned, self._recorded_run(run, ledger, purpose, waivers)

    def _recorded_run(self, run: Run, ledger: Ledger, purpose: str, waivers: tuple[Waiver, ...]) -> Summary:
        """Put the run into the history, whatever becomes of it."""
        begun = RunRecord(run.run_id, purpose, self._outside.who, self._now(), None, "running", waivers=waivers)
        ledger.begin_run(begun)
        summary = run.execute()
        result = "interrupted" if summary.interrupted else "failed" if summary.failed or summary.not_reached else "done"
        counts = {
            "done": len(summary.done),
            "failed": len(summary.failed),
            "not reached": len(summary.not_reached),
            "gated": len(summary.gated),
        }
        ledger.end_run(replace(begun, ended=self._now(), result=result, counts=counts))
        return summary

    def _as_saved(self, desired: Desired, ledger: Ledger, saved: Plan, watch: Watch) -> Planned:
        """The saved plan with fresh surroundings, once everything that it was made from is as it was."""
        selection = Selection(saved.targets, saved.excludes, self._request.selection.accepted)
        now = App(replace(self._request, selection=selection), self._outside)._plan(
            desired, ledger, saved.purpose, watch
        )
        check_fresh(saved, now.plan, now.live)
        refusals = [one for one in saved.refusals if one.guard not in JUDGED_ANEW]
        refusals += [one for one in now.plan.refusals if one.guard in JUDGED_ANEW]
        return replace(now, plan=saved.model_copy(update={"refusals": tuple(refusals)}))

    def _settle(self, planned: Planned, ledger: Ledger) -> None:
        """Close what a killed run left open, before anything new is begun."""
        amendment = settlement(planned.recorded, planned.live, planned.desired, self._now())
        if amendment != Amendment():
            ledger.commit(amendment)

    # -- adoption

    def discover(self) -> tuple[Organisation, Aws]:
        """Everything that is live, and how it was reached: as the files of the workspace say, if there is one."""
        from .adoption import look_around

        desired, calls = self.connect()
        organisation = look_around(
            calls,
            self._request.selection,
            expected_account=check_account(desired, calls),
        )
        return organisation, desired.aws

    def connect(self) -> tuple[Desired, Calls]:
        """The workspace, an empty one where there is none, and the way to the services that it names."""
        root = self._request.root
        is_workspace = (root / ROOT_FILE).exists()
        desired = self.load() if is_workspace else Desired(root, "", self._request.environment, {})
        return desired, self.calls(desired)

    # -- notifications

    def notify(self, desired: Desired, notice: Notice) -> tuple[Diagnostic, ...]:
        """Tell the webhooks of the workspace. Never fails: what could not be told comes back as warnings."""
        from .notifying import notify

        stores = SecretStores(self._outside.services(desired), self._outside.process_env)
        return notify(desired.notifications, notice, stores)

    # -- the ledger

    def bind(self, address: Address, physical_id: str) -> RecordedResource:
        """Take over one live object: bind its id to a declared address. Nothing live is changed."""
        desired = self.load()
        spec = bindable(desired, address)
        with self.ledger(desired) as ledger, ledger.lock(self._lock_info("import")):
            recorded = ledger.read()
            check_free(recorded, address, physical_id)
            observed = self._observe_one(desired, recorded, address, physical_id)
            record = bound(address, spec, observed, self._now())
            self._write_down(ledger, "import", recorded, Amendment(put=(record,)), {"imported": 1})
            return record

    def correct(self, operation: str, decide: Callable[[Recorded], Amendment]) -> Amendment:
        """Correct the record by hand, under the lock, and put that into the history. Nothing live is changed."""
        with self.ledger(self.load()) as ledger, ledger.lock(self._lock_info(operation)):
            recorded = ledger.read()
            amendment = decide(recorded)
            count = max(len(amendment.forget), len(amendment.put))
            self._write_down(ledger, operation, recorded, amendment, {"corrected": count})
            return amendment

    def _write_down(
        self, ledger: Ledger, operation: str, before: Recorded, amendment: Amendment, counts: dict[str, int]
    ) -> None:
        """Commit what a person does to the record, with what takes it back."""
        begun = RunRecord(self._outside.new_id(), operation, self._outside.who, self._now(), None, "running")
        ledger.begin_run(begun)
        undo = Undo(ledger.commit(amendment), amendment.inverse(before))
        ledger.end_run(replace(begun, ended=self._now(), result="done", counts=counts, undo=undo))

    def confirm(self, planned: Planned, gates: Sequence[PlannedGate]) -> None:
        """Remember that a person did what these gates of a plan wait for. `Refused` for what cannot be true yet."""
        with self.ledger(planned.desired) as ledger, ledger.lock(self._lock_info("confirm")):
            recorded = ledger.read()
            check_serial(planned, recorded)
            amendment = confirmation(planned, gates, Confirmation(self._outside.who, self._now()))
            self._write_down(ledger, "confirm", recorded, amendment, {"confirmed": len(gates)})

    def _observe_one(self, desired: Desired, recorded: Recorded, address: Address, physical_id: str) -> Observed:
        bound = RecordedResource(address, desired.declarations[address].kind, physical_id, {})
        recorded = replace(recorded, resources={**recorded.resources, address: bound})
        live = Observer(desired, recorded, self.calls(desired), self._outside.clock).observe()
        observed = live.observed(address)
        if observed is None or observed.id != physical_id:
            raise ChimeformError(
                f"there is no live object with the id {physical_id!r} for {address}",
                do="look the id up in the console; an account's id is shown beside its name",
                code="CF-OBS-004",
            )
        return observed

    def diverged(self) -> list[Divergence]:
        """What is live and not as the ledger has it, whatever the files say. Reads only; never takes the lock."""
        from .divergence import divergences

        desired = self.load()
        with self.ledger(desired) as ledger:
            recorded = ledger.read()
        calls = self.calls(desired)
        check_account(desired, calls)
        nothing_wanted = replace(desired, declarations={}, imports=(), moved=(), removed=())
        live = Observer(nothing_wanted, recorded, calls, self._outside.clock).observe()
        return divergences(recorded, live)

    def calls(self, desired: Desired) -> Calls:
        """The way to the services that the workspace names."""
        return Calls(
            self._outside.services(desired),
            rate=desired.aws.requests_per_second,
            parallelism=self._request.parallelism,
        )

    def _lock_info(self, operation: str) -> LockInfo:
        outside = self._outside
        return LockInfo(outside.new_id(), outside.who, operation, self._now(), outside.where)

    def now(self) -> datetime:
        """The moment, by this machine's clock."""
        return self._outside.clock().astimezone(UTC)

    def _now(self) -> str:
        return self.now().isoformat()


__all__ = ["App", "InvalidWorkspace", "Request", "Surroundings"]
