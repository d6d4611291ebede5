"""Where output goes: results to standard output or to a file, words to the user to standard error."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import ChimeformError

if TYPE_CHECKING:
    from ..report.page import Look
    from ..report.progress import LiveLine
    from .options import Options


@dataclass
class Screen:
    """One command's output. Safe to use from several threads.

    A reader that goes away (`| head`) ends the output and never the work: an apply goes on to its end.
    """

    out: TextIO
    err: TextIO
    file: Path | None = None
    color: bool = False
    """Whether results may carry colours."""
    is_interactive: bool = False
    """Whether there is somebody to ask."""
    verbose: bool = False
    _kept: list[str] = field(default_factory=list)
    _written: int = 0
    _gone: set[int] = field(default_factory=set)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @classmethod
    def of_process(cls, options: Options) -> Screen:
        environment = os.environ
        terminal = _is_terminal(sys.stdout)
        return cls(
            out=sys.stdout,
            err=sys.stderr,
            file=options.path(options.output) if options.output else None,
            color=terminal and not options.output and not options.no_color and _allows_color(environment),
            is_interactive=_is_terminal(sys.stdin) and _is_terminal(sys.stderr) and not is_ci(environment),
            verbose=options.verbose,
        )

    @property
    def is_live(self) -> bool:
        """Whether a line may be drawn over again: a person looks at standard output, and no machine keeps it."""
        return self.is_interactive and self.file is None and _is_terminal(self.out)

    @property
    def can_draw(self) -> bool:
        """Whether the symbols of plans can be shown as they are."""
        if self.file is not None:
            return True
        try:
            "→…↺∅─".encode(self.out.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    @property
    def look(self) -> Look:
        """How a page of the result may look."""
        from ..report.page import Look

        return Look(self.color, self.can_draw, self.verbose)

    def live_line(self) -> LiveLine:
        """A line for what is under way; without a terminal it never shows."""
        from ..report.progress import LiveLine

        return LiveLine(self.out, color=self.color) if self.is_live else LiveLine(None, color=False)

    def result(self, text: str) -> None:
        """A part of the result: to the file of `--output`, or to standard output."""
        with self._lock:
            if self.file is not None:
                self._kept.append(text)
            else:
                self._write(self.out, text)

    def say(self, text: str) -> None:
        """Words beside the result, on standard error."""
        with self._lock:
            self._write(self.err, text)

    def _write(self, stream: TextIO, text: str) -> None:
        if id(stream) in self._gone:
            return
        try:
            stream.write(text if text.endswith("\n") else text + "\n")
            stream.flush()
        except BrokenPipeError:
            self._gone.add(id(stream))
            # so that the interpreter does not complain when it closes the stream at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

    def ask(self, question: str) -> str:
        """What the user types. End of input is an empty answer."""
        with self._lock:
            self.err.write(question)
            self.err.flush()
        return sys.stdin.readline().strip()

    def close(self) -> None:
        """Write the file of `--output`, if there is a result. What comes later is written behind it."""
        if self.file is not None and len(self._kept) > self._written:
            write_whole(self.file, "".join(part if part.endswith("\n") else part + "\n" for part in self._kept))
            self._written = len(self._kept)

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def is_ci(environment: Mapping[str, str]) -> bool:
    """Whether a build server runs this, where nobody answers questions."""
    return environment.get("CI", "").lower() not in ("", "0", "false")


def _allows_color(environment: Mapping[str, str]) -> bool:
    """NO_COLOR with any value that is not empty forbids colours [no-color.org]."""
    return not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False  # closed, or no stream at all


def write_whole(file: Path, text: str, *, mode: int | None = None) -> None:
    """Write a file as a whole or not at all. `mode` keeps it from other users; None leaves that to the umask."""
    try:
        _replace(file, text, mode)
    except OSError as error:
        raise ChimeformError(
            f"{file} cannot be written: {error.strerror or error}",
            do="choose another place, or make room there",
            code="CF-USE-005",
        ) from error


def _replace(file: Path, text: str, mode: int | None) -> None:
    if file.exists() and not file.is_file():
        # a pipe or a device (/dev/stdout) is written to, not replaced
        file.write_text(text, encoding="utf-8", newline="\n")
        return
    target = file.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode if mode is not None else _usual_mode(target))
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _usual_mode(file: Path) -> int:
    """The mode that the file has, or that a new one would get."""
    if file.exists():
        return file.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
