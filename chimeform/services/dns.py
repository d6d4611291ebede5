"""Look-ups in the DNS, behind the same border as calls to AWS.

`LookupTxt` answers with the texts at a name. A name that does not exist and a name without TXT records are both an
empty answer; a server that does not answer or fails is an error, so that nothing is taken for absent because of it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import ServiceError, ServiceFault
from ..language.desired import Dns

if TYPE_CHECKING:
    from dns.resolver import Resolver

LOOKUP_TXT = "LookupTxt"


class DnsServices:
    """The resolver that the workspace or the system names; made with the first look-up, shared between threads."""

    def __init__(self, settings: Dns) -> None:
        self._settings = settings
        self._resolver: Resolver | None = None
        self._making = threading.Lock()

    def call(self, service: str, operation: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Texts at `request["Name"]`. Raises `ServiceError`."""
        import dns.exception
        import dns.resolver

        if operation != LOOKUP_TXT:
            raise ValueError(f"{service} has no operation {operation}")
        name = str(request["Name"])
        try:
            answer = self._get_resolver().resolve(
                name.rstrip(".") + ".", "TXT", lifetime=self._settings.timeout, search=False
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return {"Name": name, "Texts": []}
        except (dns.resolver.LifetimeTimeout, dns.resolver.NoResolverConfiguration, OSError) as error:
            raise self._unanswered(name) from error
        except dns.exception.DNSException as error:
            raise self._failed(name, error) from error
        return {"Name": name, "Texts": [b"".join(record.strings).decode("utf-8", "replace") for record in answer]}

    def time(self) -> datetime:
        return datetime.now(UTC)

    def _get_resolver(self) -> Resolver:
        import dns.resolver

        with self._making:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver(configure=self._settings.resolver is None)
                if self._settings.resolver is not None:
                    host, port = _host_and_port(self._settings.resolver)
                    self._resolver.nameservers, self._resolver.port = [_address_of(host)], port
            return self._resolver

    @property
    def _who(self) -> str:
        return f"the DNS server {self._settings.resolver}" if self._settings.resolver else "the system's DNS server"

    def _unanswered(self, name: str) -> ServiceError:
        return ServiceError(
            f"{LOOKUP_TXT} {name}: {self._who} does not answer",
            operation=LOOKUP_TXT,
            fault=ServiceFault.UNREACHABLE,
            why=f"there was no answer within {self._settings.timeout:g} s, which says nothing about the record",
            do="check the network, or name another server in 'dns.resolver'",
            code="CF-DNS-001",
        )

    def _failed(self, name: str, error: Exception) -> ServiceError:
        return ServiceError(
            f"{LOOKUP_TXT} {name}: {self._who} could not find out ({type(error).__name__})",
            operation=LOOKUP_TXT,
            fault=ServiceFault.SERVICE,
            why="the servers of the domain refuse, fail or contradict one another, which says nothing about the record",
            do="check the domain's delegation, or name another server in 'dns.resolver'",
            code="CF-DNS-002",
        )


def _host_and_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if text.endswith("]") or not colon:
        return text.strip("[]"), 53
    return host.strip("[]"), int(port)


def _address_of(host: str) -> str:
    """A resolver takes addresses; a name such as `localhost` is the system's own to resolve."""
    import socket

    return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])
