"""Freezes and waivers: what is refused until when, who may set it aside, and what the history keeps."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from chimeform.cli.plan import REFUSED
from tests.cli.program import Program
from tests.sandbox_process import SandboxProcess

DAY = 24 * 60 * 60


def workspace(guardrails: dict[str, object] | None = None) -> str:
    return json.dumps(
        {
            "chimeform": 1,
            "workspace": "acme",
            "guardrails": guardrails or {},
            "accounts": {"acme": {"name": "Acme", "lifecycle": {"prevent_destroy": True}}},
        }
    )


def frozen(begin: str = "2000-01-01", end: str = "2999-12-31") -> dict[str, object]:
    return {"freeze": [{"from": begin, "to": end, "why": "the books are being closed"}]}


def test_a_frozen_plan_shows_everything_and_is_refused_until_its_end(chimeform: Program) -> None:
    chimeform.write("chimeform.yaml", workspace(frozen()))
    ran = chimeform("plan")
    assert ran.code == REFUSED
    assert "+ create  accounts.acme" in ran.out
    assert "refused[CF-GRD-007]: changes are frozen until 3000-01-01 00:00 UTC: accounts.acme\n" in ran.out
    assert "why: the books are being closed" in ran.out
    assert chimeform("apply", "-y").code == REFUSED


def test_a_waiver_is_told_and_stays_in_the_history(chimeform: Program) -> None:
    chimeform.write("chimeform.yaml", workspace(frozen()))
    ran = chimeform("apply", "-y", "--waive", "freeze", "--reason", "CHG1: cannot\nwait")
    assert ran.code == 0, ran.all
    assert r"waived    freeze: CHG1: cannot\nwait" in ran.out
    (run,) = chimeform("state", "history", "--format", "json").json()
    assert run["waivers"] == [
        {
            "rule": "freeze",
            "reason": "CHG1: cannot\nwait",
            "refused": ["changes are frozen until 3000-01-01 00:00 UTC: accounts.acme"],
        }
    ]
    assert r"waived freeze: CHG1: cannot\nwait" in chimeform("state", "history").out


def test_a_waiver_is_an_event_for_programs(chimeform: Program) -> None:
    chimeform.write("chimeform.yaml", workspace(frozen()))
    events = chimeform("apply", "-y", "--format", "json", "--waive", "freeze", "--reason", "CHG1").events()
    assert [event["event"] for event in events][:3] == ["planned", "waived", "run_started"]
    assert events[1]["reason"] == "CHG1"


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--waive", "freeze"], 1, "error[CF-USE-020]"),
        (["--waive", "freeze", "--reason", " "], 1, "error[CF-USE-020]"),
        (["--reason", "because"], 1, "error[CF-USE-020]"),
        (["--waive", "freze", "--reason", "x"], 1, "did you mean 'freeze'?"),
    ],
)
def test_a_waiver_names_a_refusal_and_a_reason(chimeform: Program, options: list[str], code: int, words: str) -> None:
    chimeform.write("chimeform.yaml", workspace(frozen()))
    ran = chimeform("apply", "-y", *options)
    assert ran.code == code
    assert words in ran.err


def test_nothing_that_protects_data_can_be_waived(chimeform: Program, sandbox: SandboxProcess) -> None:
    chimeform.write("chimeform.yaml", workspace())
    assert chimeform("apply", "-y").code == 0
    ran = chimeform("destroy", "-y", "--accept", "*", "--waive", "protection", "--reason", "gone")
    assert ran.code == REFUSED
    assert "error[CF-GRD-009]" in ran.err
    assert len(sandbox.client().list_accounts()["Accounts"]) == 1


def test_a_saved_plan_is_judged_by_the_clock_when_it_is_done(chimeform: Program, sandbox: SandboxProcess) -> None:
    now = datetime.fromisoformat(sandbox.get("clock")["now"])
    begin, end = (f"{now + timedelta(days=days):%Y-%m-%dT%H:%M:%S}Z" for days in (1, 3))
    chimeform.write("chimeform.yaml", workspace(frozen(begin, end)))
    assert chimeform("plan", "--out", "plan.json").code == 0
    sandbox.post("clock", {"advance_seconds": 2 * DAY})
    refused = chimeform("apply", "plan.json")
    assert refused.code == REFUSED
    assert "refused[CF-GRD-007]" in refused.out
    assert chimeform("plan", "--out", "frozen.json").code == REFUSED
    sandbox.post("clock", {"advance_seconds": 2 * DAY})
    assert chimeform("apply", "frozen.json").code == 0, "what was frozen when it was made is not frozen any more"


def test_limits_for_a_kind_that_there_is_not_are_told_at_their_place(offline: Program) -> None:
    offline.write(
        "chimeform.yaml",
        "chimeform: 1\nworkspace: acme\nguardrails:\n  by_kind:\n    users: {max_deletes: 5}\n"
        "  freeze:\n    - {weekdays: [friday], zone: Europe/Berln, why: x}\n",
    )
    ran = offline("validate")
    assert ran.code == 1
    assert "chimeform.yaml:5:5: error[CF-DOC-010]: guardrails.by_kind: there is no kind 'users'" in ran.err
    assert "did you mean 'user'?" in ran.err
    assert "chimeform.yaml:7:34: error[CF-FRZ-002]: guardrails.freeze[0].zone: 'Europe/Berln' is no time" in ran.err
