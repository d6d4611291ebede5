"""Workspaces for tests: files from a mapping, and what `load` makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from chimeform.diagnostics import Diagnostic, render
from chimeform.errors import InvalidWorkspace
from chimeform.language import load
from chimeform.language.desired import Desired

HEAD = "chimeform: 1\nworkspace: acme\n"


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def load_files(folder: Path, files: Mapping[str, str | bytes], **options: Any) -> Desired:
    return load(write(folder, files), **options)


def load_text(folder: Path, text: str, **options: Any) -> Desired:
    """A workspace of one file; its first two lines are given."""
    return load_files(folder, {"chimeform.yaml": HEAD + text}, **options)


def errors_of(folder: Path, files: Mapping[str, str | bytes] | str, **options: Any) -> tuple[Diagnostic, ...]:
    """What is wrong with a workspace; it is a failure if nothing is."""
    if isinstance(files, str):
        files = {"chimeform.yaml": HEAD + files}
    with pytest.raises(InvalidWorkspace) as caught:
        load_files(folder, files, **options)
    return caught.value.diagnostics


def codes_of(folder: Path, files: Mapping[str, str | bytes] | str, **options: Any) -> list[str]:
    return [item.code for item in errors_of(folder, files, **options)]


def report(error: InvalidWorkspace) -> str:
    return "\n\n".join(render(item, error.sources) for item in error.diagnostics) + "\n"
