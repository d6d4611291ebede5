"""A plan as the comment of a pull request: what it shows first, and what becomes of it when it is too long."""

from __future__ import annotations

import re
from pathlib import Path

from chimeform.plan import Action, Plan, Refusal, UnmanagedObject
from chimeform.report.model import plan_report
from chimeform.report.plan_markdown import LIMIT, OPEN_UP_TO, plan_markdown
from tests.golden import check_golden
from tests.report.plans import ACME, NOW, change, consequence, everything, field

GOLDEN = Path(__file__).parent / "golden"
HOST_LIMIT = 65_536


def told(plan: Plan) -> str:
    return plan_markdown(plan_report(plan, NOW), artifact="plan.json")


def many(count: int, *, severity: str = "notice") -> Plan:
    changes = tuple(
        change(
            f'{ACME}.users["person{number:05}@acme.example"]',
            Action.UPDATE,
            field("license", "basic", "pro"),
            consequences=(consequence("gone", severity, "is gone for good"),) * (number == count - 1),
        )
        for number in range(count)
    )
    return everything().model_copy(update={"changes": changes, "refusals": (), "gates": ()})


def test_everything_that_a_plan_can_say():
    check_golden(GOLDEN / "plan.md", told(everything().model_copy(update={"fingerprint": "0f" * 32})) + "\n")


def test_a_short_plan_is_open_and_a_long_one_is_folded():
    assert "<details><summary>accounts.acme.users" not in told(many(OPEN_UP_TO))
    assert "<details><summary>accounts.acme.users: 11</summary>" in told(many(OPEN_UP_TO + 1))


def test_a_plan_of_any_size_fits_and_keeps_what_matters():
    plan = many(20_000, severity="irreversible")
    text = told(plan)
    assert LIMIT - 20_000 < len(text) <= HOST_LIMIT - 2_000, "the room is used, and some is left for marker and link"
    assert text.startswith("## Plan for ")
    assert "### What cannot be undone" in text
    assert 'person19999@acme.example"]`: **irreversible**' in text, "although the change itself is not shown any more"
    assert re.search(r"_\d+ sections are left out, .* the saved plan `plan\.json` has all of it\._\Z", text)
    assert text.count("<details>") == text.count("</details>"), "nothing is cut in the middle"


def test_names_are_no_markup():
    name = "a`b|c</details><img src=x>@everyone"
    plan = everything().model_copy(
        update={
            "changes": (change(f'{ACME}.users["{name}"]', Action.UPDATE, field("name", name, "**x**")),),
            "unmanaged": (UnmanagedObject(address=ACME, kind="account", id="1", name=name),),
        }
    )
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", told(plan))
    assert "<img" not in outside.replace("\\<img", "")
    assert "**x**" not in outside


def test_a_rule_that_says_no_is_told_with_the_way_around_it():
    rule = Refusal(guard="policy", code="CF-GRD-001", address=ACME, summary="too many at once", why="w", do="fewer")
    waivable = rule.model_copy(update={"waive": "mass-change"})
    text = told(everything().model_copy(update={"refusals": (waivable,), "warnings": (rule,)}))
    line = "- too many at once (CF-GRD-001): w. **Do:** fewer."
    assert f"### Refused\n\n{line} **Or:** `--waive mass-change --reason …`" in text
    assert f"### Warnings\n\n{line}\n" in text
