"""chimeform and Terraform on one sandbox in one run: the same objects, the same stages, the same latency.

Two pairs, which belong together: voice connectors show what a user gets (release 5.100 of Terraform's AWS provider
waits a fixed five seconds before every read of a connector), voice profile domains have no such wait and compare engine
with engine. A ratio is Terraform's median by chimeform's. Both have their defaults, and the sandbox limits nobody.

    make bench-terraform [COUNTS="100 1000"] [LATENCIES="0 50"] [RUNS=3] [PAIRS="connectors profile-domains"]

With everything as it is by default this takes hours, nearly all of them Terraform's.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.terraform.pairs import PAIRS, Pair  # noqa: E402 - the checkout is not on the path before
from benchmarks.terraform.process_tree import Cost  # noqa: E402
from benchmarks.terraform.tools import STAGES, Chimeform, Terraform, Tool  # noqa: E402
from tests.sandbox_process import SandboxProcess  # noqa: E402
from tests.terraform_provider import find_provider  # noqa: E402

_HEAD = (
    "chimeform / Terraform, and the second by the first\n\n"
    "| objects | latency | stage | wall s | ratio | CPU s | ratio | peak MiB | API calls |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Case:
    pair: Pair
    count: int
    latency_ms: int


@dataclass(frozen=True)
class Measured:
    cost: Cost
    calls: int


def stages(tool: Tool, case: Case, sandbox: SandboxProcess) -> Iterator[tuple[str, Measured]]:
    """One life of the objects, from nothing to nothing."""
    sandbox.reset()
    if case.latency_ms:
        sandbox.post("faults", [{"operation": "*", "kind": "latency", "rate": 1, "latency_ms": case.latency_ms}])
    tool.write(case.pair, case.count, "one")
    for stage in STAGES:
        if stage == "change of every name":
            tool.write(case.pair, case.count, "two")
        before = sum(sandbox.calls().values())
        cost = tool.stage(stage)
        yield stage, Measured(cost, sum(sandbox.calls().values()) - before)


def median(runs: Sequence[Measured]) -> Measured:
    of = statistics.median
    cost = Cost(
        of([run.cost.wall for run in runs]), of([run.cost.cpu for run in runs]), of([run.cost.peak_mb for run in runs])
    )
    return Measured(cost, round(of([run.calls for run in runs])))


def measure(case: Case, runs: int, sandbox: SandboxProcess, provider: Path) -> dict[str, dict[str, Measured]]:
    """Stage → tool → medians. The tools take turns, so that what else the machine does meets both."""
    found: dict[str, dict[str, list[Measured]]] = {stage: {} for stage in STAGES}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as ours, tempfile.TemporaryDirectory() as theirs:
            tools: tuple[Tool, ...] = (Chimeform(Path(ours), sandbox), Terraform(Path(theirs), sandbox, provider))
            for tool in tools:
                for stage, measured in stages(tool, case, sandbox):
                    found[stage].setdefault(tool.name, []).append(measured)
                    print(f"  {tool.name}: {stage}: {measured.cost.wall:.2f} s", file=sys.stderr, flush=True)
    return {stage: {tool: median(each) for tool, each in tools.items()} for stage, tools in found.items()}


def rows(case: Case, found: dict[str, dict[str, Measured]]) -> Iterator[str]:
    for stage, tools in found.items():
        ours, theirs = tools[Chimeform.name], tools[Terraform.name]
        wall, cpu = theirs.cost.wall / ours.cost.wall, theirs.cost.cpu / ours.cost.cpu
        yield (
            f"| {case.count} {case.pair.title} | {case.latency_ms} ms | {stage} "
            f"| {ours.cost.wall:.2f} / {theirs.cost.wall:.2f} | **{wall:.1f}** "
            f"| {ours.cost.cpu:.2f} / {theirs.cost.cpu:.2f} | {cpu:.1f} "
            f"| {ours.cost.peak_mb:.0f} / {theirs.cost.peak_mb:.0f} | {ours.calls} / {theirs.calls} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", choices=PAIRS, nargs="+", default=list(PAIRS))
    parser.add_argument("--counts", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--latencies", type=int, nargs="+", default=[0, 50], help="of every API call, in milliseconds")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    provider = find_provider()
    if provider is None:
        raise SystemExit("it needs the terraform program and a filesystem mirror with its unpacked AWS provider")
    print(_HEAD, flush=True)
    with SandboxProcess.start() as sandbox:
        for name in asked.pairs:
            for count in asked.counts:
                for latency in asked.latencies:
                    case = Case(PAIRS[name], count, latency)
                    for row in rows(case, measure(case, asked.runs, sandbox, provider)):
                        print(row, flush=True)


if __name__ == "__main__":
    main()
