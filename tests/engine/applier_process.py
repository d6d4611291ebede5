"""The applier from the outside: a process that applies in children of its own, which may be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Applier:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @classmethod
    @contextmanager
    def start(cls, env: Mapping[str, str]) -> Iterator[Applier]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.applier"],
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            yield cls(process)
            assert process.stdin
            process.stdin.close()

    def tell(self, **order: Any) -> None:
        """Start something whose report is read later with `report`."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order, default=str) + "\n")
        self._process.stdin.flush()

    def report(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def apply(self, root: Path, **order: Any) -> dict[str, Any]:
        self.tell(root=root, **order)
        report: dict[str, Any] = self.report()
        return report

    def apply_all(self, *roots: Path, **order: Any) -> list[dict[str, Any]]:
        """At once, each in a process of its own."""
        self.tell(roots=[str(root) for root in roots], **order)
        reports: list[dict[str, Any]] = self.report()
        return reports
