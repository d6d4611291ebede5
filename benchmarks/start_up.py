"""How long a command takes before it does anything: the program itself, and the files of a small workspace.

Each is a process of its own, as a user starts it. The median and the fastest of many, in seconds of wall time.

    python benchmarks/start_up.py [--runs 15]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_WORKSPACE = """\
chimeform: 1
workspace: small
accounts:
  acme:
    name: Acme
    users:
      jane@acme.example: {license: pro}
      omar@acme.example: {license: basic}
voice_connectors:
  office:
    require_encryption: true
    termination: {calling_regions: [US], cidrs: [198.51.100.0/28]}
"""
_COMMANDS = (("--version",), ("--help",), ("validate",), ("graph",))


def seconds(command: tuple[str, ...], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "chimeform", *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    print("| command | median s | fastest s |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "chimeform.yaml").write_text(_WORKSPACE, encoding="utf-8")
        for command in _COMMANDS:
            # the first one may have to write the bytecode
            seconds(command, Path(folder))
            took = [seconds(command, Path(folder)) for _ in range(runs)]
            print(f"| chimeform {' '.join(command)} | {statistics.median(took):.3f} | {min(took):.3f} |")


if __name__ == "__main__":
    main()
