"""`chimeform init`: a workspace that is valid from the start, and never at the cost of what is there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cli.program import Program


def example_of(text: str) -> str:
    """The file with its example put to use: the '# ' taken away, as the file itself says."""
    head, _, rest = text.partition("#\n")
    return head + "\n".join(line.removeprefix("#").removeprefix(" ") for line in rest.splitlines())


def test_the_result_is_valid(offline: Program) -> None:
    ran = offline("init", "acme")
    assert (ran.code, ran.err) == (0, "")
    assert offline("validate", "-C", "acme").code == 0
    assert yaml.safe_load((offline.root / "acme" / "chimeform.yaml").read_text())["workspace"] == "acme"


def test_the_example_in_it_is_valid_too(offline: Program) -> None:
    offline("init")
    file = offline.root / "chimeform.yaml"
    file.write_text(example_of(file.read_text()))
    told = offline("validate", "--format", "json", "--env", "lab").json()
    assert told["valid"] is True
    assert told["resources"]["user"] == 2


def test_editors_find_the_schema_without_a_network(offline: Program) -> None:
    offline("init")
    first = (offline.root / "chimeform.yaml").read_text().splitlines()[0]
    schema = offline.root / first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(schema.read_text()) == offline("schema").json()


def test_git_ignores_ledgers_and_keeps_the_schema(offline: Program) -> None:
    offline("init")
    offline.write(".chimeform/default.db", "")
    offline.write(".chimeform/default.db-wal", "")
    subprocess.run(["git", "init", "-q"], cwd=offline.root, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=offline.root,
        check=True,
        capture_output=True,
        text=True,
    )
    assert listed.stdout.split() == [".chimeform/.gitignore", ".chimeform/chimeform.schema.json", "chimeform.yaml"]


def test_nothing_is_overwritten(offline: Program) -> None:
    offline.write("chimeform.yaml", "mine")
    told = offline("init", "--format", "json").json()
    assert told["kept"] == ["chimeform.yaml"]
    assert (offline.root / "chimeform.yaml").read_text() == "mine"
    assert offline("init", "--format", "json").json()["created"] == []


@pytest.mark.parametrize(
    ("folder", "name"), [("2024", "workspace-2024"), ("Über uns", "ber-uns"), ("__", "workspace"), ("a.b_c", "a-b-c")]
)
def test_the_workspace_is_named_after_its_folder(offline: Program, folder: str, name: str) -> None:
    assert offline("init", folder).code == 0
    assert yaml.safe_load((offline.root / folder / "chimeform.yaml").read_text())["workspace"] == name
    assert offline("validate", "-C", folder).code == 0


def test_a_place_that_cannot_be_written_is_told(offline: Program) -> None:
    (offline.root / "file").touch()
    ran = offline("init", "file")
    assert ran.code == 1
    assert ran.err.startswith("error[CF-INI-001]: ")


def test_it_says_what_comes_next(offline: Program) -> None:
    told = offline("init", str(Path("somewhere"))).out
    assert "chimeform validate" in told
    assert "chimeform plan" in told
