"""Size and time of the reports about a large organisation: a plan that creates everybody, and drift of everybody.

Each report is one run of the program in a fresh process, with everything it reads, on a sandbox of its own. The
first row of each is the report that costs least to write, so the rest is what the format takes.

    python benchmarks/reports.py [--people 10000]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.organisation import write_workspace  # noqa: E402 - the checkout is not on the path before
from tests.sandbox_process import SandboxProcess  # noqa: E402

FORMATS = {
    "plan": ("json", "text", "markdown", "html"),
    "drift": ("json", "text", "markdown", "html", "sarif", "junit", "github"),
}


def run(folder: Path, env: dict[str, str], *arguments: str) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "chimeform", *arguments, "-C", str(folder)]
    ran = subprocess.run(command, env={**os.environ, **env}, check=False, capture_output=True, text=True)
    if ran.returncode not in (0, 2):
        raise SystemExit(ran.stderr or ran.stdout)
    return time.perf_counter() - began


def measure(folder: Path, env: dict[str, str], command: str, *more: str) -> None:
    for name in FORMATS[command]:
        output = folder / f"{command}.{name}"
        seconds = run(folder, env, command, "--format", name, "--output", str(output), *more)
        print(f"{command:<6} {name:<9} {seconds:>8.2f} {output.stat().st_size / 1024:>10.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=10_000)
    people = parser.parse_args().people
    print(f"{people} people\n{'what':<6} {'format':<9} {'wall s':>8} {'KiB':>10}")
    with SandboxProcess.start() as sandbox, tempfile.TemporaryDirectory() as name:
        folder, env = Path(name), sandbox.env()
        write_workspace(folder, people)
        measure(folder, env, "plan")
        run(folder, env, "apply", "--yes")
        (account,) = sandbox.client().list_accounts()["Accounts"]
        sandbox.client().update_account(AccountId=account["AccountId"], DefaultLicense="Basic")
        for user in sandbox.client().get_paginator("list_users").paginate(AccountId=account["AccountId"]):
            ids = [one["UserId"] for one in user["Users"]]
            for start in range(0, len(ids), 20):
                items = [{"UserId": one, "LicenseType": "Basic"} for one in ids[start : start + 20]]
                sandbox.client().batch_update_user(AccountId=account["AccountId"], UpdateUserRequestItems=items)
        # who did it is asked of CloudTrail twice a second at the most, which no format changes
        measure(folder, env, "drift", "--no-who")


if __name__ == "__main__":
    main()
