"""Golden files: a difference and a missing file fail, and only accepting writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import check_golden


@pytest.fixture(autouse=True)
def comparing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACCEPT", raising=False)


def test_same_text_passes(tmp_path: Path) -> None:
    (tmp_path / "plan.txt").write_bytes(b"1 to add\n")
    check_golden(tmp_path / "plan.txt", "1 to add\n")


@pytest.mark.parametrize("text", ["2 to add\n", "1 to add", "1 to add\r\n"])
def test_other_text_fails_and_leaves_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.txt").write_bytes(b"1 to add\n")
    with pytest.raises(AssertionError, match="make accept"):
        check_golden(tmp_path / "plan.txt", text)
    assert (tmp_path / "plan.txt").read_bytes() == b"1 to add\n"


def test_missing_file_fails_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(pytest.fail.Exception, match="does not exist"):
        check_golden(tmp_path / "plan.txt", "1 to add\n")
    assert not (tmp_path / "plan.txt").exists()


def test_accepting_writes_every_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCEPT", "1")
    check_golden(tmp_path / "new" / "plan.txt", "a\r\nb\n")
    assert (tmp_path / "new" / "plan.txt").read_bytes() == b"a\r\nb\n"
