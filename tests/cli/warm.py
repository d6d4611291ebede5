"""Runs the program in children of a process that has imported it already: what starting it costs is paid once.

    python -m tests.cli.warm SOCKET      an order a message, with the child's standard streams as file descriptors

A child is what a start of `chimeform` is: a process of its own with the folder, environment and streams that it is
given, which ends like any other. It shares modules with its siblings and nothing that a run has made: here everything
is imported and nothing is called. Only at the very end it is left alone what every interpreter does last, to take its
modules apart: among pages that are shared that takes five times as long as a short run.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import socket
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import chimeform
from chimeform.cli import main as program

LONGEST_ORDER = 1_000_000
STREAMS = 3
_LATE = (
    *("boto3", "botocore.client", "botocore.endpoint", "botocore.regions", "botocore.session", "botocore.waiter"),
    *("deepdiff", "dns.resolver", "jinja2", "jinja2.sandbox", "networkx", "rich.console", "rich.progress", "urllib3"),
)
"""What the program imports in the functions that need it."""


def _import_everything() -> None:
    for module in pkgutil.walk_packages(chimeform.__path__, "chimeform."):
        # the sandbox is a server of its own and starts once
        if not module.name.startswith("chimeform.sandbox") and module.name != "chimeform.__main__":
            importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # a child's collector would write into every page that it shares with the parent


def _run(order: Mapping[str, Any], streams: list[int]) -> int:
    """In the child: become what was ordered."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(order["root"])
    os.environ.clear()
    os.environ.update(order["env"])
    sys.argv = ["chimeform", *order["arguments"]]
    return program()


def _leave(ending: list[int]) -> NoReturn:
    """After all threads have ended, and after whatever else was to be done at the end."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(ending[0])


def main(number: int) -> int:
    ending = [1]  # what an exception ends with
    atexit.register(_leave, ending)
    _import_everything()
    with socket.socket(fileno=number) as orders:
        while True:
            text, streams, _, _ = socket.recv_fds(orders, LONGEST_ORDER, STREAMS)
            if not text:
                ending[0] = 0
                return 0
            pid = os.fork()
            if pid == 0:
                orders.close()
                ending[0] = _run(json.loads(text), streams)
                return ending[0]
            for stream in streams:
                os.close(stream)
            orders.send(str(pid).encode())
            _, status = os.waitpid(pid, 0)
            orders.send(str(os.waitstatus_to_exitcode(status)).encode())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
