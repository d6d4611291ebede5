"""Drift and diagnostics in every format: everything that they can say, and that programs read it back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from chimeform.cli.explain import code_page
from chimeform.diagnostics import Diagnostic, Position, Related, Severity
from chimeform.drift import Drift, Happened, attributed
from chimeform.errors import ServiceError, ServiceFault
from chimeform.report.check import check_of_drift, check_of_failure, check_of_files
from chimeform.report.drift_markdown import drift_markdown
from chimeform.report.drift_text import drift_text
from chimeform.report.github import github
from chimeform.report.junit import junit
from chimeform.report.model import CheckReport, Finding, Outcome, drift_report
from chimeform.report.page import Look
from chimeform.report.sarif import sarif
from tests.golden import check_golden
from tests.report.drifts import SOMEBODY, at, drift, drifted, everything, relicensed
from tests.report.plans import ACME
from tests.report.sarif_structure import LOG

GOLDEN = Path(__file__).parent / "golden" / "drift"
ROOT = Path(__file__).parents[2]
TITLE = "chimeform drift"


def text(found: Drift, look: Look | None = None) -> str:
    return drift_text(drift_report(found), look or Look()) + "\n"


def check(found: Drift) -> CheckReport:
    return check_of_drift(found, TITLE)


def log(report: CheckReport) -> Any:
    """The log, after it has been compared with what the standard says."""
    written = json.loads(sarif(report, code_page, "0.1.0"))
    jsonschema.validate(written, LOG)
    return written


def with_authors(found: Drift) -> Drift:
    """Only the licence was found in the log."""
    return attributed(found, lambda fact: SOMEBODY if "users" in fact.address.parts else None)


# ---------------------------------------------------------------- for people


@pytest.mark.parametrize(
    ("name", "look"), [("everything", Look()), ("full", Look(full=True)), ("ascii", Look(drawing=False))]
)
def test_everything_as_text(name: str, look: Look) -> None:
    check_golden(GOLDEN / f"{name}.txt", text(everything(), look))


def test_who_did_it_is_said_where_somebody_has_looked() -> None:
    check_golden(GOLDEN / "authors.txt", text(with_authors(everything())))
    assert "who did it" not in text(everything())


def test_plain_symbols_are_plain_and_colours_add_nothing() -> None:
    assert text(everything(), Look(drawing=False)).isascii()
    assert re.sub(r"\x1b\[[0-9;]*m", "", text(everything(), Look(color=True))) == text(everything())


def test_many_alike_are_folded_and_counted() -> None:
    told = text(drift(*relicensed(60)))
    check_golden(GOLDEN / "folded.txt", told)
    assert text(drift(*relicensed(60)), Look(full=True)).count("~ changed") == 60


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (drift(), "No drift: everything is there as it was applied."),
        (drift(compared=()), "No drift: nothing has been applied yet."),
        (drift(compared=(), excludes=(ACME,)), "No drift: nothing of what was chosen has been applied yet."),
        (drift(unread=everything().unread), "No drift where it could be read. Nothing is known about 1"),
        (drift(*relicensed(1), unread=everything().unread), "Drift: 1 changed. Nothing is known about 1"),
    ],
)
def test_the_last_line_promises_nothing_that_nobody_knows(found: Drift, words: str) -> None:
    assert words in text(found).splitlines()[-1]
    assert words in drift_markdown(drift_report(found))


@pytest.mark.parametrize(("name", "found"), [("everything", everything()), ("authors", with_authors(everything()))])
def test_everything_as_markdown(name: str, found: Drift) -> None:
    check_golden(GOLDEN / f"{name}.md", drift_markdown(drift_report(found)) + "\n")


def test_tables_of_markdown_have_as_many_cells_everywhere() -> None:
    for found, cells in ((everything(), 3), (with_authors(everything()), 4)):
        rows = [line for line in drift_markdown(drift_report(found)).splitlines() if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {cells + 1}


def test_a_comment_stays_as_long_as_a_comment_may_be() -> None:
    told = drift_markdown(drift_report(drift(*relicensed(5000))))
    assert len(told) < 65_536
    assert "And 4950 more" in told


def test_names_cannot_act_on_what_shows_them() -> None:
    evil = "a\x1b[2J\u202e\nb](http://x)<script>"
    found = drift(drifted(f"{ACME}.bots.x", Happened.MISSING, kind="bot", reason=evil))
    for told in (text(found), drift_markdown(drift_report(found)), github(check(found)), junit(check(found))):
        assert "\x1b" not in told
        assert "\u202e" not in told
    assert "\\<script\\>" in drift_markdown(drift_report(found))
    assert len(github(check(found)).splitlines()) == 1


# ---------------------------------------------------------------- for programs


def test_json_is_as_its_schema_says_and_reads_back() -> None:
    schema = json.loads((ROOT / "schemas" / "drift.schema.json").read_text(encoding="utf-8"))
    for found in (everything(), with_authors(everything()), drift()):
        jsonschema.validate(json.loads(found.to_json()), schema)
        assert Drift.model_validate_json(found.to_json()) == found


def test_sarif() -> None:
    written = log(check(everything()))
    check_golden(GOLDEN / "everything.sarif", json.dumps(written, indent=2) + "\n")
    (run,) = written["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    marks = [json.dumps(result["partialFingerprints"]) for result in run["results"]]
    assert len(set(marks)) == len(marks), "each is an alert of its own"
    assert run["invocations"] == [{"executionSuccessful": False}], "something could not be read"


def test_an_alert_stays_the_same_when_values_and_lines_change() -> None:
    def marks(found: Drift) -> list[Any]:
        return [one["partialFingerprints"] for one in log(check(found))["runs"][0]["results"]]

    (before,) = relicensed(1)
    (changed,) = before.fields
    moved = changed.model_copy(update={"live_text": "trial", "place": at(99)})
    assert marks(drift(before)) == marks(drift(before.model_copy(update={"fields": (moved,)})))
    assert marks(drift(before)) != marks(drift(relicensed(2)[1]))


def test_github() -> None:
    check_golden(GOLDEN / "everything.github", github(check(everything())) + "\n")
    assert github(check(drift())) == ""


def commands(told: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Workflow commands as the runner reads them: command, properties, message."""
    for line in told.splitlines():
        found = re.fullmatch(r"::(\w+) ([^\n]*?)::(.*)", line)
        assert found, line
        pairs = (pair.split("=", 1) for pair in found[2].split(","))
        yield found[1], {name: unescaped(value) for name, value in pairs}, unescaped(found[3])


