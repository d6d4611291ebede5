"""Whatever text an organisation holds: it is written so that every reader takes it for itself."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeform.diagnostics import Findings
from chimeform.export.scalars import text
from chimeform.language.source import read
from chimeform.language.template import Context, evaluate, is_template
from chimeform.language.text import Text

PRINTABLE = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
TRICKY = st.text("{}%#'\"\\ \n\t:,-&*!?[]@`|>=~axy10é\x85\u2028", min_size=1, max_size=12)


@settings(max_examples=400, deadline=None)
@given(value=PRINTABLE | TRICKY)
def test_text_comes_back_from_every_place_of_a_file(value: str):
    written = text(value)
    lines = (f"block: {written}", f"keys:\n  {written}: {{{written}: {written}}}", f"list: [{written}, {written}]")
    page = "\n".join(lines) + "\n"
    findings = Findings()
    source = read(Text("x.yaml", page), findings)
    assert source is not None, list(findings)
    assert list(findings) == []
    ((outer, flow),) = source.value["keys"].items()
    ((inner, single),) = flow.items()
    found = [source.value["block"], outer, inner, single, *source.value["list"]]
    assert [_rendered(one) for one in found] == [value] * 6
    assert yaml.safe_load(page) == source.value, "other readers of YAML agree"


def _rendered(found: str) -> object:
    return evaluate(found, Context({}, {})) if is_template(found) else found


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Acme Corporation", "Acme Corporation"),
        ("Zürich", "Zürich"),
        ("日本", "日本"),
        ("1 year", "1 year"),
        ("jane@acme.example", "jane@acme.example"),
        ("https://bot.acme.example/chime", "https://bot.acme.example/chime"),
        ("arn:aws:lambda:us-east-1:111122223333:function:bot", "arn:aws:lambda:us-east-1:111122223333:function:bot"),
        ("+12065550100", '"+12065550100"'),
        ("012345", '"012345"'),
        ("12:30", '"12:30"'),
        ("yes", '"yes"'),
        ("NO", '"NO"'),
        ("null", '"null"'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        (" a", '" a"'),
        ("*a", '"*a"'),
        ("a\u00a0b", '"a\\xa0b"'),
        ("{{ name }}", "\"{{ '{{ name }}' }}\""),
        ("{# no template #}", '"{# no template #}"'),
    ],
)
def test_quotes_stand_only_where_they_are_needed(value: str, written: str):
    assert text(value) == written
