"""Searches in a directory over LDAP: always encrypted, always against a verified certificate, always in pages.

A connection lives as long as one question. It is used by one thread, so that pages (whose cookies belong to their
connection) and time limits need no care, and none is left open at the end of a run.
"""

from __future__ import annotations

import contextlib
import math
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from ..errors import ServiceError
from . import ldap_refusals as refusals

if TYPE_CHECKING:
    from ldap3 import Connection, Tls

_PAGE = 500
_PAGED_RESULTS = "1.2.840.113556.1.4.319"
_PORTS = {"ldaps": 636, "ldap": 389}
_SECONDS = 10


class Secrets(Protocol):
    """Where passwords are kept. A place is `{"secretsmanager": name}`, `{"ssm": name}` or `{"env": name}`."""

    def read(self, place: Mapping[str, Any], /) -> str: ...


@dataclass(frozen=True)
class LdapServer:
    """Who is asked, as whom, and about which part of the directory; from the `ldap` block of a workspace."""

    host: str
    port: int
    has_tls_from_start: bool
    base: str
    user: str
    password: tuple[tuple[str, str], ...]
    """The place of the password, never the password."""
    ca_file: str | None
    timeout: int
    """Whole seconds for a connection, and again for each answer."""

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @classmethod
    def read(cls, operation: str, block: Mapping[str, Any], root: Path) -> LdapServer:
        """`root` is where relative files are named from. Raises `ServiceError` for an address that is none and for a
        connection without encryption."""
        try:
            address = urlsplit(str(block["server"]))
            port = address.port
        except ValueError as error:
            raise _unusable_address(operation) from error
        if address.scheme not in _PORTS or not address.hostname or address.path.strip("/") or address.query:
            raise _unusable_address(operation)
        if address.scheme == "ldap" and block.get("starttls") is not True:
            raise refusals.INSECURE.error(operation)
        return cls(
            host=address.hostname,
            port=port or _PORTS[address.scheme],
            has_tls_from_start=address.scheme == "ldaps",
            base=str(block["base"]),
            user=str(block["user"]),
            password=tuple((store, name) for store, name in block["password"].items() if name is not None),
            ca_file=str(root / block["ca_file"]) if block.get("ca_file") else None,
            timeout=math.ceil(block.get("timeout") or _SECONDS),
        )


@dataclass(frozen=True)
class Entry:
    """One object. Attribute names are lower case: servers give them back as they like."""

    dn: str
    values: Mapping[str, tuple[bytes, ...]]

    def texts(self, attribute: str) -> list[str]:
        return [value.decode("utf-8", "replace") for value in self.values.get(attribute.lower(), ())]

    def text(self, attribute: str) -> str:
        """The first value, or nothing."""
        return next(iter(self.texts(attribute)), "")


class LdapSearch:
    """A bound connection, for one question."""

    def __init__(self, operation: str, server: LdapServer, connection: Connection) -> None:
        self._operation = operation
        self._server = server
        self._connection = connection

    def all(self, text: str, attributes: list[str]) -> Iterator[Entry]:
        """Every entry below the base that the filter `text` chooses."""
        cookie: bytes | None = None
        while True:
            yield from self._page(text, attributes, _PAGE, cookie)
            paged = self._connection.result.get("controls", {}).get(_PAGED_RESULTS)
            cookie = paged["value"]["cookie"] if paged else None
            if not cookie:
                return

    def some(self, text: str, attributes: list[str], most: int) -> list[Entry]:
        """The first entries that the filter `text` chooses, in the server's order."""
        return list(self._page(text, attributes, most, None))

    def _page(self, text: str, attributes: list[str], size: int, cookie: bytes | None) -> Iterator[Entry]:
        from ldap3 import SUBTREE

        self._connection.search(
            self._server.base, text, SUBTREE, attributes=attributes, paged_size=size, paged_cookie=cookie
        )
        if self._connection.result["result"] != 0:
            refusal, reason = refusals.of_result(self._connection.result)
            raise _refused(self._operation, self._server, refusal, reason)
        for item in self._connection.response or ():
            # a reference to another domain's servers is not followed: what is there is not below the base
            if item["type"] == "searchResEntry":
                values = item["raw_attributes"].items()
                yield Entry(item["dn"], {name.lower(): tuple(given) for name, given in values})