def unescaped(value: str) -> str:
    for written, meant in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        value = value.replace(written, meant)
    return value


def test_what_github_reads_is_what_was_meant() -> None:
    place = Position("a,b:: 100%/x=1.yaml", 3, 4, 5)
    told = Diagnostic("CF-X-001", "50% :: done, here", place, why="one\ntwo", severity=Severity.WARNING)
    finding = Finding(told, "a,b:c", "x", "resource", Outcome.FAILED)
    ((command, properties, message),) = commands(github(CheckReport(TITLE, "chimeform.yaml", (finding,))))
    assert command == "warning"
    assert properties == {
        "file": place.file, "line": "3", "col": "4", "endColumn": "9", "title": "CF-X-001 a,b:c",
    }  # fmt: skip
    assert message == "50% :: done, here\nwhy: one\\ntwo"


def test_junit() -> None:
    written = junit(check(everything()))
    check_golden(GOLDEN / "everything.junit.xml", written + "\n")
    root = ElementTree.fromstring(written)
    (suite,) = root
    cases = suite.findall("testcase")
    for counted, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(counted, "")) == sum(case.find(tag) is not None for case in cases)
        assert root.get(counted) == suite.get(counted)
    assert int(suite.get("tests", "")) == len(cases)
    by_name = {case.get("name"): case for case in cases}
    assert len(by_name) == len(cases)
    assert list(by_name[ACME]) == [], "what is as it was applied has passed"
    assert by_name["accounts.other"].find("error") is not None
    (rooms,) = by_name[f"{ACME}.retention"].findall("failure")
    assert "was applied as 1 year, is 1 week there; the files say 90 days now" in str(rooms.get("message"))
    assert "was applied as 90 days, is 30 days there" in str(rooms.text), "one test case tells of all its fields"


# ---------------------------------------------------------------- checks of files, and failures

PROBLEMS = (
    Diagnostic(
        "CF-DOC-010",
        "accounts.acme.name: stands in two files",
        Position("b.yaml", 2, 3, 4),
        why="one of them would win",
        do="keep one",
        related=(Related("here too", Position("a b.yaml", 5, 6)),),
    ),
    Diagnostic("CF-REN-007", "the variable 'x' is used nowhere", severity=Severity.WARNING),
)


def test_a_check_of_files() -> None:
    report = check_of_files(PROBLEMS, ["chimeform.yaml", "b.yaml", "c.yaml"], "chimeform validate")
    (run,) = log(report)["runs"]
    first, second = run["results"]
    (related,) = first["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.yaml"
    assert (first["level"], second["level"]) == ("error", "warning")
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "chimeform.yaml"
    assert run["invocations"] == [{"executionSuccessful": True}], "files that are wrong are a result"
    cases = {
        case.get("name"): [part.tag for part in case] for case in ElementTree.fromstring(junit(report)).iter("testcase")
    }
    assert cases == {"b.yaml": ["failure"], "c.yaml": [], "chimeform.yaml": ["system-out"]}


def test_files_are_called_as_they_are_from_outside() -> None:
    report = check_of_files(PROBLEMS, [], "chimeform validate").under("infra/chime")
    (first, second) = log(report)["runs"][0]["results"]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in (first, second)]
    assert uris == ["infra/chime/b.yaml", "infra/chime/chimeform.yaml"]
    assert first["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "infra/chime/a%20b.yaml"
    (_, properties, _), (_, nowhere, _) = commands(github(report))
    assert properties["file"] == "infra/chime/b.yaml"
    assert "file" not in nowhere
    elsewhere = log(report.under("/srv"))["runs"][0]["results"][0]
    assert elsewhere["locations"][0]["physicalLocation"]["artifactLocation"] == {
        "uri": "file:///srv/infra/chime/b.yaml"
    }


def test_a_failure_is_no_empty_result() -> None:
    error = ServiceError("ListUsers: denied", operation="ListUsers", fault=ServiceFault.DENIED, code="CF-AWS-403")
    report = check_of_failure(error, TITLE)
    (run,) = log(report)["runs"]
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert [one["ruleId"] for one in run["results"]] == ["CF-AWS-403"]
    assert ElementTree.fromstring(junit(report)).get("errors") == "1"
    assert github(report).startswith("::error title=CF-AWS-403 ")
