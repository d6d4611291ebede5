"""The sandbox's own calls to the outside: real HTTP, to this machine only."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


class OutboundRefused(Exception):
    """The address is not on this machine; nothing was sent."""


class Outbound:
    """What the service does at its customers' endpoints (bot events)."""

    def post_json(
        self, url: str, body: Any, timeout: float = 5.0, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Post `body` as JSON; status, headers (names in lower case) and body of the answer. `timeout` in seconds.

        Raises OutboundRefused when the host is not a loopback address, OSError (TimeoutError and
        ConnectionRefusedError among them) when it cannot be reached, ValueError for a malformed URL.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not an http or https URL: {url}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connection = _connect(parts.scheme, _resolve_loopback(parts.hostname, port), port, timeout)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            sent = {"Host": parts.netloc, "Content-Type": "application/json", **(headers or {})}
            connection.request("POST", target, json.dumps(body).encode(), sent)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(1_000_000)
        except http.client.HTTPException as error:
            raise ConnectionError(f"no valid HTTP answer from {parts.netloc}") from error
        finally:
            connection.close()


def _resolve_loopback(host: str, port: int) -> str:
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
            return str(address[0])
    raise OutboundRefused(f"{host} is not a loopback address; the sandbox calls nothing but this machine")


def _connect(scheme: str, address: str, port: int, timeout: float) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(address, port, timeout=timeout)
    # Test endpoints on loopback have certificates that nobody signed; what is checked is the answer, not the chain.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(address, port, timeout=timeout, context=context)
