"""Time and memory of the main job for organisations of several sizes, on a sandbox of its own.

Each stage runs in a fresh process, as a user's command does: load the files, plan the creation, apply it, plan again
with nothing to do. Wall and CPU seconds, peak resident memory of the process, API calls.

    python benchmarks/organisation.py [--people 1000 10000]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.sandbox_process import SandboxProcess  # noqa: E402 - the checkout is not on the path before

STAGES = ("load", "plan", "apply", "plan again")


def write_workspace(folder: Path, people: int) -> None:
    rows = (f"person{number}@acme.example,{'basic' if number % 3 else 'pro'}" for number in range(people))
    (folder / "people.csv").write_text("email,license\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "chimeform.yaml").write_text(
        "chimeform: 1\nworkspace: bench\naws: {requests_per_second: 1000}\n"
        "accounts: {acme: {name: Acme, users: {from: people.csv}}}\n",
        encoding="utf-8",
    )


def run_stage(stage: str, folder: Path) -> dict[str, Any]:
    """In the child: one stage, measured from the inside."""
    from chimeform.app import App, Request, Surroundings

    outside = Surroundings(
        clock=lambda: datetime.now(UTC), new_id=lambda: uuid.uuid4().hex, who="bench", where="here", process_env={}
    )
    app = App(Request(folder), outside)
    stages: dict[str, Callable[[], Any]] = {"load": app.load, "apply": app.apply}
    work = stages.get(stage, app.plan)
    began, cpu = time.perf_counter(), time.process_time()
    result = work()
    measured = {
        "wall": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "calls": 0,
    }
    if stage == "apply":
        measured["calls"] = sum(result[1].calls.values())
    elif stage != "load":
        measured["calls"] = sum(result.plan.reads.values())
        assert (stage == "plan again") == result.plan.is_empty
    return measured


def measure(people: int) -> None:
    with tempfile.TemporaryDirectory() as name, SandboxProcess.start() as sandbox:
        folder = Path(name)
        write_workspace(folder, people)
        keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_ENDPOINT_URL": sandbox.url}
        for stage in STAGES:
            command = [sys.executable, __file__, "--stage", stage, "--folder", name]
            done = subprocess.run(command, env={**os.environ, **keys}, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout)
            print(
                f"{people:>8} | {stage:<10} | {found['wall']:8.2f} | {found['cpu']:8.2f} | "
                f"{found['mb']:7.0f} | {found['calls']:7}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stage:
        print(json.dumps(run_stage(asked.stage, asked.folder)))
        return
    print("  people | stage      |   wall s |    cpu s | peak MB |   calls")
    for people in asked.people:
        measure(people)


if __name__ == "__main__":
    main()
