"""Findings as SARIF 2.1.0, for code scanning [OASIS SARIF v2.1.0 errata 01]."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ..diagnostics import Position, Severity
from .check import message
from .json_text import to_json
from .model import CheckReport, Finding
from .page import harmless

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def sarif(report: CheckReport, page_of: Callable[[str], str], version: str) -> str:
    """The whole log. `page_of` gives the page that explains a code, which begins `# CODE: TITLE`."""
    codes = sorted({one.diagnostic.code for one in report.findings})
    rules = [_rule(code, page_of(code)) for code in codes]
    run = {
        "tool": {"driver": {"name": "chimeform", "version": version, "rules": rules}},
        # positions count characters, as the files do
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": f"{report.title}/"},
        "invocations": [{"executionSuccessful": report.is_complete}],
        "results": [_result(one, codes, report.anchor) for one in report.findings],
    }
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(code: str, page: str) -> Mapping[str, Any]:
    heading, _, text = page.partition("\n")
    title = heading.removeprefix("# ").removeprefix(f"{code}: ")
    return {
        "id": code,
        "shortDescription": {"text": title},
        "help": {"text": text.strip(), "markdown": text.strip()},
    }


def _result(one: Finding, codes: Sequence[str], anchor: str) -> Mapping[str, Any]:
    told = one.diagnostic
    related = [
        {"id": number, "message": {"text": harmless(each.message)}, **_physical(each.position)}
        for number, each in enumerate(told.related, start=1)
    ]
    return {
        "ruleId": told.code,
        "ruleIndex": codes.index(told.code),
        "level": _LEVELS[told.severity],
        "message": {"text": message(told)},
        # code scanning shows nothing without a place, so the workspace's own file stands for what has none
        "locations": [
            {
                **_physical(told.position or Position(anchor, 1, 1)),
                "logicalLocations": [{"fullyQualifiedName": one.subject, "kind": one.group}],
            }
        ],
        **({"relatedLocations": related} if related else {}),
        "partialFingerprints": {"chimeform/v1": _fingerprint(one)},
    }


def _physical(place: Position) -> Mapping[str, Any]:
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.column + place.length}
    return {"physicalLocation": {"artifactLocation": _artifact(place.file), "region": region}}


def _artifact(file: str) -> Mapping[str, str]:
    """Relative to the root of the repository, unless it lies elsewhere."""
    if PurePath(file).is_absolute():
        return {"uri": PurePath(file).as_uri()}
    return {"uri": quote(file), "uriBaseId": "%SRCROOT%"}


def _fingerprint(one: Finding) -> str:
    """The same from one run to the next, whatever the values and the lines are by then."""
    return hashlib.sha256(f"{one.diagnostic.code} {one.group} {one.about} {one.subject}".encode()).hexdigest()
