"""What stands in the repository speaks of chimeform alone, and every code that chimeform prints is explained."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"\bCF-[A-Z]+-[0-9]{3}\b")
NEWLINE = "\n"
# A bracket in each pattern keeps this file from matching itself.
FOREIGN = {
    "a path of somebody's machine": r"(?<![\w.-])/(wor[k]|roo[t]|opt/(whee[l]s|pyp[i]))/|/tm[p]/(brie[f]|bash_job[s])",
    "a word about how the text was written": r"(?i)\bsub-?agen[t]s?\b|\bco-authored-b[y]:",
    "the address of a package registry": r"(?i)\b(pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.(org|com)|artifactor[y])\b"
    r"|--(extra-)?index-ur[l]|--find-link[s]",
}


def tracked_files() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def find_foreign(text: str) -> list[str]:
    return [
        f"line {text[: match.start()].count(NEWLINE) + 1}: {what}: {match.group()}"
        for what, pattern in FOREIGN.items()
        for match in re.finditer(pattern, text)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "see /wor" + "k/main/README.md",
        "'/roo" + "t/.aws'",
        "built by a Sub" + "agent.",
        "https://pyp" + "i.org/simple",
        "pip install --find-link" + "s x",
    ],
)
def test_foreign_text_is_recognised(text: str) -> None:
    assert find_foreign(text)


@pytest.mark.parametrize(
    "text", ["arn:aws:iam::1:user/wor" + "k/jane", "network/wor" + "k/x", "the tree's /root", "User-Agent: x"]
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert not find_foreign(text)


def test_no_file_speaks_of_anything_but_chimeform() -> None:
    found = {
        str(path.relative_to(ROOT)): hits
        for path in tracked_files()
        if (hits := find_foreign(path.read_bytes().decode("utf-8", errors="replace")))
    }
    assert found == {}


def test_every_code_has_its_page_and_every_page_its_code() -> None:
    used = {
        code for path in (ROOT / "chimeform").rglob("*.py") for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
    pages = {path.stem for path in (ROOT / "docs" / "codes").glob("CF-*.md")}
    assert (sorted(used - pages), sorted(pages - used)) == ([], []), "codes without a page, pages without a code"


def test_pages_begin_with_their_code() -> None:
    """`chimeform explain` prints the page, so the reader must see at once which code it is about."""
    headless = [
        path.name
        for path in (ROOT / "docs" / "codes").glob("CF-*.md")
        if not path.read_text(encoding="utf-8").startswith(f"# {path.stem}")
    ]
    assert headless == []
