"""Disks that run full."""

from __future__ import annotations

import shutil
from pathlib import Path


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Use up the disk that `folder` is on, but for `leave` bytes; the file that does it, to be removed again."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        size = shutil.disk_usage(folder).free - leave
        file.write(b"x" * size)
    return filler
