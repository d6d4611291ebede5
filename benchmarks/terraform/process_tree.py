"""What one command costs with everything that it starts: wall and CPU seconds, and the memory of all its processes."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.02
_PROC = Path("/proc")


@dataclass(frozen=True)
class Cost:
    """`peak_mb` is the largest sum of resident memory that was seen, in MiB; 0 where the system has no /proc."""

    wall: float
    cpu: float
    peak_mb: float


class CommandFailed(Exception):
    """The command ended with another exit code than expected; its last words."""


def run(command: Sequence[str], *, folder: Path, env: Mapping[str, str], expected: Sequence[int] = (0,)) -> Cost:
    """Run it to its end. CPU time is that of every descendant that was waited for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=dict(env), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        watch = _Watch(process.pid)
        watch.start()
        said, _ = process.communicate()
        wall = time.perf_counter() - began
        watch.end()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in expected:
        raise CommandFailed(f"{' '.join(command[:3])}: exit code {process.returncode}\n{said[-3000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, watch.peak / 1024 / 1024)


class _Watch(threading.Thread):
    """Adds up the resident memory of a process and all below it, again and again."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._over = threading.Event()
        self.peak = 0

    def run(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.peak = max(self.peak, _resident(self._root))

    def end(self) -> None:
        self._over.set()
        self.join()


def _resident(root: int) -> int:
    page = os.sysconf("SC_PAGE_SIZE")
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        try:
            total += int((_PROC / str(process) / "statm").read_text().split()[1]) * page
            for task in (_PROC / str(process) / "task").iterdir():
                waiting.extend(int(child) for child in (task / "children").read_text().split())
        except (OSError, IndexError):
            # it ended while it was looked at
            continue
    return total
