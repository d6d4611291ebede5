"""The contract type that `lint-imports` checks the layers of chimeform with (`[tool.importlinter]` in pyproject.toml).

import-linter's own `layers` puts a whole package into one layer. Here `language.source` and `report.model` stand lower
than the rest of their packages, and a module that nobody has placed yet is an error. So each layer is a line
`name: pattern pattern ...`, lowest layer first; the most specific pattern that fits a module places it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from importlinter import Contract, ContractCheck, fields, output

if TYPE_CHECKING:
    import grimp


@dataclass(frozen=True)
class Pattern:
    """A module with all that is in it; `*` stands for one name."""

    text: str
    layer: int

    def covers(self, module: str) -> bool:
        """Tell whether the module is this one, or inside it."""
        parts = (re.escape(part) if part != "*" else r"[^.]+" for part in self.text.split("."))
        return re.fullmatch(r"\.".join(parts) + r"(\..+)?", module) is not None

    @property
    def precision(self) -> tuple[int, int]:
        """Longer patterns win, then those with fewer wildcards."""
        return self.text.count("."), -self.text.count("*")


@dataclass(frozen=True)
class Breach:
    """One import that the layers forbid."""

    importer: str
    imported: str
    line: int
    why: str


class PlacedLayersContract(Contract):
    """A module imports its own layer and lower ones; in a layer of `apart`, no other module of that layer.

    A module that no pattern covers breaks the contract, except a package that only holds placed modules together.
    """

    type_name = "placed_layers"

    layers = fields.ListField(subfield=fields.StringField())
    apart = fields.ListField(subfield=fields.StringField(), required=False, default=())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        """Place every module, then look at every direct import."""
        names, patterns = parse(cast("list[str]", self.layers))
        placed = {module: place(module, patterns) for module in graph.modules}
        homeless = sorted(module for module, layer in placed.items() if layer is None)
        apart = {names.index(name) for name in cast("list[str]", self.apart)}
        breaches: list[Breach] = []
        for importer, low in placed.items():
            for imported in graph.find_modules_directly_imported_by(importer):
                high = placed[imported]
                if low is None or high is None:
                    continue
                if high > low:
                    why = f"'{names[low]}' stands below '{names[high]}'"
                elif high == low and low in apart:
                    why = f"modules of '{names[low]}' do not know one another"
                else:
                    continue
                details = graph.get_import_details(importer=importer, imported=imported)
                breaches.extend(Breach(importer, imported, detail["line_number"], why) for detail in details)
        breaches.sort(key=lambda breach: (breach.importer, breach.line))
        return ContractCheck(kept=not (breaches or homeless), metadata={"breaches": breaches, "homeless": homeless})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print what is wrong, an import a line."""
        for breach in check.metadata["breaches"]:
            output.print_error(
                f"{breach.importer} (line {breach.line}) imports {breach.imported}: {breach.why}", bold=False
            )
        for module in check.metadata["homeless"]:
            output.print_error(f"{module} has no layer: give it one in pyproject.toml", bold=False)


def parse(lines: list[str]) -> tuple[list[str], list[Pattern]]:
    """Read `name: pattern pattern ...` lines, lowest layer first."""
    names: list[str] = []
    patterns: list[Pattern] = []
    for layer, line in enumerate(lines):
        name, _, rest = line.partition(":")
        names.append(name.strip())
        patterns.extend(Pattern(text, layer) for text in rest.split())
    return names, sorted(patterns, key=lambda pattern: pattern.precision, reverse=True)


def place(module: str, patterns: list[Pattern]) -> int | None:
    """The layer of a module, None if nobody has placed it. `patterns` come most specific first.

    A pattern without a dot is the root package alone: otherwise it would cover everything.
    """
    for pattern in patterns:
        if pattern.text == module or ("." in pattern.text and pattern.covers(module)):
            return pattern.layer
    return None
