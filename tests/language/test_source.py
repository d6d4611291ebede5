"""YAML to values: what unquoted scalars mean, where everything stands, and what cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from chimeform.diagnostics import Findings
from chimeform.language.source import ALIAS_BUDGET, DEEPEST, MOST_PROBLEMS, Source, read
from chimeform.language.text import LARGEST_FILE, Text, decode


def read_text(text: str) -> tuple[Source | None, Findings]:
    findings = Findings()
    return read(Text("file.yaml", text), findings), findings


def value_of(text: str) -> Any:
    source, findings = read_text(text)
    assert source is not None, findings.items
    assert not findings.items
    return source.value


def codes_of(text: str) -> list[str]:
    return [item.code for item in read_text(text)[1]]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("null", None), ("~", None), ("", None), ("Null", None),
        ("true", True), ("True", True), ("FALSE", False),
        ("0", 0), ("12", 12), ("-3", -3), ("1.5", 1.5), ("-0.25", -0.25), ("1.5E-2", 0.015), ("12e3a", "12e3a"),
        ("jane@acme.example", "jane@acme.example"), ("2027-01-31", "2027-01-31"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"), ("10.0.0.1", "10.0.0.1"),
        ("1.2.3", "1.2.3"), ("90 days", "90 days"), ("12a3456b-7c89", "12a3456b-7c89"), ("=", "="),
        ("nobody", "nobody"), ("yesterday", "yesterday"), ("'-'", "-"), ("one two", "one two"),
        ("https://a.b/c", "https://a.b/c"),
        ("arn:aws:lambda:us-east-1:111122223333:function:x", "arn:aws:lambda:us-east-1:111122223333:function:x"),
        ("nan", "nan"), ("inf", "inf"),
        ("0day", "0day"), ("'no'", "no"), ('"0123"', "0123"), ("'+12065550100'", "+12065550100"),
    ],
)  # fmt: skip
def test_meaning_of_scalars(written: str, value: Any) -> None:
    found = value_of(f"key: {written}")["key"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("written", ["yes", "No", "ON", "off", "y", "N"])
def test_words_that_mean_two_things_are_refused(written: str) -> None:
    assert codes_of(f"key: {written}") == ["CF-YAML-020"]
    assert codes_of(f"{written}: value") == ["CF-YAML-020"]
    assert codes_of(f"key: '{written}'") == []


@pytest.mark.parametrize(
    "written",
    [
        *(
            "0123",
            "-0123",
            "00",
            "089",
            "0o17",
            "0x1F",
            "0b11",
            "1_000",
            "1_0.5",
            "12:30",
            "9:05",
            "190:20:30",
            "1:30.5",
        ),
        *(".5", "5.", "+1.5", "-.5", ".inf", "-.Inf", ".NaN", "1e999", "12e3", "1.5e3", "1.0e+999"),
        *("12345678901234567890", "9" * 5000, "1." + "9" * 5000),
    ],
)
def test_digits_that_mean_two_things_are_refused(written: str) -> None:
    assert codes_of(f"key: {written}") == ["CF-YAML-021"]


@pytest.mark.parametrize("written", ["+12065550100", "+1", "+49"])
def test_numbers_with_a_plus_sign_are_refused(written: str) -> None:
    assert codes_of(f"key: {written}") == ["CF-YAML-022"]


@pytest.mark.parametrize("key", ["12065550100", "true", "~", "1.5", "-1"])
def test_keys_are_text(key: str) -> None:
    source, findings = read_text(f"{key}: value")
    assert [item.code for item in findings] == ["CF-YAML-010"]
    assert source is not None
    assert source.value == {key: "value"}


def test_a_date_as_a_key_is_text() -> None:
    assert value_of("2027-01-31: x") == {"2027-01-31": "x"}


# ---- anchors, aliases, merge keys


def test_aliases_repeat_values() -> None:
    assert value_of("a: &x {k: 1}\nb: *x\nc: [&y 2, *y]") == {"a": {"k": 1}, "b": {"k": 1}, "c": [2, 2]}


def test_an_anchor_can_be_defined_again() -> None:
    assert value_of("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_merge_keys_take_over_what_is_not_written() -> None:
    text = "a: &a {k: 1, l: 2}\nb: &b {l: 3, m: 4}\nc: {l: 9, <<: [*a, *b]}"
    assert value_of(text)["c"] == {"l": 9, "k": 1, "m": 4}
    assert value_of(text) == yaml.safe_load(text)


def test_merged_values_stand_where_they_are_written() -> None:
    text = "a: &a {x: one}\nb:\n  before: two\n  <<: *a\n  after: three\n"
    source, _ = read_text(text)
    assert source is not None
    for key, line in {"x": 1, "before": 3, "after": 5}.items():
        place = source.value_place(source.value["b"], key)
        assert place.line == line
        assert text.splitlines()[line - 1][place.column - 1 :].startswith(source.value["b"][key])


def test_a_quoted_merge_key_is_a_key() -> None:
    assert value_of("'<<': {a: 1}") == {"<<": {"a": 1}}


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: *x}", "a: &x {b: {c: [*x]}}", "&x {<<: *x}"])
def test_alias_cycles_are_refused(text: str) -> None:
    assert "CF-YAML-012" in codes_of(text)


# ---- places


def test_everything_stands_where_it_says() -> None:
    text = 'accounts:\r\n  "äcme":\r\n    - one\r\n    - {two: "drei", four: }\r\n  block: |\r\n    text\r\n'
    source, _ = read_text(text)
    assert source is not None
    accounts = source.value["accounts"]
    places = {
        "accounts": source.key_place(source.value, "accounts"),
        '"äcme"': source.key_place(accounts, "äcme"),
        "one": source.value_place(accounts["äcme"], 0),
        "two": source.key_place(accounts["äcme"][1], "two"),
        '"drei"': source.value_place(accounts["äcme"][1], "two"),
        "four": source.value_place(accounts["äcme"][1], "four"),
    }
    lines = text.split("\r\n")
    for written, place in places.items():
        assert lines[place.line - 1][place.column - 1 :][: place.length] == written


@pytest.mark.parametrize("marks", [1, 2])
def test_a_byte_order_mark_is_no_column(marks: int) -> None:
    findings = Findings()
    text, is_sound = decode("file.yaml", b"\xef\xbb\xbf" * marks + b"key: no", findings)
    assert is_sound
    read(text, findings)
    place = findings.items[0].position
    assert place is not None
    assert (place.line, place.column) == (1, 6)


@pytest.mark.parametrize("bytes_before", [b"", b"a: \xc3\xa4\nkey: ", b"a: b\r\nkey: "])
def test_the_first_byte_that_is_not_utf8_is_shown(bytes_before: bytes) -> None:
    findings = Findings()
    _, is_sound = decode("file.yaml", bytes_before + b"\xff rest", findings)
    (item,) = findings.items
    assert not is_sound
    assert item.position is not None
    line = bytes_before.count(b"\n") + 1
    column = len(bytes_before.decode().split("\n")[-1]) + 1
    assert (item.code, item.position.line, item.position.column) == ("CF-YAML-002", line, column)


# ---- what was made to exhaust the reader; each is small, and would take for ever without its limit


def test_alias_bomb() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    assert codes_of("\n".join(lines)) == ["CF-YAML-013"]


def test_merge_bomb() -> None:
    wide = ", ".join(f"k{n}: v" for n in range(1000))
    lines = [f"base: &base {{{wide}}}", *(f"m{n}: {{<<: *base}}" for n in range(ALIAS_BUDGET // 1000 + 1))]
    assert codes_of("\n".join(lines)) == ["CF-YAML-013"]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 100_000])
def test_depth(text: str) -> None:
    assert codes_of(text)[0] in ("CF-YAML-005", "CF-YAML-010", "CF-YAML-001")


def test_the_deepest_is_still_read() -> None:
    assert codes_of("[" * DEEPEST + "]" * DEEPEST) == []
    assert codes_of("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)) == ["CF-YAML-005"]


def test_huge_scalars() -> None:
    assert len(value_of("key: " + "a" * 1_000_000)["key"]) == 1_000_000
    assert codes_of("key: " + "1" * 1_000_000) == ["CF-YAML-021"]
    assert codes_of("'" + "a" * 1_000_000) == ["CF-YAML-001"]


def test_many_duplicates_end() -> None:
    found = codes_of("".join(f"k{n}: 1\n" for n in range(50_000)) * 2)
    assert found.count("CF-YAML-009") == MOST_PROBLEMS
    assert found.count("CF-YAML-015") == 1


def test_a_file_that_is_too_large_is_not_even_decoded() -> None:
    findings = Findings()
    text, is_sound = decode("file.yaml", b"\xff" * (LARGEST_FILE + 1), findings)
    assert ([item.code for item in findings], is_sound, len(text.characters)) == (["CF-YAML-004"], False, 0)


# ---- without libyaml


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {b: [1, 'two', \"drei\"]}\nc: *x\nd: |\n  text\n",
        "a: no\nb: no",
        "a: [",
        "a:\n\t- b",
        "- a\n--- b",
        "a: \x07",
    ],
)
def test_the_pure_parser_reads_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_libyaml, with_findings = read_text(text)
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    without, findings = read_text(text)
    assert [item.code for item in findings] == [item.code for item in with_findings]
    assert (without is None) == (with_libyaml is None)
    if without is not None and with_libyaml is not None:
        assert without.value == with_libyaml.value
        assert list(without.spans.values()) == list(with_libyaml.spans.values())
