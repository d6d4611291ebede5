"""Applies workspaces in processes that may die: started warm once, it forks a child for each apply.

    python -m tests.engine.applier < orders > reports       one JSON object a line, each way

A child is what `chimeform apply` is: a process of its own with its own ledger and connections. Nothing that it
uses is open when it is forked (no thread, no connection, no SQLite handle), so that it shares no more than modules.

    {"warm": DIR}                                  apply once in the parent: no child pays for what is made at first use
    {"root": DIR}                                  apply; reports how it ended
    {"root": DIR, "dies_at": N}                    … and kills itself at the N-th moment (see `Moments`)
    {"root": DIR, "kill_after": [N, SECONDS]}      … and is killed so long after the N-th moment (0: its start)
    {"root": DIR, "uid": 65534, "file_size": N}    … as somebody else, with a limit on the size of files
    {"roots": [DIR, DIR]}                          several at once
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from chimeform.app import App, Request, Surroundings
from chimeform.apply.scheduler import Summary
from chimeform.errors import ChimeformError
from chimeform.events import CallStarted
from chimeform.journal import Intent, PlannedEffect
from chimeform.language.desired import Aws, Desired
from chimeform.ledger.base import Amendment, Ledger, RunRecord
from chimeform.ledger.sqlite import SqliteLedger
from chimeform.planner import Selection
from chimeform.services.aws import AwsServices, Services
from tests.engine.engine import aws_services, is_write


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Moments:
    """The moments after which a death matters: each write of the ledger and each answer to a write call.

    They are told to the parent as they pass; at the `deadly` one the process ends as by `kill -9`.
    """

    deadly: int | None = None
    report: int | None = None
    names: list[str] = field(default_factory=list)

    def passes(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.report is not None:
            os.write(self.report, b".")


class MortalLedger(SqliteLedger):
    """The real ledger in a process that may die at each of its writes."""

    moments: Moments

    def append(self, run: str, operation: str, at: str, effects: Sequence[PlannedEffect]) -> Intent:
        intent = super().append(run, operation, at, effects)
        self.moments.passes(f"intent {operation}")
        return intent

    def commit(self, amendment: Amendment) -> int:
        serial = super().commit(amendment)
        self.moments.passes("commit")
        return serial

    def begin_run(self, record: RunRecord) -> None:
        super().begin_run(record)
        self.moments.passes("begin")

    def end_run(self, record: RunRecord) -> None:
        super().end_run(record)
        self.moments.passes("end")


@dataclass
class MortalServices:
    services: Services
    moments: Moments

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = self.services.call(service, operation, request)
        if is_write(operation):
            self.moments.passes(f"answer {operation}")
        return answer

    def time(self) -> datetime:
        return self.services.time()


class MortalApp(App):
    """The real use cases on a ledger whose process may die."""

    moments: Moments

    @contextmanager
    def ledger(self, desired: Desired) -> Iterator[Ledger]:
        path = desired.root / (desired.state.path or ".chimeform/default.db")
        ledger = MortalLedger(path, clock=_now, new_id=_ids().__next__, environment=desired.environment)
        ledger.moments = self.moments
        try:
            yield ledger
        finally:
            ledger.close()


def _ids() -> Iterator[str]:
    return (f"{os.getpid()}-{number}-{time.monotonic_ns()}" for number in itertools.count())


def apply(root: Path, services: Services, moments: Moments, parallelism: int) -> dict[str, Any]:
    """One apply; how it ended, as JSON."""
    started: list[str] = []
    app = MortalApp(
        Request(root, selection=Selection(accepted=("*",)), parallelism=parallelism),
        Surroundings(
            clock=_now,
            new_id=_ids().__next__,
            who=f"process {os.getpid()}",
            where="here",
            services=lambda desired: MortalServices(services, moments),
        ),
    )
    app.moments = moments
    try:
        planned, summary = app.apply(
            emit=lambda event: started.append(event.operation) if isinstance(event, CallStarted) else None
        )
    except ChimeformError as error:
        return _refusal(error) | {"started": started, "moments": moments.names}
    assert summary is not None
    changes = {change.address: change.action.value for change in planned.plan.changes}
    return _ending(summary) | {"changes": changes, "started": started, "moments": moments.names}


def _ending(summary: Summary) -> dict[str, Any]:
    return {
        "error": None,
        "done": list(summary.done),
        "failed": dict(summary.failed),
        "not_reached": dict(summary.not_reached),
    }


def _refusal(error: ChimeformError) -> dict[str, Any]:
    return {
        "error": type(error).__name__,
        "code": error.code,
        "exit_code": error.exit_code,
        "summary": error.summary,
        "why": error.why,
        "do": error.do,
    }


# ---------------------------------------------------------------- the parent


def _child(order: Mapping[str, Any], services: Services, report: int) -> NoReturn:
    try:
        if limit := order.get("file_size"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        if uid := order.get("uid"):
            os.setuid(uid)
        moments = Moments(order.get("dies_at"), report)
        ended = apply(Path(order["root"]), services, moments, order.get("parallelism", 8))
    except BaseException:  # noqa: BLE001 - it is reported, and judged by the test
        ended = {"error": "traceback", "summary": traceback.format_exc()}
    with os.fdopen(report, "w") as file:
        json.dump(ended, file)
    os._exit(0)


def _start(order: Mapping[str, Any], services: Services) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        _child(order, services, writing)
    os.close(writing)
    return pid, reading


def _await(pid: int, reading: int, kill_after: tuple[int, float] | None) -> dict[str, Any]:
    """Read dots and then the report; a child that dies leaves the report empty."""
    moments, delay = kill_after or (-1, 0.0)
    told = b""
    while True:
        if told.count(b".") == moments and b"{" not in told:
            time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
            moments = -1
        piece = os.read(reading, 1 if moments >= 0 and b"{" not in told else 65536)
        told += piece
        if not piece:
            break
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    text = told.lstrip(b".")
    ended = json.loads(text) if text else {"error": "killed"}
    return ended | {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0}


def obey(order: Mapping[str, Any], services: Services) -> Any:
    if "warm" in order:
        ended = apply(Path(order["warm"]), aws_services(), Moments(), 8)
        gc.collect()
        gc.freeze()  # a child's collector would write into every page that it shares with the parent
        return ended
    if "roots" in order:
        children = [_start({**order, "root": root}, services) for root in order["roots"]]
        return [_await(pid, reading, None) for pid, reading in children]
    return _await(*_start(order, services), order.get("kill_after"))


def main(say: Callable[[str], object]) -> None:
    aws = AwsServices(Aws())
    services = aws_services(aws)
    aws._client("chime")  # made, but not used: no child may inherit a connection
    for line in sys.stdin:
        say(json.dumps(obey(json.loads(line), services)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.stdout.write)
