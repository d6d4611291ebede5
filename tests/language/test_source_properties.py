"""Properties of reading: it never raises, it agrees with PyYAML where the rules agree, and places are true."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chimeform.diagnostics import Findings, Severity
from chimeform.language.source import Source, read
from chimeform.language.text import Text, decode

PIECES = st.sampled_from(
    [
        *(
            "a",
            "key",
            ": ",
            ":",
            "\n",
            "  ",
            "- ",
            "? ",
            "[",
            "]",
            "{",
            "}",
            ", ",
            "&x ",
            "*x",
            "<<: ",
            "!!str ",
            "|\n",
        ),
        *(">-\n", "'", '"', "#", "---\n", "...\n", "%YAML 1.2\n", "\t", "no", "0123", "12:30", "+1", "~", "{{ a }}"),
        *("\u2028", "\x85", "\ufeff", "\r", "\\x"),
    ]
)
YAMLISH = st.lists(PIECES, max_size=40).map("".join)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
)
def test_bytes_never_raise(data: bytes) -> None:
    findings = Findings()
    text, is_sound = decode("file.yaml", data, findings)
    source = read(text, findings) if is_sound else None
    assert source is not None or findings.has_errors


@settings(max_examples=800, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(YAMLISH)
def test_what_looks_like_yaml_never_raises(text: str) -> None:
    findings = Findings()
    source = read(Text("file.yaml", text), findings)
    if source is None:
        assert findings.has_errors
    else:
        assert_places_exist(source)
    lines = Text("file.yaml", text)
    for item in findings:
        assert item.severity is Severity.ERROR
        assert item.position is not None
        assert item.summary and item.why and item.do
        assert 1 <= item.position.line <= max(1, len(lines) + 1)


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(YAMLISH)
@example("&x <<: ")
@example("&x <<: {a: b}")
@example("'<<': {a: b}")
def test_agrees_with_pyyaml_on_what_both_read(text: str) -> None:
    """PyYAML's base loader makes everything text, so structure and texts must be the same."""
    findings = Findings()
    source = read(Text("file.yaml", text), findings)
    if source is None or findings.items:
        return
    assert as_text(source.value) == as_text(yaml.load(text.lstrip("\ufeff"), Loader=TextLoader))


class TextLoader(yaml.CSafeLoader):
    """PyYAML with the scalar rules that both sides have."""


TextLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern) for tag, pattern in resolvers if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_text(item) for item in value]
    return value if value is None else str(value).lower() if isinstance(value, bool) else str(value)


KEYS = st.text(st.characters(codec="utf-8", categories=["Ll", "Lu"]), min_size=3, max_size=8)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=4), st.booleans())
def test_what_is_dumped_is_read_back(tree: dict[str, Any], flow: bool) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=flow)
    findings = Findings()
    source = read(Text("file.yaml", text), findings)
    assert source is not None
    if not findings.items:  # a word such as 'yes' as a key is refused, and PyYAML quotes only what it reads differently
        assert source.value == tree == yaml.load(text, Loader=yaml.CSafeLoader)
        assert_places_are_true(source)


def assert_places_exist(source: Source) -> None:
    """Every container knows as many places as it has keys and values."""
    waiting, seen = [source.value], set()
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict | list) and id(at) not in seen:
            seen.add(id(at))
            assert len(source.spans[id(at)]) == len(at) * (2 if isinstance(at, dict) else 1)
            waiting += at.values() if isinstance(at, dict) else at


def assert_places_are_true(source: Source) -> None:
    """The characters at the place of a scalar, read alone, give the scalar."""
    waiting: list[Any] = [source.value]
    while waiting:
        at = waiting.pop()
        items = (
            list(enumerate(at)) if isinstance(at, list) else [(2 * n + 1, item) for n, item in enumerate(at.values())]
        )
        keys = [] if isinstance(at, list) else [(2 * n, key) for n, key in enumerate(at)]
        for slot, value in [*items, *keys]:
            if isinstance(value, dict | list):
                waiting.append(value)
                continue
            _, written = source.written(at, slot)
            if "\n" not in written and not written.startswith(("|", ">")):
                assert yaml.safe_load(written) == value or written == value
