"""The pages about policies are as the definitions are, and what they show works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chimeform.language import load
from chimeform.language.policies import shipped_names
from chimeform.policy.cases import run_cases, untested
from scripts.docs_policies import PAGE, page

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "policies.md"


def test_the_page_of_variables_is_fresh() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def shown(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found.group(1)


def test_the_policy_and_the_cases_of_the_guide_work(tmp_path: Path) -> None:
    (tmp_path / "policies" / "tests").mkdir(parents=True)
    (tmp_path / "chimeform.yaml").write_text("chimeform: 1\nworkspace: acme\n")
    (tmp_path / "policies" / "people.yaml").write_text(shown("policy"))
    cases = tmp_path / "policies" / "tests" / "people.yaml"
    cases.write_text(shown("policy tests"))
    desired = load(tmp_path)
    results = run_cases(desired, [cases])
    assert [one.name for one in results if not one.is_met] == []
    assert list(untested(desired, results)) == ["people.leavers"]


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_set_is_in_the_guide(name: str) -> None:
    assert f"| `{name}` |" in GUIDE.read_text(encoding="utf-8")
