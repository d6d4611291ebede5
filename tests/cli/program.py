"""The real program as a process of its own, with or without a terminal.

Most runs are forked from a process that has imported the program already (`tests.cli.warm`): it takes a fifth of the
time. What is done with a terminal, a signal or a stream that is read meanwhile is started as people start it.
"""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cli.warm_process import warm

PATIENCE_SECONDS = 60
"""Only a program that hangs takes so long."""
_QUIET = {"COLUMNS": "100", "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
_READ_AT_START = ("LANG", "LC_", "PYTHON", "TZ")
"""How the names of variables begin that an interpreter reads once, as it starts."""


@dataclass(frozen=True)
class Ran:
    """How a run of the program ended and what it said. On a terminal, `out` holds everything."""

    code: int
    out: str
    err: str = ""

    def json(self) -> Any:
        return json.loads(self.out)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def all(self) -> str:
        return self.out + self.err


class Program:
    """Runs `chimeform` in a workspace's folder, against the service that `env` names."""

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self.root = root
        usual = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
        self.env = {**usual, **_QUIET, **env}

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def __call__(self, *arguments: str, stdin: str = "", **env: str) -> Ran:
        """Run without a terminal."""
        if any(name.startswith(_READ_AT_START) for name in env):
            return self.fresh(*arguments, stdin=stdin, **env)
        runner = warm(*_QUIET.items())
        return Ran(*runner.run(arguments, self.root, {**self.env, **env}, stdin, PATIENCE_SECONDS))

    def fresh(self, *arguments: str, stdin: str = "", **env: str) -> Ran:
        """Run without a terminal, in an interpreter that was started for it."""
        with self.start(*arguments, **env) as process:
            out, err = process.communicate(stdin, timeout=PATIENCE_SECONDS)
        return Ran(process.returncode, out, err)

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "chimeform", *arguments],
            cwd=self.root,
            env={**self.env, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def on_terminal(self, *arguments: str, **env: str) -> Terminal:
        return Terminal([sys.executable, "-m", "chimeform", *arguments], self.root, {**self.env, **env})


class Terminal:
    """A program on a pseudo-terminal, with somebody who reads and types."""

    def __init__(self, command: list[str], root: Path, env: Mapping[str, str]) -> None:
        ours, theirs = pty.openpty()
        self._stream = ours
        self._process = subprocess.Popen(
            command, cwd=root, env=dict(env), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - only this thread starts programs
        )  # fmt: skip
        os.close(theirs)
        self.seen = ""

    def until(self, words: str) -> Terminal:
        """Read until `words` are on the screen."""
        while words not in self.seen:
            part = self._read()
            assert part, f"{words!r} never came; there was:\n{self.seen}"
        return self

    def type(self, text: str) -> Terminal:
        os.write(self._stream, text.encode())
        return self

    def press_ctrl_c(self) -> Terminal:
        """The terminal turns it into SIGINT for whoever runs on it."""
        return self.type("\x03")

    def end(self) -> Ran:
        """Read to the end."""
        while self._read():
            pass
        code = self._process.wait(PATIENCE_SECONDS)
        os.close(self._stream)
        return Ran(code, self.seen)

    def _read(self) -> str:
        readable, _, _ = select.select([self._stream], [], [], PATIENCE_SECONDS)
        assert readable, f"nothing was said for {PATIENCE_SECONDS} s; there was:\n{self.seen}"
        try:
            part = os.read(self._stream, 65536).decode(errors="replace")
        except OSError:
            part = ""  # how Linux tells that the other side has closed
        self.seen += part
        return part


def _take_terminal() -> None:
    """Make standard input the controlling terminal, so that Ctrl-C reaches the program."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def wait_for_line(process: subprocess.Popen[str], words: str, *, err: bool = False) -> str:
    """Read standard output (or standard error) up to a line with `words` in it, and give that line."""
    stream = process.stderr if err else process.stdout
    assert stream is not None
    seen = []
    while line := stream.readline():
        if words in line:
            return line
        seen.append(line)
    raise AssertionError(f"{words!r} never came; there was:\n{''.join(seen)}")
