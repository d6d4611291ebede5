"""Connections of the server: whole answers only, and the means to cut one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Peer = tuple[str, int]
"""Address and port of a client: what an ASGI scope knows a connection by."""


class _WholeWrites:
    """A transport that hands on what was written in one turn of the event loop in one piece.

    uvicorn writes head and body of an answer apart. If the process dies between the two, boto3 takes the head of a 201
    for a success whose members are missing. A real service's answer does not come apart like that.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts and not self._transport.is_closing():
            self._transport.write(b"".join(self._parts))
        self._parts.clear()


class Connections:
    """The open connections by their client's address."""

    def __init__(self) -> None:
        self._transports: dict[Peer, asyncio.Transport] = {}

    def abort(self, peer: Peer) -> None:
        """Close a connection without another byte; one that is closed already is left alone."""
        if (transport := self._transports.get(peer)) is not None:
            transport.abort()

    def protocol(self) -> Callable[..., asyncio.Protocol]:
        """uvicorn's own protocol (httptools where it is installed) over these connections."""
        from uvicorn.protocols.http.auto import AutoHTTPProtocol

        transports = self._transports

        class Protocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
            def connection_made(self, transport: asyncio.Transport) -> None:
                self.peer = _peer(transport)
                transports[self.peer] = transport
                super().connection_made(_WholeWrites(transport, asyncio.get_running_loop()))

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(self.peer, None)
                super().connection_lost(exc)

        return Protocol


def _peer(transport: asyncio.Transport) -> Peer:
    address = transport.get_extra_info("peername")
    return str(address[0]), int(address[1])
