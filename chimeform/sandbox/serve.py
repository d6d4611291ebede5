"""Running a sandbox: one process, one port, until it is told to stop."""

from __future__ import annotations

import contextlib
import ipaddress
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from secrets import randbits
from typing import TYPE_CHECKING, Any

from chimeform.sandbox.context import ApiError
from chimeform.sandbox.store import DataFile, DataFileError

if TYPE_CHECKING:
    import uvicorn

    from chimeform.sandbox.instance import Sandbox

Ready = Callable[[str], None]
"""Called with the base address as soon as the sandbox answers."""


class CannotServe(Exception):
    """The sandbox cannot start; the text is one sentence for a person."""


def run(
    *,
    ready: Ready,
    host: str = "127.0.0.1",
    port: int = 0,
    data_file: Path | None = None,
    account_id: str | None = None,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or Ctrl-C, then return. Port 0 takes any free one.

    `account_id` is the AWS account to play, by default the data file's or 111122223333. `seed` makes identifiers and
    faults reproducible; without one they differ from start to start. `settings` are fields of `context.Settings`.
    A `host` that is not a loopback address opens the control surface to whoever reaches it.
    Raises CannotServe for a port that is taken, a data file that cannot be used and settings that make no sense.
    """
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(_listen(host, port))
        sandbox = _make_sandbox(data_file, account_id, randbits(32) if seed is None else seed, settings or {})
        stack.callback(sandbox.close)
        _serve(sandbox, listener, host, ready)


def _make_sandbox(data_file: Path | None, account_id: str | None, seed: int, settings: Mapping[str, Any]) -> Sandbox:
    from chimeform.sandbox import cloudtrail
    from chimeform.sandbox.chime import OPERATIONS
    from chimeform.sandbox.directory_data import OPERATIONS as DIRECTORY_DATA
    from chimeform.sandbox.instance import Sandbox
    from chimeform.sandbox.voice import OPERATIONS as VOICE
    from chimeform.sandbox.wire import Service

    services = [
        Service("chime", OPERATIONS),
        Service("chime-sdk-voice", VOICE, "/chime-sdk-voice"),
        Service("ds-data", DIRECTORY_DATA),
        Service("cloudtrail", cloudtrail.OPERATIONS, refusals=cloudtrail.REFUSALS, is_partial=True),
    ]
    try:
        return Sandbox(
            services,
            account_id=account_id,
            seed=seed,
            settings=settings,
            data_file=DataFile(data_file) if data_file is not None else None,
        )
    except (ApiError, DataFileError) as error:
        raise CannotServe(str(error)) from error


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise CannotServe(f"cannot listen on port {port}: ports go from 0 (any free one) to 65535")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform != "win32":
            # Elsewhere it lets a restart take its port back at once; on Windows it would let two processes share one.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CannotServe(
            f"cannot listen on {host} port {port}: {reason}; name another --port, or 0 for a free one"
        ) from error
    return listener


def _serve(sandbox: Sandbox, listener: socket.socket, host: str, ready: Ready) -> None:
    import uvicorn

    from chimeform.sandbox.connections import Connections
    from chimeform.sandbox.control import Control
    from chimeform.sandbox.server import App

    connections = Connections()
    app = App(sandbox, Control(sandbox, is_open=not _is_loopback(host)), connections.abort)
    config = uvicorn.Config(
        app,
        http=connections.protocol(),  # type: ignore[arg-type]
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,  # the API's answers carry the date of the sandbox's clock
        proxy_headers=False,
        timeout_keep_alive=300,
        timeout_graceful_shutdown=1,
    )
    base = _base_address(listener)
    _make_server(config, lambda: ready(base)).run(sockets=[listener])


def _make_server(config: uvicorn.Config, started: Callable[[], None]) -> uvicorn.Server:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started()

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            # uvicorn raises the signal again after it has stopped; being told to stop is the normal end here: exit 0.
            before = {name: signal.signal(name, self.handle_exit) for name in (signal.SIGINT, signal.SIGTERM)}
            try:
                yield
            finally:
                for name, action in before.items():
                    signal.signal(name, action)

    return Server(config)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _base_address(listener: socket.socket) -> str:
    name, port = listener.getsockname()[:2]
    # 0.0.0.0 and :: are every address of the machine; a client on it uses loopback.
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(name, name)  # noqa: S104 - it is compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
