"""Notices: what they say, what stands in them when there is too much, and that no name in them does anything."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimeform.drift import Drift, Happened
from chimeform.errors import StalePlan
from chimeform.notice import Drifted, Failure, Notice
from chimeform.plan import LedgerStamp
from chimeform.report.model import drift_report, run_report
from chimeform.report.notice_text import CHIME_BYTES, SLACK_BYTES, chime_body, json_body, slack_body
from chimeform.report.notices import SHOWN, notice_of_drift, notice_of_error, notice_of_run
from tests.golden import check_golden
from tests.report.drifts import drifted
from tests.report.drifts import everything as all_drift
from tests.report.plans import ACME, NOW
from tests.report.test_run_text import DONE, FAILED, GATE, PLAN, ended

GOLDEN = Path(__file__).parent / "golden" / "notices"
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "notice.schema.json").read_text(encoding="utf-8"))


def of_run(*events: Any, result: str = "done") -> Notice:
    return notice_of_run(PLAN, run_report(PLAN, NOW, [*events, ended(result)]))


RUN = of_run(DONE, FAILED, GATE, result="failed")
DRIFT = notice_of_drift(drift_report(all_drift()))
ERROR = notice_of_error(
    "apply", "acme", "prod", NOW, StalePlan("the file phones.yaml has changed", why="the plan is older", do="plan anew")
)


@pytest.mark.parametrize(("name", "notice"), [("run", RUN), ("drift", DRIFT), ("error", ERROR)])
def test_what_a_notice_says(name: str, notice: Notice):
    content = json.loads(chime_body(notice, None))
    assert set(content) == {"Content"}, "Amazon Chime takes this key and no other [guide: webhooks]"
    check_golden(GOLDEN / f"{name}.chime.txt", content["Content"] + "\n")
    check_golden(GOLDEN / f"{name}.slack.txt", json.loads(slack_body(notice))["text"] + "\n")
    document = json.loads(json_body(notice))
    jsonschema.validate(document, SCHEMA)
    check_golden(GOLDEN / f"{name}.json", json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def test_what_is_an_occasion():
    nothing_to_do = PLAN.model_copy(update={"changes": (), "steps": (), "unread": ()})
    quiet = notice_of_run(nothing_to_do, run_report(nothing_to_do, NOW, [ended("done")]))
    in_order = Drift(workspace="acme", environment=None, at=NOW.isoformat(), ledger=LedgerStamp(lineage="l", serial=1))
    assert quiet.occasions == ()
    assert notice_of_drift(drift_report(in_order)).occasions == ()
    assert RUN.occasions == ("apply", "failure")
    assert DRIFT.occasions == ("drift", "failure"), "something in it could not be read"
    assert ERROR.occasions == ("failure",)


def test_the_worst_comes_first_and_the_rest_is_counted():
    mild = [drifted(f"{ACME}.bots.b{number}", Happened.CHANGED) for number in range(SHOWN + 4)]
    bad = drifted(f"{ACME}.bots.z", Happened.MISSING, severity="irreversible")
    drift = all_drift().model_copy(update={"objects": (*mild, bad)})
    notice = notice_of_drift(drift_report(drift))
    assert notice.drifted[0].address == bad.address
    assert len(notice.drifted) == SHOWN
    assert notice.beyond["drifted"] == 5
    assert "and 5 more" in json.loads(slack_body(notice))["text"]


def test_a_name_calls_nobody_and_is_no_markup():
    failure = Failure(
        address="a", code="CF-RUN-001", summary="@All @present **loud** <!channel> [x](https://evil.example)"
    )
    notice = ERROR.model_copy(update={"failed": (failure,), "summary": "@ALL"})
    chime = json.loads(chime_body(notice, None))["Content"]
    assert not any(call in chime.lower() for call in ("@all", "@present"))
    assert "**loud**" not in chime
    assert "[x](" not in chime
    assert "<!channel>" not in json.loads(slack_body(notice))["text"]


@pytest.mark.parametrize(("mention", "begin"), [("all", "/md @All "), ("present", "/md @Present "), (None, "/md **")])
def test_who_is_called(mention: Any, begin: str):
    content = json.loads(chime_body(RUN, mention))["Content"]
    assert content.startswith(begin)
    assert content.lower().count("@all") + content.lower().count("@present") == (1 if mention else 0)


texts = st.text(max_size=600)


@given(st.lists(st.tuples(texts, texts, texts), max_size=SHOWN), texts, st.sampled_from([None, "all", "present"]))
def test_a_message_is_never_too_long_and_never_broken(
    items: list[tuple[str, str, str]], environment: str, mention: Any
):
    notice = Notice(
        event="drift",
        occasions=("drift",),
        result="drifted",
        workspace="acme",
        environment=environment,
        at=(NOW + timedelta(hours=1)).isoformat(),
        summary=environment,
        drifted=tuple(
            Drifted(address=address, happened="changed", severity="caution", text=text, who=who)
            for address, text, who in items
        ),
        failed=tuple(Failure(code="CF-RUN-001", summary=text, do=address) for address, text, _ in items),
    )
    for body, most in ((chime_body(notice, mention), CHIME_BYTES), (slack_body(notice), SLACK_BYTES)):
        assert len(body) <= most
        (said,) = json.loads(body.decode("utf-8")).values()
        assert "acme" in said.splitlines()[0]


def test_a_long_message_says_that_it_is_cut():
    notice = DRIFT.model_copy(
        update={"drifted": tuple(Drifted(address="ü" * 200, happened="changed", severity="caution", text="€" * 200)
                                 for _ in range(SHOWN))}
    )  # fmt: skip
    body = chime_body(notice, None)
    assert CHIME_BYTES - 2_000 < len(body) <= CHIME_BYTES
    said = json.loads(body)["Content"]
    last = said.splitlines()[-1]
    assert last.startswith("… and ")
    assert last.endswith(" more lines")
