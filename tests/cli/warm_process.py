"""The warm program from the outside: one process for all tests of a session, which ends with it."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]


class WarmProgram:
    """Runs the program, one run at a time."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.cli.warm", str(theirs.fileno())],
                cwd=ROOT,
                env=dict(env),
                # of its own streams it uses none; its children get theirs with each order
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )

    def run(
        self, arguments: Sequence[str], root: Path, env: Mapping[str, str], stdin: str, patience: float
    ) -> tuple[int, str, str]:
        """Exit code, standard output and standard error. Raises TimeoutError, having ended the run."""
        order = json.dumps({"arguments": arguments, "root": str(root), "env": dict(env)}).encode()
        with _stream() as given, _stream() as out, _stream() as err:
            given.write(stdin)
            given.seek(0)
            socket.send_fds(self._orders, [order], [one.fileno() for one in (given, out, err)])
            pid = int(self._orders.recv(100))
            self._orders.settimeout(patience)
            try:
                code = int(self._orders.recv(100))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                self._orders.settimeout(None)
                self._orders.recv(100)
                raise
            self._orders.settimeout(None)
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()

    def end(self) -> None:
        self._orders.close()
        self._process.wait()


def _stream() -> IO[str]:
    return tempfile.TemporaryFile("w+", encoding="utf-8")


@cache
def warm(*env: tuple[str, str]) -> WarmProgram:
    """The one of this session for an environment: what an interpreter reads as it starts cannot change later."""
    made = WarmProgram({**os.environ, **dict(env)})
    atexit.register(made.end)
    return made
