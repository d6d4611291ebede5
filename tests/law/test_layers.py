"""The layers of chimeform are checked by `lint-imports`; here it is shown that the check can fail."""

from __future__ import annotations

import grimp
import pytest

from tests.law.layers import PlacedLayersContract, parse, place

LAYERS = [
    "values: app app.errors",
    "pure: app.language.source",
    "shape: app.kinds.base",
    "kinds: app.kinds.*",
    "decisions: app.language app.kinds",
]


def check(*imports: tuple[str, str]) -> tuple[list[tuple[str, str, int]], list[str]]:
    graph = grimp.ImportGraph()
    for number, (importer, imported) in enumerate(imports, start=1):
        graph.add_import(importer=importer, imported=imported, line_number=number, line_contents=f"import {imported}")
    contract = PlacedLayersContract("law", {"root_packages": ["app"]}, {"layers": LAYERS, "apart": ["kinds"]})
    result = contract.check(graph, verbose=False)
    breaches = [(breach.importer, breach.imported, breach.line) for breach in result.metadata["breaches"]]
    assert result.kept is not bool(breaches or result.metadata["homeless"])
    return breaches, result.metadata["homeless"]


@pytest.mark.parametrize(
    ("module", "layer"),
    [
        ("app", 0),
        ("app.errors", 0),
        ("app.errors.deep.inside", 0),
        ("app.language.source", 1),
        ("app.language.source.scanner", 1),
        ("app.language", 4),
        ("app.language.render", 4),
        ("app.kinds.base", 2),
        ("app.kinds.user", 3),
        ("app.kinds.user.rules", 3),
        ("app.kinds", 4),
        ("app.unknown", None),
        ("app.languages", None),
    ],
)
def test_most_specific_pattern_places_a_module(module: str, layer: int | None) -> None:
    _, patterns = parse(LAYERS)
    assert place(module, patterns) == layer


def test_imports_downwards_and_within_a_layer_are_allowed() -> None:
    assert check(
        ("app.language.render", "app.language.source"),
        ("app.language.render", "app.language.document"),
        ("app.kinds.user", "app.kinds.base"),
        ("app.kinds.user", "app.errors"),
        ("app.kinds", "app.kinds.user"),
    ) == ([], [])


def test_import_upwards_is_a_breach_with_its_line() -> None:
    breaches, _ = check(
        ("app.language.render", "app.errors"),
        ("app.language.source", "app.language.render"),
        ("app.errors", "app.kinds.base"),
    )
    assert breaches == [("app.errors", "app.kinds.base", 3), ("app.language.source", "app.language.render", 2)]


def test_kinds_do_not_import_one_another() -> None:
    breaches, _ = check(("app.kinds.user", "app.kinds.account"))
    assert breaches == [("app.kinds.user", "app.kinds.account", 1)]


def test_module_without_a_place_is_reported() -> None:
    assert check(("app.newcomer", "app.errors")) == ([], ["app.newcomer"])
