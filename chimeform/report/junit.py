"""Findings as JUnit XML: a test case for each resource, gate or file that was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from .check import message
from .model import CheckReport, Finding, Outcome
from .page import harmless


def junit(report: CheckReport) -> str:
    """One suite. What failed, what could not be looked at, what waits, and what is as it should be."""
    cases: dict[tuple[str, str], list[Finding]] = {key: [] for key in report.sound}
    for one in report.findings:
        cases.setdefault((one.group, one.about), []).append(one)
    suite = ElementTree.Element("testsuite", {"name": report.title})
    counts = dict.fromkeys(_ELEMENTS.values(), 0)
    for (group, about), findings in sorted(cases.items()):
        tag = _write_case(suite, group, about, findings)
        if tag:
            counts[tag] += 1
    totals = {
        "tests": str(len(cases)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
    }
    for name, value in totals.items():
        suite.set(name, value)
    root = ElementTree.Element("testsuites", {"name": report.title, **totals})
    root.append(suite)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}'


_ELEMENTS = {Outcome.ERROR: "error", Outcome.FAILED: "failure", Outcome.WAITING: "skipped"}
"""The worst first; what is only told stands in the output of its case."""


def _write_case(suite: ElementTree.Element, group: str, about: str, findings: Sequence[Finding]) -> str | None:
    """Write one case and give the tag that says how it ended; None for one that passed."""
    case = ElementTree.SubElement(suite, "testcase", {"classname": group, "name": harmless(about)})
    place = next((one.diagnostic.position for one in findings if one.diagnostic.position), None)
    if place is not None:
        case.set("file", harmless(place.file))
        case.set("line", str(place.line))
    outcomes = {one.outcome for one in findings}
    worst = next((outcome for outcome in _ELEMENTS if outcome in outcomes), None)
    told = "\n\n".join(_located(one) for one in findings)
    if worst is None:
        if told:
            ElementTree.SubElement(case, "system-out").text = told
        return None
    first = next(one.diagnostic for one in findings if one.outcome is worst)
    element = ElementTree.SubElement(case, _ELEMENTS[worst], {"message": harmless(first.summary)})
    if worst is not Outcome.WAITING:
        element.set("type", first.code)
    element.text = told
    return _ELEMENTS[worst]


def _located(one: Finding) -> str:
    place = harmless(f"{one.diagnostic.position}: ") if one.diagnostic.position else ""
    return f"{place}{one.diagnostic.code}: {message(one.diagnostic)}"
