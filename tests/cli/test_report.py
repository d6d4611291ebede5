"""`chimeform report calls`: from the sandbox's own deliveries and from a folder, in every format."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.call_records.test_records import BUSINESS, STREAM, VOICE
from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "report"
CALLING = "Amazon-Chime-Business-Calling-CDRs/json/111122223333"
CONNECTOR = "Amazon-Chime-Voice-Connector-CDRs/json/abcdef1ghij2klmno3pqr4"
STREAMING = "Amazon-Chime-Voice-Connector-SDRs/json/abcdef1ghij2klmno3pqr4"
SECONDS = 1774915199


def records() -> dict[str, Any]:
    """Key → content of a few calls in two years, damaged and hostile ones among them."""
    omar = {"OrganizerEmail": "omar@acme.example", "DestinationCountry": "GB", "BillableDurationMinutes": "61.5"}
    last_year = {"StartTimeEpochSeconds": str(SECONDS - 365 * 86_400)}
    hostile = {"OrganizerEmail": "=cmd()|<b>`x`\x1b[31m", "BillableDurationMinutes": "3.0"}
    return {
        f"{CALLING}/2025/03/30/a": {**BUSINESS, **last_year},
        f"{CALLING}/2026/03/30/b": BUSINESS,
        f"{CALLING}/2026/03/30/c": {**BUSINESS, **omar},
        f"{CALLING}/2026/03/31/d": {**BUSINESS, **hostile, "StartTimeEpochSeconds": str(SECONDS + 60)},
        f"{CALLING}/2026/03/31/e": "{",
        f"{CALLING}/2026/03/31/f": {**BUSINESS, "SchemaVersion": "9.9", "StartTimeEpochSeconds": str(SECONDS + 99)},
        f"{CONNECTOR}/2026/03/31/g": VOICE,
        f"{STREAMING}/2026/03/31/g": STREAM,
        f"{CALLING}/README": "not a record",
    }


def download(root: Path) -> None:
    for key, content in records().items():
        file = root / "downloaded" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("person.txt", []),
        ("day.txt", ["--by", "day", "--from", "2026-03-01"]),
        ("country.csv", ["--by", "country", "--format", "csv"]),
        ("person.csv", ["--format", "csv"]),
        ("person.md", ["--format", "markdown"]),
        ("number.json", ["--by", "number", "--format", "json", "--kind", "voice-connector"]),
        ("person.html", ["--format", "html"]),
        ("none.txt", ["--from", "2020-01-01", "--to", "2020-01-02"]),
    ],
)
def test_what_people_see(offline: Program, name: str, arguments: list[str]) -> None:
    download(offline.root)
    ran = offline("report", "calls", "--folder", "downloaded", *arguments)
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / name, ran.out)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("no-place", []),
        ("no-folder", ["--folder", "nowhere"]),
        ("no-date", ["--folder", ".", "--from", "March"]),
        ("no-period", ["--folder", ".", "--from", "2026-03-31", "--to", "2026-03-01"]),
        ("both", ["--folder", ".", "--bucket", "acme-cdr"]),
    ],
)
def test_what_is_wrong_has_a_code(offline: Program, name: str, arguments: list[str]) -> None:
    ran = offline("report", "calls", *arguments)
    assert ran.code == 1
    check_golden(GOLDEN / f"{name}.txt", ran.err)


# ---------------------------------------------------------------- from Amazon S3


def told(chimeform: Program, *arguments: str) -> Any:
    ran = chimeform("report", "calls", "--format", "json", *arguments)
    assert ran.code == 0, ran.all
    return ran.json()


@pytest.fixture
def delivered(chimeform: Program, sandbox: SandboxProcess) -> Program:
    """A workspace with a bucket, into which the calls of two months were delivered."""
    s3 = sandbox.client("s3")
    s3.create_bucket(Bucket="acme-cdr")
    chimeform.write(
        "chimeform.yaml",
        "chimeform: 1\nworkspace: acme\n"
        "settings: {call_detail_records: {bucket: acme-cdr, manage_bucket_policy: true}}\n",
    )
    assert chimeform("apply", "--yes").code == 0
    sandbox.client().update_global_settings(VoiceConnector={"CdrBucket": "acme-cdr"})
    sandbox.post("calls-made", {"calls": 40, "days": 60})
    sandbox.post("calls-made", {"calls": 20, "days": 60, "kind": "voice-connector"})
    return chimeform


def test_the_calls_of_the_declared_bucket(delivered: Program, sandbox: SandboxProcess) -> None:
    everything = told(delivered, "--by", "day")
    assert everything["total"]["calls"] == 60
    assert everything["streamed"]["records"] > 0
    assert everything["source"] == "s3://acme-cdr"
    sums = [told(delivered, "--by", by)["rows"] for by in ("person", "country", "number", "direction")]
    for rows in (everything["rows"], *sums):
        assert sum(row["calls"] for row in rows) == 60
        assert sum(Decimal(row["minutes"]) for row in rows) == Decimal(everything["total"]["minutes"])

    first, last = everything["rows"][3]["day"], everything["rows"][-3]["day"]
    some = told(delivered, "--by", "day", "--from", first, "--to", last)
    assert some["rows"] == everything["rows"][3:-2]
    assert told(delivered, "--by", "day", "--from", first)["rows"] == everything["rows"][3:]
    assert told(delivered, "--by", "day", "--to", last)["rows"] == everything["rows"][:-2]
    assert told(delivered, "--kind", "voice-connector")["total"]["calls"] == 20


def test_a_bucket_needs_no_workspace_and_pages_are_read_to_the_end(chimeform: Program, sandbox: SandboxProcess) -> None:
    sandbox.client("s3").create_bucket(Bucket="copies")
    sandbox.client().update_global_settings(BusinessCalling={"CdrBucket": "copies"})
    sandbox.post("calls-made", {"calls": 1_100, "days": 2})
    found = told(chimeform, "--bucket", "copies", "--parallelism", "16")
    assert found["total"]["calls"] == 1_100
    assert told(chimeform, "--bucket", "copies", "--prefix", "elsewhere/")["total"]["calls"] == 0


def test_a_bucket_that_cannot_be_read_is_an_error(chimeform: Program, sandbox: SandboxProcess) -> None:
    ran = chimeform("report", "calls", "--bucket", "nowhere")
    assert ran.code == 1
    assert "CF-AWS-001" in ran.err


def test_the_same_seed_makes_the_same_calls(sandbox: SandboxProcess) -> None:
    made = []
    for _ in range(2):
        sandbox.reset(7)
        sandbox.client("s3").create_bucket(Bucket="acme-cdr")
        sandbox.client().update_global_settings(BusinessCalling={"CdrBucket": "acme-cdr"})
        made.append([key.rpartition("_")[2] for key in sandbox.post("calls-made", {"calls": 5})["Keys"]])
    assert made[0], "something was made"
    assert made[0] == made[1]


def test_what_a_spreadsheet_would_act_on_is_a_text(offline: Program) -> None:
    download(offline.root)
    ran = offline("report", "calls", "--folder", "downloaded", "--format", "csv")
    people = [row["person"] for row in csv.DictReader(io.StringIO(ran.out))]
    assert [one for one in people if one.startswith("=")] == []
    assert any(one.startswith("'=cmd()") for one in people)
