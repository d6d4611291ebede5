"""Where a new credential goes: to the terminal of whoever asked, or to a file of theirs, and nowhere by itself.

docs/decisions/0094 says why.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..address import Address
from ..errors import ChimeformError, UsageError
from .options import Options
from .screen import Screen

Reveal = Callable[[Address, str], None]
_OWNER_ONLY = 0o600


@contextmanager
def to_terminal(options: Options, screen: Screen, name: str) -> Iterator[Reveal]:
    """Raises `UsageError` where what is shown would be kept: in a file, a pipe, or a build server's log."""
    if not screen.is_live or options.format != "text":
        raise UsageError(
            f"--show-{name} shows it on a terminal only, and there is none",
            why="a credential that goes into a pipe, a file or a log stays there",
            do=f"run it on a terminal, or write it to a file of your own: --{name}-to FILE",
            code="CF-DO-011",
        )
    yield lambda address, secret: screen.result(f"new {name}  {address}  {secret}")


@contextmanager
def to_file(file: Path, name: str) -> Iterator[Reveal]:
    """A new CSV file that only its owner can read, made before anything is done; each line is on the disk at once.

    If nothing came, there is no file. Raises `ChimeformError` for a place that is taken or cannot be written.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    except OSError as error:
        raise ChimeformError(
            f"{file} cannot be made: {error.strerror or error}",
            why="a credential is written to a new file, which nobody has opened before",
            do="name a file that does not exist yet, in a folder of yours",
            code="CF-DO-012",
        ) from error
    is_empty = True
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")

            def keep(address: Address, secret: str) -> None:
                nonlocal is_empty
                if is_empty:
                    writer.writerow(("address", name))
                is_empty = False
                writer.writerow((str(address), secret))
                stream.flush()
                os.fsync(stream.fileno())

            yield keep
    finally:
        if is_empty:
            file.unlink(missing_ok=True)
