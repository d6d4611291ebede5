"""`chimeform graph`: the same picture every time, in forms that other programs read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

GOLDEN = Path(__file__).parent / "golden" / "graph"
FILES = """
chimeform: 1
workspace: acme
phone_numbers:
  "+12065550100": {product: business-calling, calling_name: Acme Sales}
accounts:
  acme:
    name: Acme
    users:
      omar@acme.example: {}
      jane@acme.example: {license: basic, phone: "+12065550100"}
    retention: {rooms: 1 year}
"""
REORDERED = """
accounts:
  acme:
    retention: {rooms: 1 year}
    users:
      jane@acme.example: {phone: "+12065550100", license: basic}
      omar@acme.example: {}
    name: Acme
workspace: acme
phone_numbers:
  "+12065550100": {calling_name: Acme Sales, product: business-calling}
chimeform: 1
"""


@pytest.mark.parametrize("form", ["text", "dot", "mermaid", "json"])
def test_of_the_files(offline: Program, form: str) -> None:
    offline.write("chimeform.yaml", FILES)
    drawn = offline("graph", "--format", form).out
    check_golden(GOLDEN / f"files.{form}", drawn)
    offline.write("chimeform.yaml", REORDERED)
    assert offline("graph", "--format", form).out == drawn


@pytest.mark.parametrize("form", ["text", "dot", "mermaid", "json"])
def test_of_a_plan(chimeform: Program, sandbox: SandboxProcess, form: str) -> None:
    chimeform.write("chimeform.yaml", FILES)
    drawn = chimeform("graph", "--plan", "--format", form).out
    check_golden(GOLDEN / f"plan.{form}", drawn)
    chimeform.write("chimeform.yaml", REORDERED)
    assert chimeform("graph", "--plan", "--format", form).out == drawn


def test_arrows_are_between_what_is_drawn(chimeform: Program, sandbox: SandboxProcess) -> None:
    chimeform.write("chimeform.yaml", FILES)
    for arguments in ([], ["--plan"], ["--target", "accounts.acme.users"]):
        drawn = chimeform("graph", *arguments, "--format", "json").json()
        names = {node["name"] for node in drawn["nodes"]}
        assert names
        assert {end for edge in drawn["edges"] for end in edge.values()} <= names


def test_a_part_of_the_files(offline: Program) -> None:
    offline.write("chimeform.yaml", FILES)
    drawn = offline("graph", "--target", "accounts.acme", "--exclude", "accounts.acme.users", "--format", "json").json()
    assert [node["name"] for node in drawn["nodes"]] == ["accounts.acme", "accounts.acme.retention"]
    assert drawn["edges"] == [{"from": "accounts.acme.retention", "to": "accounts.acme"}]


def test_names_cannot_break_out_of_their_quotes(offline: Program) -> None:
    offline.write("chimeform.yaml", "chimeform: 1\nworkspace: acme\naccounts: {'a\"b<c>\\#': {name: Acme}}\n")
    dot = offline("graph", "--format", "dot").out
    (node,) = re.findall(r"^  (\".*\") \[label=(\".*\")\];$", dot, re.MULTILINE)
    assert node[0] == node[1] == r'"accounts[\"a\\\"b<c>\\\\#\"]"'
    mermaid = offline("graph", "--format", "mermaid").out.splitlines()[1]
    assert re.fullmatch(r'  n0\["[^"<>]*"\]', mermaid)


def test_an_empty_workspace(offline: Program) -> None:
    offline.write("chimeform.yaml", "chimeform: 1\nworkspace: acme\n")
    assert offline("graph").out == "There is nothing to draw.\n"
    assert offline("graph", "--format", "json").json() == {"workspace": "acme", "nodes": [], "edges": []}


@pytest.mark.parametrize("arguments", [[], ["--plan"]])
def test_a_target_that_fits_nothing_is_refused(chimeform: Program, arguments: list[str]) -> None:
    chimeform.write("chimeform.yaml", FILES)
    ran = chimeform("graph", *arguments, "--target", "accounts.acme.user")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error[CF-USE-012]: --target accounts.acme.user: ")
