"""What somebody who follows a story does with the program: applies, looks what waits, reads the steps."""

from __future__ import annotations

import re

from tests.cli.program import Program, Ran


def apply(chimeform: Program) -> Ran:
    ran = chimeform("apply", "--yes")
    assert ran.code == 0, ran.all
    return ran


def pending(chimeform: Program) -> list[str]:
    ran = chimeform("pending", "--format", "json")
    assert ran.code == 0, ran.all
    return sorted(f"{gate['address']}.{gate['name']}" for gate in ran.json()["gates"])


def steps(chimeform: Program, gate: str) -> str:
    ran = chimeform("pending", "show", gate)
    assert ran.code == 0, ran.all
    return ran.out


def word_after(label: str, text: str) -> str:
    """The value that a step tells to type or to choose."""
    found = re.search(rf"{label} (?:type |choose )?([^\s,]+)", text)
    assert found, text
    return found[1]
