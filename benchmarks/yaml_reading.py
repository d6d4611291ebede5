"""How long a big workspace takes to read: YAML with places, the whole load, and the same people from CSV.

Run with `make bench`. The numbers are for comparison on one machine; nothing is judged by them.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from chimeform.diagnostics import Findings
from chimeform.language import collector_paused, load
from chimeform.language.source import read
from chimeform.language.text import Text

HEAD = "chimeform: 1\nworkspace: bench\naccounts:\n  acme:\n    name: Acme\n    users:\n"
RUNS = 3


def people_in_yaml(count: int) -> str:
    people = (
        f"      person{number}@acme.example:\n"
        f"        license: {'pro' if number % 3 else 'basic'}\n"
        "        suspended: false\n"
        for number in range(count)
    )
    return HEAD + "".join(people)


def people_in_csv(count: int) -> str:
    rows = (f"person{number}@acme.example,{'pro' if number % 3 else 'basic'},false\n" for number in range(count))
    return "email,license,suspended\n" + "".join(rows)


def measure(what: str, count: int, work: Callable[[], object]) -> None:
    seconds = []
    for _ in range(RUNS):
        before = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - before)
    print(f"{what:<34} {count:>7,} people  {statistics.median(seconds):6.2f} s")


def read_with_places(text: str) -> None:
    with collector_paused():
        read(Text("people.yaml", text), Findings())


def main() -> None:
    for count in (10_000, 100_000):
        text = people_in_yaml(count)
        measure("YAML to values and places", count, lambda text=text: read_with_places(text))  # type: ignore[misc]
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "chimeform.yaml").write_text(text, encoding="utf-8")
            measure("load from YAML", count, lambda root=root: load(root))  # type: ignore[misc]
            (root / "chimeform.yaml").write_text(HEAD + "      from: people.csv\n", encoding="utf-8")
            (root / "people.csv").write_text(people_in_csv(count), encoding="utf-8")
            measure("load from CSV", count, lambda root=root: load(root))  # type: ignore[misc]
    text = people_in_yaml(10_000)
    measure("for comparison: CSafeLoader", 10_000, lambda: yaml.load(text, Loader=yaml.CSafeLoader))


if __name__ == "__main__":
    main()
