"""Names that people choose, in tables that people open with a spreadsheet."""

from __future__ import annotations

import pytest

from chimeform.report.spreadsheet import as_cell


@pytest.mark.parametrize("name", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "+1 206", "-", "+"])
def test_what_a_spreadsheet_would_act_on_is_a_text(name: str) -> None:
    assert as_cell(name) == f"'{name}"


@pytest.mark.parametrize("name", ["Jane", "", "+12065550100", "-1", "a=b", "'=1"])
def test_everything_else_stays_as_it_is(name: str) -> None:
    assert as_cell(name) == name
