"""`chimeform validate`: good, bad, and told to programs."""

from __future__ import annotations

from pathlib import Path

from tests.cli.acme import WORKSPACE
from tests.cli.program import Program
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden" / "validate"
BROKEN = """\
chimeform: 1
workspace: acme
acounts: {}
accounts:
  acme:
    name: Acme Corporation
    retention: {rooms: 20 years}
    users:
      jane@acme.example: {license: no, phone: "+12065550100"}
"""


def test_a_good_workspace(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    ran = offline("validate")
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / "good.txt", ran.out)


def test_every_error_at_once_with_its_place(offline: Program) -> None:
    offline.write("chimeform.yaml", BROKEN)
    ran = offline("validate")
    assert (ran.code, ran.out) == (1, "")
    check_golden(GOLDEN / "broken.txt", ran.err)


def test_errors_for_programs(offline: Program) -> None:
    offline.write("chimeform.yaml", BROKEN)
    ran = offline("validate", "--format", "json")
    assert (ran.code, ran.err) == (1, "")
    check_golden(GOLDEN / "broken.json", ran.out)


def test_every_command_tells_a_broken_workspace_alike(offline: Program) -> None:
    offline.write("chimeform.yaml", BROKEN)
    told = {offline(name).err for name in ("validate", "plan", "apply", "destroy", "pending")}
    assert len(told) == 1


def test_no_workspace_at_all(offline: Program) -> None:
    ran = offline("validate")
    assert ran.code == 1
    check_golden(GOLDEN / "nothing.txt", ran.err)


def test_errors_come_without_colours_or_snippets_that_move_the_cursor(offline: Program) -> None:
    offline.write("chimeform.yaml", 'chimeform: 1\nworkspace: acme\n"acc\x1b[2Jounts": {}\n')
    ran = offline("validate")
    assert ran.code == 1
    assert "\x1b" not in ran.err


def test_warnings_are_no_errors(offline: Program) -> None:
    offline.write("chimeform.yaml", WORKSPACE)
    ran = offline("validate", "--var", "unused=1")
    assert ran.code == 0
    assert "warning[" in ran.out
    assert "is valid (1 warning)" in ran.out
    told = offline("validate", "--var", "unused=1", "--format", "json").json()
    assert [one["severity"] for one in told["diagnostics"]] == ["warning"]
