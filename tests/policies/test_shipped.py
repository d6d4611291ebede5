"""Every rule that chimeform ships, with the cases that stand beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimeform.language import load
from chimeform.language.desired import Desired
from chimeform.language.policies import SHIPPED, shipped_names
from chimeform.policy.cases import CaseResult, run_cases

CASES = sorted((SHIPPED / "tests").glob("*.yaml"))


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Desired:
    """A workspace that uses all of them, with limits that are quickly reached."""
    root = tmp_path_factory.mktemp("shipped")
    settings = "{chimeform/licences: {most: 2}, chimeform/phone-numbers: {most: 2}}"
    (root / "chimeform.yaml").write_text(
        f"chimeform: 1\nworkspace: acme\npolicies: {{use: [{', '.join(shipped_names())}], settings: {settings}}}\n"
    )
    return load(root)


@pytest.fixture(scope="module")
def results(workspace: Desired) -> list[CaseResult]:
    return run_cases(workspace, CASES)


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_every_case_goes_as_it_says(results: list[CaseResult], file: Path) -> None:
    of_file = [one for one in results if one.place.file.endswith(f"/{file.name}")]
    assert len(of_file) > 1
    assert [(one.name, one.missing, one.unexpected) for one in of_file if not one.is_met] == []


def test_every_rule_says_no_to_something(workspace: Desired, results: list[CaseResult]) -> None:
    said = {rule for one in results for rule in one.said}
    assert {rule.id for one in workspace.policies for rule in one.rules} == said


def test_every_set_says_what_it_is_for(workspace: Desired) -> None:
    assert [one.name for one in workspace.policies] == shipped_names()
    assert all(one.about for one in workspace.policies)
    assert {file.stem for file in CASES} == {name.partition("/")[2] for name in shipped_names()}
