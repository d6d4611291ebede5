"""Write constraints.txt: the exact releases that `make install` uses.

Run by `make constraints` with the interpreter of a new, empty environment, so that nothing already installed
influences the answer. Only `name==version` lines are written: a lock file would also hold the addresses of
whichever registry the machine happened to use.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HEADER = """\
# The releases that were tested, for Python 3.11 to 3.13. Made by `make constraints`; do not edit.
"""
PLAIN_VERSION = re.compile(r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?")


def resolve(requirement: str) -> dict[str, str]:
    """Ask pip which release of what it would install for `requirement`, without installing it."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        subprocess.run([*command, "--report", str(report), requirement], check=True)
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    # The project itself comes from a folder (`dir_info`); everything else comes from a registry.
    return {
        item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"]
        for item in found
        if "dir_info" not in item["download_info"]
    }


def main() -> None:
    """Resolve the requirement named on the command line and write the file named after it."""
    requirement, target = sys.argv[1], Path(sys.argv[2])
    releases = resolve(requirement)
    odd = {name: version for name, version in releases.items() if not PLAIN_VERSION.fullmatch(version)}
    if odd:
        sys.exit(f"these releases exist on this machine only, or are not final: {odd}")
    lines = [f"{name}=={version}\n" for name, version in sorted(releases.items())]
    target.write_text(HEADER + "".join(lines), encoding="utf-8")
    print(f"{target}: {len(lines)} releases")


if __name__ == "__main__":
    main()
