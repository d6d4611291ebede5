"""The frame of the program: commands that are found, options wherever they stand, errors as sentences with a code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from chimeform.cli.bot import bot
from chimeform.cli.main import COMMANDS
from chimeform.cli.options import Options, command
from chimeform.resources import one_offs
from tests.cli.program import Program
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden"
MINIMAL = "chimeform: 1\nworkspace: acme\n"
LIST_MODULES = """
import json, sys
from chimeform.cli import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


def imported_by(root: Path, *arguments: str) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", LIST_MODULES, *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    code, modules = json.loads(done.stdout.splitlines()[-1])
    return code, set(modules)


@pytest.mark.parametrize(
    "name",
    ["", "validate", "plan", "apply", "drift", "destroy", "pending", "pending show", "iam-policy", "schema"],
)
def test_help(offline: Program, name: str) -> None:
    ran = offline(*name.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    check_golden(GOLDEN / "help" / f"{name.replace(' ', '-') or 'chimeform'}.txt", ran.out)


BELOW = [f"do {name}" for name in one_offs()] + [f"bot {name}" for name in bot.commands]


@pytest.mark.parametrize("name", sorted(BELOW))
def test_help_below_a_group(offline: Program, name: str) -> None:
    """One file for each; what every command takes stands in the help of the others."""
    ran = offline(*name.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    own, _, shared = ran.out.partition("\nOptions of every command:")
    assert shared
    check_golden(GOLDEN / "help" / f"{name.replace(' ', '-')}.txt", own)


def test_help_imports_no_command_and_nothing_heavy(tmp_path: Path) -> None:
    code, modules = imported_by(tmp_path, "--help")
    assert code == 0
    assert modules.isdisjoint({"pydantic", "yaml", "chimeform.app", "chimeform.cli.plan", "chimeform.cli.validate"})


def test_validate_needs_no_library_of_the_network_or_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "chimeform.yaml").write_text(MINIMAL)
    code, modules = imported_by(tmp_path, "validate")
    assert code == 0
    assert modules.isdisjoint({"boto3", "botocore", "networkx", "deepdiff", "jinja2", "rich", "urllib3"})


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_listed_command_is_there(name: str) -> None:
    module, _, function = COMMANDS[name].place.partition(":")
    found = getattr(import_module(f"chimeform.cli.{module}"), function)
    assert isinstance(found, click.Command)
    assert found.name == name


def test_no_command_shows_what_there_is(offline: Program) -> None:
    ran = offline()
    assert ran.code == 1
    assert "validate" in ran.err


def test_version(offline: Program) -> None:
    assert offline("--version").out.startswith("chimeform ")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["valdate"], "CF-USE-002", "'chimeform validate'"),
        (["pending", "shwo"], "CF-USE-002", "'chimeform pending show'"),
        (["zzz"], "CF-USE-002", "choose one of: init, "),
        (["plan", "--tarjet", "x"], "CF-USE-001", "--target"),
        (["plan", "--env"], "CF-USE-001", "--env"),
        (["plan", "extra"], "CF-USE-001", "extra"),
        (["validate", "--var", "novalue"], "CF-USE-001", "NAME=VALUE"),
        (["plan", "--target", "accounts..x"], "CF-USE-001", "is not an address"),
        (["plan", "--parallelism", "0"], "CF-USE-001", "1<=x<=64"),
        (["validate", "--format", "jsn"], "CF-USE-004", "--format json"),
        (["--format", "dot", "validate"], "CF-USE-004", "choose one of: text, json, sarif"),
        (["drift", "--since", "yesterday"], "CF-USE-001", "last-apply"),
        (["apply", "--wait", "soon"], "CF-USE-001", "15m"),
        (["apply", "nothing.json"], "CF-USE-005", "nothing.json"),
        (["pending", "show", "accounts..x"], "CF-USE-003", "is not an address"),
    ],
)
def test_misuse_is_told_with_a_way_out(offline: Program, arguments: list[str], code: str, words: str) -> None:
    offline.write("chimeform.yaml", MINIMAL)
    ran = offline(*arguments)
    assert ran.code == 1, "2 would mean that there are changes"
    assert ran.out == ""
    assert ran.err.startswith(f"error[{code}]: ")
    assert words in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["-C", "there", "--env", "lab", "--var", "name=Lab", "--format", "json", "validate"],
        ["validate", "-C", "there", "--env", "lab", "--var", "name=Lab", "--format", "json"],
        ["-C", "there", "--format", "json", "--env", "prod", "validate", "--env", "lab", "--var", "name=Lab"],
    ],
)
def test_options_stand_before_or_after_the_command(offline: Program, arguments: list[str]) -> None:
    text = f"{MINIMAL}environments: {{lab: {{}}, prod: {{}}}}\naccounts: {{main: {{name: '{{{{ name }}}}'}}}}\n"
    offline.write("there/chimeform.yaml", text)
    ran = offline(*arguments)
    assert ran.code == 0, ran.all
    assert ran.json()["environment"] == "lab"
    assert ran.json()["resources"] == {"account": 1}


def test_a_second_directory_is_within_the_first(offline: Program) -> None:
    offline.write("a/b/chimeform.yaml", MINIMAL)
    assert offline("-C", "a", "validate", "-C", "b").code == 0


def test_the_result_goes_to_a_file_within_the_directory(offline: Program) -> None:
    offline.write("there/chimeform.yaml", MINIMAL)
    ran = offline("-C", "there", "validate", "--format", "json", "--output", "result.json")
    assert (ran.code, ran.out) == (0, "")
    assert json.loads((offline.root / "there" / "result.json").read_text())["valid"] is True
    assert [file.name for file in (offline.root / "there").iterdir()] == ["chimeform.yaml", "result.json"]


def test_a_file_that_cannot_be_written_is_told(offline: Program) -> None:
    offline.write("chimeform.yaml", MINIMAL)
    ran = offline("validate", "--output", "no/such/folder.json")
    assert ran.code == 1
    assert "error[CF-USE-005]: no/such/folder.json" in ran.err


def test_a_reader_that_goes_away_is_no_error(offline: Program) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "chimeform", "schema"],
        cwd=offline.root, env=offline.env, stdout=write, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


# ---------------------------------------------------------------- what nobody thought of


@command("break", formats=("text", "json"))
def break_(options: Options) -> None:
    del options
    try:
        raise KeyError("s3cret")
    except KeyError as error:
        raise RuntimeError("token=s3cret") from error


@pytest.mark.parametrize("arguments", [[], ["-v"], ["--format", "json"]])
def test_a_fault_of_ours_is_one_sentence_without_values(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert break_.main(arguments, standalone_mode=False) == 1
    said = "".join(capsys.readouterr())
    assert "CF-RUN-002" in said
    assert "this is a fault of chimeform (RuntimeError)" in said
    assert "s3cret" not in said
    assert "Traceback" not in said
    assert ("test_main.py" in said) == (arguments == ["-v"]), "where it happened is for those who ask"


@command("interrupted")
def interrupted(options: Options) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_ends_cleanly(capsys: pytest.CaptureFixture[str]) -> None:
    assert interrupted.main([], standalone_mode=False) == 130
    assert capsys.readouterr().err == "interrupted; nothing is under way any more\n"
