"""Golden files: what people see, kept as they see it (docs/decisions/0003). `make accept` takes over what changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def check_golden(file: Path, actual: str) -> None:
    """Compare a text with the file that says how it must look; with ACCEPT=1 in the environment, write the file.

    A missing file is a failure too: a new text is read by somebody before it counts.
    """
    if os.environ.get("ACCEPT") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(actual, encoding="utf-8", newline="")
        return
    if not file.is_file():
        pytest.fail(f"{file} does not exist; read the text, then `make accept`:\n{actual}")
    with file.open(encoding="utf-8", newline="") as stream:
        expected = stream.read()
    assert actual == expected, f"{file} says otherwise; if the new text is right: `make accept`"
