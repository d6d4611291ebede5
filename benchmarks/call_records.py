"""Time and peak memory of a report over a hundred thousand call detail records, and over a few from the sandbox's S3.

Each report runs in a fresh process. That memory does not grow with the records shows in the second row.

    python benchmarks/call_records.py [--records 1000 100000] [--delivered 2000]
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
from datetime import UTC, datetime, timedelta
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.sandbox_process import SandboxProcess  # noqa: E402 - the checkout is not on the path before

BEGIN = datetime(2021, 1, 1, tzinfo=UTC)
DAYS = 1_500


def write_records(root: Path, count: int) -> None:
    for place in range(count):
        begin = BEGIN + timedelta(days=place % DAYS, seconds=place % 80_000)
        record = {
            "SchemaVersion": "2.0",
            "ServiceCode": "AmazonChimeBusinessCalling",
            "OrganizerEmail": f"person{place % 500}@acme.example",
            "CallerPhoneNumber": "+12065550100",
            "CallerCountry": "US",
            "DestinationPhoneNumber": "+4930901820",
            "DestinationCountry": "DE",
            "StartTimeEpochSeconds": str(int(begin.timestamp())),
            "BillableDurationSeconds": "24",
            "BillableDurationMinutes": ".4",
            "Direction": "Outbound",
        }
        folder = root / f"Amazon-Chime-Business-Calling-CDRs/json/111122223333/{begin:%Y/%m/%d}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"call_{place}").write_text(json.dumps(record), encoding="utf-8")


def report(what: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "chimeform", "report", "calls", "--format", "json", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **(env or {})})
    seconds = time.perf_counter() - began
    calls = json.loads(done.stdout)["total"]["calls"]
    # of all children so far: the reports are made from the smallest to the largest
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{what:<28} | {calls:>8} | {seconds:8.2f} | {megabytes:7.0f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--delivered", type=int, default=2_000)
    asked = parser.parse_args()
    print(f"{'':<28} | {'calls':>8} | {'seconds':>8} | {'peak MB':>7}")
    for count in sorted(asked.records):
        with tempfile.TemporaryDirectory() as name:
            write_records(Path(name), count)
            report("a folder", "--folder", name)
            report("a folder, one month of it", "--folder", name, "--from", "2021-03-01", "--to", "2021-03-31")
    with SandboxProcess.start() as sandbox:
        sandbox.client("s3").create_bucket(Bucket="acme-cdr")
        sandbox.client().update_global_settings(BusinessCalling={"CdrBucket": "acme-cdr"})
        sandbox.post("calls-made", {"calls": asked.delivered, "days": 365})
        report("the sandbox's S3", "--bucket", "acme-cdr", env=sandbox.env())


if __name__ == "__main__":
    main()
