"""What the README shows is what the program does. `make accept` takes over what changed in the plans that it shows."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from chimeform.cli.main import COMMANDS, program
from tests.cli.program import Program
from tests.examples.company import Company
from tests.golden import check_golden
from tests.sandbox_process import SandboxProcess

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
GUIDES = [README, *sorted((ROOT / "docs" / "guide").glob("*.md"))]


def block(text: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\w+\n(.*?)```\n", text, re.DOTALL)
    assert found, f"the README has no block {name!r}"
    return found[1]


def replaced(text: str, name: str, content: str) -> str:
    old = f"<!-- {name} -->\n```text\n{block(text, name)}```\n"
    return text.replace(old, f"<!-- {name} -->\n```text\n{content.strip()}\n```\n")


def on_one_day(text: str) -> str:
    """Always the same date, so that the text does not change with the day of the test."""
    return re.sub(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC", "2026-11-22 12:00 UTC", text)


def test_the_plans_that_it_shows_are_real(sandbox: SandboxProcess, tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    chimeform = Program(tmp_path, sandbox.env())
    chimeform.write("chimeform.yaml", block(text, "workspace"))
    company = Company(sandbox, chimeform, (), {"Acme Corporation": "acme.example"})
    text = replaced(text, "first plan", company.run("plan").out)
    company.apply()
    company.people_act()
    company.apply()
    (account,) = company.account_ids().values()
    sandbox.client().update_account_settings(AccountId=account, AccountSettings={"EnableDialOut": False})
    text = replaced(text, "drift", on_one_day(company.run("drift", code=2).out))
    check_golden(README, text)


def test_every_command_has_its_line() -> None:
    rows = re.findall(r"^\| `chimeform ([\w-]+)", README.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == list(COMMANDS)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [one for one in targets if "://" not in one and not (page.parent / one).exists()] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_workspaces_in_the_guide_are_valid(offline: Program, page: Path) -> None:
    """Every YAML block that begins a workspace is one; other blocks are parts, which this cannot judge."""
    for text in re.findall(r"```yaml\n(chimeform: 1\n.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        offline.write("chimeform.yaml", re.sub(r"(?m)^include: .*$", "", text))
        ran = offline("validate")
        assert ran.code == 0, ran.all


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_commands_in_the_guide_exist(page: Path) -> None:
    """Every command line in a shell block names a command that there is, with options that it has."""
    for shell in re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        for line in shell.splitlines():
            words = re.split(r"\s+#|\s*[|)]", line.removeprefix('eval "$('))[0].split()
            if words and words[0] == "chimeform":
                command = find_command(words[1:])
                known = {name for parameter in command.params for name in parameter.opts}
                assert {word for word in words if word.startswith("--")} <= known, line


def find_command(words: list[str]) -> click.Command:
    command: click.Command = program
    for word in words:
        if not isinstance(command, click.Group):
            break
        found = command.get_command(click.Context(command), word)
        assert found is not None, f"there is no {word!r} in {' '.join(words)}"
        command = found
    return command
