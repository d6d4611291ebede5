"""The program in an empty folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def offline(tmp_path: Path) -> Program:
    return Program(tmp_path, {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
