"""Templates: what they give, what they refuse, and that they end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chimeform.language.expressions import evaluate_expression
from chimeform.language.template import LONGEST, RESERVED, Context, Refusal, Undefined, Value, evaluate

VALUES: dict[str, Value] = {
    "company": "Acme",
    "domain": "acme.example",
    "size": 5,
    "flag": True,
    "half": 0.5,
    "empty": "",
}


def render(text: str) -> Value:
    return evaluate(text, Context(VALUES, {"HOME": "/home/jane"}))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ company }}", "Acme"),
        ("{{company}}", "Acme"),
        ("jane@{{ domain }}", "jane@acme.example"),
        ("{{ company }}, {{ env.HOME }}", "Acme, /home/jane"),
        ("{{ size }}", 5),
        ("{{ flag }}", True),
        ("{{ half }}", 0.5),
        ("{{ size }} of {{ flag }}", "5 of true"),
        ("{{ company | upper }}", "ACME"),
        ("{{ company|replace('A', 'a')|title }}", "Acme"),
        ("{{ missing | default('none') }}", "none"),
        ("{{ env.MISSING | default('x') }}", "x"),
        ("{{ env['HOME'] }}", "/home/jane"),
        ("{{ 'big' if size > 4 else 'small' }}", "big"),
        ("{{ size == 5 and not empty }}", True),
        ("{{ size + 1 }}", 6),
        ("{{ company ~ size }}", "Acme5"),
        ("{% if flag %}on{% else %}off{% endif %}", "on"),
        ("{% if missing is defined %}x{% endif %}y", "y"),
        ("a {{- ' b' }}", "a b"),
        ("a {# a comment #}{{ company }}", "a Acme"),
        ("{{ '{{' }} {{ '}}' }}", "{{ }}"),
        ("{{ '12' | int }}", 12),
        ("{{ 'true' | bool }}", True),
        ("{{ size | string }}", "5"),
        ("line\n{{ company }}\n", "line\nAcme\n"),
        ("{{ empty }}", ""),
        ("{{ none }}", ""),
    ],
)
def test_what_templates_give(text: str, value: Value) -> None:
    found = render(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{ missing }}", "CF-REN-001"),
        ("{{ missing | upper }}", "CF-REN-001"),
        ("{{ env.MISSING }}", "CF-REN-001"),
        ("{{ env['MISSING'] }}", "CF-REN-001"),
        ("{{ company", "CF-REN-002"),
        ("{{ }}", "CF-REN-002"),
        ("{% if %}", "CF-REN-002"),
        ("{{ company }} }}{{", "CF-REN-002"),
        ("{{ range(9) }}", "CF-REN-003"),
        ("{{ company.upper() }}", "CF-REN-003"),
        ("{{ company.__class__ }}", "CF-REN-003"),
        ("{{ company[0] }}", "CF-REN-003"),
        ("{{ env.HOME.__class__ }}", "CF-REN-003"),
        ("{% for a in company %}{% endfor %}", "CF-REN-003"),
        ("{% set a = 1 %}", "CF-REN-003"),
        ("{% macro a() %}{% endmacro %}", "CF-REN-003"),
        ("{% include 'x' %}", "CF-REN-003"),
        ("{{ 2 ** 9 }}", "CF-REN-003"),
        ("{{ 'a' * 9 }}", "CF-REN-003"),
        ("{{ '%9d' % 1 }}", "CF-REN-003"),
        ("{{ company | center(9) }}", "CF-REN-003"),
        ("{{ company is callable }}", "CF-REN-003"),
        ("{{ {'a': 1} }}", "CF-REN-003"),
        ("{{ company + 1 }}", "CF-REN-005"),
        ("{{ company | int }}", "CF-REN-005"),
        ("{{ size | bool }}", "CF-REN-005"),
        ("{{ [1, 2] }}", "CF-REN-005"),
        ("{{ env }}", "CF-REN-005"),
        ("x{{ env }}", "CF-REN-005"),
    ],
)
def test_what_templates_refuse(text: str, code: str) -> None:
    with pytest.raises(Refusal) as caught:
        render(text)
    assert caught.value.code == code
    assert "Acme" not in str(caught.value)


def test_all_missing_names_are_told_at_once() -> None:
    for text in ("{{ a }} {{ b }} {{ a }} {{ env.C }}", "{{ a|upper }} {{ b }} {{ a }} {{ env.C }}"):
        with pytest.raises(Undefined) as caught:
            render(text)
        assert {one.name for one in (caught.value, *caught.value.others)} == {"a", "b", "C"}


# Each of these would take all memory or for ever without its limit.
BOMBS = [
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "not " * 5000 + "1 }}",
    "{{ " + "- " * 5000 + "1 }}",
    "{{ " + " + ".join(["1"] * 5000) + " }}",
    "{{ " + " if 1 else ".join(["1"] * 5000) + " }}",
    "{{ company" + " | replace('', '0123456789')" * 40 + " }}",
    "{{ company" + " | upper" * 5000 + " }}",
    "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    "{{ company }}" + "x" * LONGEST,
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ 'x' * 999999999999 }}",
    "{{ range(10 ** 12) | list }}",
]


@pytest.mark.parametrize("text", BOMBS, ids=range(len(BOMBS)))
def test_bombs(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        render(text)
    assert caught.value.code in ("CF-REN-002", "CF-REN-003", "CF-REN-004")


def test_what_a_template_gives_is_limited() -> None:
    context = Context({"long": "x" * 1000}, {})
    assert len(str(evaluate("{{ long }}" * 65, context))) == 65_000
    for text in ("{{ long }}" * 66, "{{ long|upper }}" * 66):
        with pytest.raises(Refusal, match="longer than"):
            evaluate(text, context)


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True).filter(lambda name: name not in RESERVED)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="{}#%"), max_size=10)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(NAMES, st.one_of(PLAIN, st.booleans(), st.integers()), min_size=1, max_size=4),
    st.lists(PLAIN, min_size=2, max_size=5),
)
def test_substitution_gives_what_jinja_gives(values: dict[str, Value], texts: list[str]) -> None:
    """Templates that only name values do not go through Jinja2; nobody must be able to tell."""
    names = list(values)
    text = texts[0] + "".join(f"{{{{ {names[n % len(names)]} }}}}{one}" for n, one in enumerate(texts[1:]))
    context = Context(values, {})
    if text.startswith("{{") and text.endswith("}}"):
        text += "."
    # a line break other than LF is the only thing that Jinja2 rewrites
    if "\r" not in text and not any("\r" in one for one in values.values() if isinstance(one, str)):
        assert evaluate(text, context) == evaluate_expression(text, context)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    "{{ ",
                    " }}",
                    "{% ",
                    " %}",
                    "if ",
                    "endif",
                    "company",
                    "size",
                    "|",
                    "upper",
                    "int",
                    "~",
                    "+",
                    "(",
                    ")",
                ),
                *(
                    "'",
                    "1",
                    ".",
                    "env",
                    "[",
                    "]",
                    "not ",
                    "==",
                    "is ",
                    "defined",
                    ",",
                    "\n",
                    "{#",
                    "#}",
                    "raw",
                    "endraw",
                ),
                *("-", "*", "replace('a','b')"),
            ]
        ),
        max_size=20,
    ).map("".join)
)
def test_whatever_is_written_there_is_a_value_or_a_refusal(text: str) -> None:
    try:
        value = render(text)
    except Refusal as refusal:
        assert refusal.code.startswith("CF-REN-")
    else:
        assert isinstance(value, str | bool | int | float)
