from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger.backends import OPENERS, Backend


@pytest.fixture(params=sorted(OPENERS))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return Backend(request.param, str(tmp_path))