class LdapServers:
    """Bound connections. Shared between threads; a refused bind is remembered, not repeated."""

    def __init__(self, secrets: Secrets, root: Path) -> None:
        self._secrets = secrets
        self._root = root
        self._refused: dict[LdapServer, str] = {}
        # one bind at a time: eight threads with one wrong password would lock the account
        self._binding = threading.Lock()

    @contextlib.contextmanager
    def open(self, operation: str, block: Mapping[str, Any]) -> Iterator[LdapSearch]:
        """A connection for one question to the server that `block` names. Raises `ServiceError`."""
        from ldap3.core.exceptions import LDAPCommunicationError, LDAPStartTLSError

        server = LdapServer.read(operation, block, self._root)
        failed_handshakes: list[Exception] = []
        tls = _make_tls(operation, server, failed_handshakes.append)
        connection = None
        try:
            connection = _make_connection(server, tls, self._secrets.read(dict(server.password)))
            connection.open(read_server_info=False)
            if not server.has_tls_from_start:
                connection.start_tls(read_server_info=False)
            with self._binding:
                self._bind(operation, server, connection)
            yield LdapSearch(operation, server, connection)
        except (LDAPCommunicationError, LDAPStartTLSError) as error:
            raise _refused(operation, server, *refusals.of_failure(error, failed_handshakes)) from error
        finally:
            if connection is not None:
                _close(connection)

    def _bind(self, operation: str, server: LdapServer, connection: Connection) -> None:
        from ldap3.core.exceptions import LDAPPasswordIsMandatoryError

        if server in self._refused:
            raise _refused(operation, server, refusals.BIND_REFUSED, self._refused[server])
        try:
            is_bound = connection.bind(read_server_info=False)
        except LDAPPasswordIsMandatoryError as error:
            raise _refused(operation, server, refusals.BIND_REFUSED, "the password is empty") from error
        if not is_bound:
            refusal, reason = refusals.of_result(connection.result, is_bind=True)
            if refusal is refusals.BIND_REFUSED:
                self._refused[server] = reason
            raise _refused(operation, server, refusal, reason)


def _make_connection(server: LdapServer, tls: Tls, password: str) -> Connection:
    import ldap3

    return ldap3.Connection(
        ldap3.Server(
            server.host,
            server.port,
            use_ssl=server.has_tls_from_start,
            tls=tls,
            get_info=ldap3.NONE,
            connect_timeout=server.timeout,
        ),
        user=server.user,
        password=password,
        client_strategy=ldap3.SYNC,
        auto_referrals=False,
        check_names=False,
        read_only=True,
        receive_timeout=server.timeout,
    )


def _make_tls(operation: str, server: LdapServer, on_failure: Callable[[Exception], None]) -> Tls:
    """TLS as Python itself verifies it: ldap3's own check of host names knows no addresses, and hides the failure."""
    import ldap3

    try:
        context = ssl.create_default_context(cafile=server.ca_file)
    except (OSError, ssl.SSLError) as error:
        problem = f"{server.ca_file} holds no certificate that can be read"
        raise refusals.UNUSABLE.error(operation, problem=problem, reason="'ldap.ca_file' names it") from error

    class VerifiedTls(ldap3.Tls):
        def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:  # noqa: FBT001, FBT002
            try:
                connection.socket = context.wrap_socket(connection.socket, server_hostname=server.host)
            except OSError as error:
                on_failure(error)
                raise

    return VerifiedTls()


def _close(connection: Connection) -> None:
    """Say goodbye if somebody listens, and close the socket however it stands."""
    from ldap3.core.exceptions import LDAPExceptionError

    with contextlib.suppress(LDAPExceptionError, OSError):
        if connection.bound:
            connection.unbind()
    if connection.socket is not None:
        connection.socket.close()


def _refused(operation: str, server: LdapServer, refusal: refusals.Refusal, reason: str) -> ServiceError:
    return refusal.error(operation, server=server, reason=reason, base=server.base, timeout=server.timeout)


def _unusable_address(operation: str) -> ServiceError:
    problem = "'ldap.server' is no address of an LDAP server"
    return refusals.UNUSABLE.error(
        operation, problem=problem, reason="it has the form ldaps://host or ldaps://host:port"
    )
