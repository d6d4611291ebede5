"""What is installed is what was tested, and a wheel carries all that a checkout does."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PIN = re.compile(r"(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[0-9][0-9a-z.]*)")


def read_pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    matches = {line: PIN.fullmatch(line) for line in lines if not line.startswith("#")}
    assert [line for line, match in matches.items() if match is None] == [], "constraints are plain name==version lines"
    return {canonicalize_name(match["name"]): match["version"] for match in matches.values() if match}


def test_every_requirement_has_a_tested_release_within_its_range() -> None:
    pins = read_pins()
    extras = PROJECT["optional-dependencies"].values()
    wanted = [Requirement(text) for group in (PROJECT["dependencies"], *extras) for text in group]
    untested = [str(each) for each in wanted if pins.get(canonicalize_name(each.name), "") not in each.specifier]
    assert untested == []


def test_every_requirement_has_an_upper_bound() -> None:
    """An install next year must not meet a major release that nobody has seen."""
    extras = PROJECT["optional-dependencies"].values()
    wanted = [Requirement(text) for group in (PROJECT["dependencies"], *extras) for text in group]
    unbounded = [str(each) for each in wanted if not any(part.operator == "<" for part in each.specifier)]
    assert unbounded == []


def test_wheel_carries_the_package_and_the_pages_of_the_codes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
    listing = subprocess.run(["git", "ls-files", "chimeform"], cwd=ROOT, check=True, capture_output=True, text=True)
    expected = {name for name in listing.stdout.splitlines() if (ROOT / name).is_file()}
    expected |= {f"chimeform/docs_codes/{path.name}" for path in (ROOT / "docs" / "codes").glob("CF-*.md")}
    assert sorted(expected - carried) == []
    assert "chimeform/py.typed" in carried
