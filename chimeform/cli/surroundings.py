"""The outside world as the real program sees it: the clock, fresh ids, who is asking and from where."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from datetime import UTC, datetime

from ..app import Surroundings
from ..services.routing import all_services


def real_surroundings() -> Surroundings:
    env = dict(os.environ)
    return Surroundings(
        clock=lambda: datetime.now(UTC),
        new_id=lambda: uuid.uuid4().hex,
        who=f"{_user()}@{_host()}",
        where=f"{_host()}/{os.getpid()}",
        process_env=env,
        services=lambda desired: all_services(desired.aws, desired.dns, env, desired.root),
    )


def _user() -> str:
    """Never fails: a container may run under a number that has no name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"


def _host() -> str:
    try:
        return socket.gethostname() or "somewhere"
    except OSError:
        return "somewhere"
