"""Properties of loading: whatever the files hold, there is a workspace or a list of diagnostics, and nothing else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimeform.diagnostics import render
from chimeform.errors import InvalidWorkspace
from chimeform.language import load
from chimeform.language.desired import Desired

from .workspaces import write

WHOLE: dict[str, Any] = {
    "chimeform": 1,
    "workspace": "acme",
    "aws": {"profile": "admin", "requests_per_second": 5},
    "guardrails": {"max_deletes": 3},
    "values": {"company": "Acme"},
    "environments": {"prod": {"values": {"domain": "acme.example"}}, "lab": {"values": {"domain": "lab.acme.example"}}},
    "accounts": {
        "acme": {
            "name": "{{ company }}",
            "authoritative": ["users"],
            "meetings": {"call_me": True},
            "retention": {"rooms": "90 days"},
            "users": {
                "defaults": {"license": "basic"},
                "jane@{{ domain }}": {"license": "pro", "phone": "+12065550100"},
                "omar@acme.example": {
                    "lifecycle": {"prevent_destroy": True, "expires": "2027-01-31", "ignore": ["license"]}
                },
            },
            "bots": {
                "helpdesk": {"display_name": "HelpDesk", "domain": "{{ domain }}", "events": {"https": "https://a.b/c"}}
            },
        }
    },
    "phone_numbers": {"+12065550100": {"product": "business-calling", "calling_name": "Acme Sales"}},
    "settings": {"calling_name": "Acme", "call_detail_records": {"bucket": "acme-cdr"}},
    "moved": [{"from": "accounts.old", "to": "accounts.acme"}],
    "removed": [{"address": "accounts.acme.bots.legacy", "destroy": False}],
    "import": [{"to": "accounts.acme", "id": "12a3456b"}],
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.just({"": {}}),
    st.just([[]]),
    st.just([{}]),
    st.just({"from": "x.csv", "defaults": []}),
    st.sampled_from(
        ["{{ domain }}", "{{ company", "{{ nothing }}", "{% if company %}x{% endif %}", "{{ 1 ~ '' }}", "accounts.acme"]
    ),
)


def paths(tree: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [prefix, *(path for key, value in inner for path in paths(value, (*prefix, key)))]


def changed(tree: Any, path: tuple[Any, ...], value: Any, as_key: bool) -> Any:
    """A copy in which `path` leads to `value`, or with `as_key` in which that is the last key."""
    if not path:
        return value
    copy = tree.copy()
    if as_key and len(path) == 1 and isinstance(tree, dict) and not isinstance(value, dict | list):
        return {(value if key == path[0] else key): item for key, item in tree.items()}
    copy[path[0]] = changed(tree[path[0]], path[1:], value, as_key)
    return copy


def try_load(folder: Path, **options: Any) -> Desired | InvalidWorkspace:
    try:
        return load(folder, **options)
    except InvalidWorkspace as error:
        assert error.diagnostics
        for item in error.diagnostics:
            assert item.summary and item.why and item.do
            assert render(item, error.sources)
        return error


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(paths(WHOLE)), ODD, st.booleans()), min_size=1, max_size=3),
    st.sampled_from([None, "prod", "lab", "other"]),
)
def test_any_value_in_any_place(changes: list[tuple[tuple[Any, ...], Any, bool]], environment: str | None) -> None:
    tree: Any = WHOLE
    for path, value, as_key in changes:
        if path in paths(tree):
            tree = changed(tree, path, value, as_key)
    with tempfile.TemporaryDirectory() as folder:
        root = write(Path(folder), {"chimeform.yaml": yaml.safe_dump(tree, allow_unicode=True)})
        try_load(root, environment=environment)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_any_characters_in_any_place(data: st.DataObject) -> None:
    text = yaml.safe_dump(WHOLE, sort_keys=False)
    at = data.draw(st.integers(0, len(text)))
    removed = data.draw(st.integers(0, 20))
    added = data.draw(
        st.one_of(st.text(max_size=5), st.sampled_from(["\n", ": ", "- ", "{{", "}}", "&a ", "*a", "'", "<<: "]))
    )
    mutated = (text[:at] + added + text[at + removed :]).encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        try_load(write(Path(folder), {"chimeform.yaml": mutated}), environment="prod")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.one_of(
        st.text(max_size=100),
        st.lists(
            st.sampled_from(
                [
                    "email",
                    "license",
                    "phone",
                    "a@b.c",
                    "pro",
                    ",",
                    ",",
                    "\n",
                    "\r\n",
                    '"',
                    '""',
                    ";",
                    "{{",
                    " ",
                    "\x00",
                    "é",
                ]
            ),
            max_size=30,
        ).map("".join),
    )
)
def test_any_table(table: str) -> None:
    files: dict[str, str | bytes] = {
        "chimeform.yaml": "chimeform: 1\nworkspace: a\naccounts: {a: {name: A, users: {from: u.csv}}}\n",
        "u.csv": table.encode("utf-8", "surrogatepass"),
    }
    with tempfile.TemporaryDirectory() as folder:
        try_load(write(Path(folder), files))


BLOCKS = ["name: Acme", "default_license: pro", "meetings: {call_me: true}", "retention: {rooms: 1 year}", "bots: {}"]
USERS = [f"users: {{person{n}@acme.example: {{license: {'pro' if n % 2 else 'basic'}}}}}" for n in range(6)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.permutations([*BLOCKS, *USERS]), st.lists(st.integers(0, 3), min_size=11, max_size=11))
def test_merging_does_not_depend_on_files_and_their_order(parts: list[str], homes: list[int]) -> None:
    """However an account is spread over files, the result is the same."""
    spread: dict[int, list[str]] = {}
    for part, home in zip(parts, homes, strict=True):
        spread.setdefault(home if part in BLOCKS else hash((part, home)), []).append(part)
    files: dict[str, str | bytes] = {"chimeform.yaml": "chimeform: 1\nworkspace: acme\ninclude: ['*.yaml']\n"}
    for number, lines in enumerate(spread.values()):
        files[f"f{number}.yaml"] = "accounts:\n  acme:\n" + "".join(f"    {line}\n" for line in lines)
    with tempfile.TemporaryDirectory() as folder:
        found = load(write(Path(folder), files))
    specs = {str(address): declaration.spec for address, declaration in found.declarations.items()}
    assert len(specs) == 3 + len(USERS)
    assert specs["accounts.acme"].values() == {"name": "Acme", "default_license": "pro"}
    for number in range(len(USERS)):
        wanted = "pro" if number % 2 else "basic"
        assert specs[f'accounts.acme.users["person{number}@acme.example"]'].values()["license"] == wanted
