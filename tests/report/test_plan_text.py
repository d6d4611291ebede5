"""A plan as text: everything it can say, folded and unfolded, in every kind of output."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimeform.plan import Action, Cause
from chimeform.report.model import plan_report
from chimeform.report.page import Look
from chimeform.report.plan_text import FOLD_ABOVE, plan_text
from tests.golden import check_golden
from tests.report.plans import ACME, NOW, change, consequence, everything, field, gate, invited, plan

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("everything", Look()),
        ("everything-full", Look(full=True)),
        ("everything-ascii", Look(drawing=False)),
        ("everything-color", Look(color=True)),
    ],
)
def test_everything(name: str, look: Look) -> None:
    check_golden(GOLDEN / f"{name}.txt", plan_text(plan_report(everything(), NOW), look) + "\n")


def test_colours_add_nothing_but_colours() -> None:
    import re

    report = plan_report(everything(), NOW)
    assert re.sub(r"\x1b\[[0-9;]*m", "", plan_text(report, Look(color=True))) == plan_text(report, Look())


def test_plain_symbols_are_plain() -> None:
    assert plan_text(plan_report(everything(), NOW), Look(drawing=False)).isascii()


def test_many_alike_are_folded_and_counted() -> None:
    text = plan_text(plan_report(plan(*invited(60), environment="lab"), NOW), Look())
    check_golden(GOLDEN / "folded.txt", text + "\n")


def test_a_few_alike_are_all_shown() -> None:
    text = plan_text(plan_report(plan(*invited(FOLD_ABOVE)), NOW), Look())
    assert text.count("+ create") == FOLD_ABOVE


def test_everything_is_shown_on_request() -> None:
    text = plan_text(plan_report(plan(*invited(60)), NOW), Look(full=True))
    assert text.count("+ create") == 60


def test_folding_hides_no_other_severity() -> None:
    """The one that destroys something is not among sixty that do not."""
    worse = change(
        f'{ACME}.users["user30@acme.example"]',
        Action.CREATE,
        reason="is new in the files",
        consequences=(consequence("loss", "irreversible", "everything is lost"),),
    )
    text = plan_text(plan_report(plan(*invited(30), worse, *invited(60)[31:]), NOW), Look())
    assert 'users["user30@acme.example"]' in text
    assert "irreversible (loss): everything is lost" in text


def test_many_waits_for_the_same_are_folded() -> None:
    gates = tuple(gate(f'{ACME}.users["user{n:02}@acme.example"]', "invitee", "accepts") for n in range(40))
    text = plan_text(plan_report(plan(gates=gates), NOW), Look())
    assert "and 37 more that wait for the same" in text


@pytest.mark.parametrize("evil", ["\x1b[2J", "\x07", "\r", "\u202e", "\u2066", "\x9b31m", "\n", "\ud800"])
def test_what_a_terminal_would_act_on_is_escaped(evil: str) -> None:
    name = f"a{evil}b"
    shown = change(
        f"{ACME}.bots.evil",
        Action.UPDATE,
        field("display_name", name, "fine", Cause.THEIRS),
        field("events", {"https": name}, {"https": "https://fine.example"}),
        reason=name,
        consequences=(consequence(name, "notice", name),),
    )
    text = plan_text(plan_report(plan(shown, gates=(gate(ACME, "operator", name),)), NOW), Look(full=True))
    assert name not in text, "not even the end of a line, which the page itself has"
    assert text.count("a\\") == 6, "shown in every place that has it, two of them in the consequence"


def test_long_values_are_cut_and_say_so() -> None:
    shown = change(f"{ACME}.bots.x", Action.UPDATE, field("display_name", "x" * 5000, "short"))
    assert f"{'x' * 99}… → short" in plan_text(plan_report(plan(shown), NOW), Look())
    assert "x" * 5000 in plan_text(plan_report(plan(shown), NOW), Look(full=True))


def test_the_cause_stands_where_it_differs() -> None:
    both = change(
        f"{ACME}.meetings",
        Action.UPDATE,
        field("call_me", False, True, Cause.THEIRS),
        field("screen_sharing_control", False, True, Cause.OURS),
        reason="changed here and there since the last apply",
    )
    text = plan_text(plan_report(plan(both), NOW), Look())
    assert "False → True  (changed there since the last apply)" in text
    assert "False → True  (edited here)" in text


def test_parts_of_a_value_are_compared_by_part() -> None:
    shown = change(
        f"{ACME}.bots.x",
        Action.UPDATE,
        field("events", {"https": "a", "same": 1, "n": [["not present"]]}, {"lambda": "b", "same": 1, "n": []}),
    )
    text = plan_text(plan_report(plan(shown), NOW), Look())
    assert "events.https:   a → (none)" in text
    assert "events.lambda:  (none) → b" in text
    assert "events.n.0:     ['not present'] → (none)" in text
    assert "same" not in text


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (plan(), "No changes: everything is as the files say."),
        (plan(purpose="destroy"), "Nothing to destroy"),
        (plan(left_out=(ACME,), targets=("settings",)), "No changes in what was chosen."),
        (plan(gates=(gate(ACME, "operator", "opens"),)), "everything that can be done is done, and 1 waits"),
        (plan(unread=everything().unread), "nothing is known about the rest"),
    ],
)
def test_nothing_to_do_has_its_reasons(made: object, words: str) -> None:
    assert words in plan_text(plan_report(made, NOW), Look())  # type: ignore[arg-type]
