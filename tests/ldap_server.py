"""A real LDAP server on loopback, over TLS with a certificate of its own authority, that looks like Active Directory.

with ldap_server.running() as server:
    server.add_user("jane", mail="jane@acme.example")
    server.add_group("Chime Pro", members=["jane"])
    block = server.block()      # an `ldap` block for a workspace

It knows simple binds, StartTLS, searches with the usual filters (and, or, not, equality, substrings, presence) and
scopes, the simple paged results control, ranges of values, and limits of size. It can be silent, break off, or answer
with any result on request.
"""

from __future__ import annotations

import re
import socket
import socketserver
import ssl
import struct
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import ber
from tests.ber import Element
from tests.certificates import write_certificates

BASE = "DC=corp,DC=acme,DC=example"
USER = "CN=chimeform,CN=Users," + BASE
PASSWORD = "correct-horse"
DOMAIN_USERS = 513

_PAGED_RESULTS = "1.2.840.113556.1.4.319"
_START_TLS = "1.3.6.1.4.1.1466.20037"
_SUCCESS, _SIZE_LIMIT, _NO_OBJECT, _BAD_CREDENTIALS, _UNAVAILABLE = 0, 4, 32, 49, 52
# tags of requests, answers, filters and parts of substrings [RFC 4511, appendix B]
_BIND, _BOUND, _SEARCH, _ENTRY, _SEARCH_DONE, _REFERENCE = 0x60, 0x61, 0x63, 0x64, 0x65, 0x73
_EXTENDED, _EXTENDED_DONE, _CONTROLS = 0x77, 0x78, 0xA0
_AND, _OR, _NOT, _EQUAL, _SUBSTRINGS, _PRESENT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0x87
_INITIAL, _FINAL, _SUBTREE = 0x80, 0x82, 2
_DOMAIN = (21, 1004336348, 1177238915, 682003330)

Values = dict[str, list[bytes]]


class LdapServer(socketserver.ThreadingTCPServer):
    """`mood`: "answers", "silent" (never answers a search), "deaf" (not even a bind) or "breaks off" (at a search).

    `passwords` by user; `refusals` by user are the `data` that a bind fails with (Active Directory's Windows codes);
    `result` is what every search ends with in place of success; `references` are servers of other domains that every
    search names; `page` is the most entries of one answer.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, folder: Path, names: Iterable[str], *, is_tls: bool) -> None:
        self.ca_file = folder / "ca.pem"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(write_certificates(folder, names))
        self.is_tls = is_tls
        self.offers_starttls = True
        self.entries: dict[str, Values] = {}
        self.passwords = {USER: PASSWORD}
        self.refusals: dict[str, str] = {}
        self.result = _SUCCESS
        self.references: list[str] = []
        self.mood = "answers"
        self.page = 1000
        self.values_at_once = 1500
        self.binds: list[str] = []
        self.defects: list[BaseException] = []
        self._next_rid = 1100
        super().__init__(("127.0.0.1", 0), _Conversation)
        self._add(BASE, objectClass=["top", "domain"])

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    def block(self, **other: Any) -> dict[str, Any]:
        """How a workspace names this server."""
        way: dict[str, Any] = {"server": f"ldaps://127.0.0.1:{self.port}"}
        if not self.is_tls:
            way = {"server": f"ldap://127.0.0.1:{self.port}", "starttls": True}
        ca_file = str(self.ca_file)
        return {**way, "base": BASE, "user": USER, "password": {"env": "LDAP_PASSWORD"}, "ca_file": ca_file, **other}

    def add_user(self, name: str, *, place: str = "CN=Users," + BASE, kind: str = "person", **attributes: Any) -> str:
        classes = ["top", "person", "organizationalPerson", "user", *([kind] if kind == "computer" else [])]
        given = {"userAccountControl": 512, "primaryGroupID": DOMAIN_USERS, **attributes}
        return self._add_account(name, place, objectClass=classes, **given)

    def add_group(
        self, name: str, members: Iterable[str] = (), *, place: str = "OU=Groups," + BASE, **attributes: Any
    ) -> str:
        """`members` are account names, or distinguished names of whatever has none."""
        by_name = {self._first(values, "sAMAccountName"): dn for dn, values in self.entries.items()}
        members = [by_name.get(member, member) for member in members]
        dn = self._add_account(name, place, objectClass=["top", "group"], member=members, **attributes)
        for member in members:
            self.entries[member].setdefault("memberOf", []).append(dn.encode())
        return dn

    def add_unit(self, name: str) -> str:
        return self._add(f"OU={name},{BASE}", objectClass=["top", "organizationalUnit"], ou=name)

    def _add_account(self, name: str, place: str, **attributes: Any) -> str:
        rid = attributes.pop("rid", self._next_rid)
        self._next_rid += 1
        sid = struct.pack("<BB6s5I", 1, 5, (5).to_bytes(6, "big"), *_DOMAIN, rid)
        common = attributes.pop("cn", name)
        names = {"cn": common, "sAMAccountName": name, "objectSid": sid}
        return self._add(f"CN={_escape_dn(common)},{place}", **{**names, **attributes})

    def _add(self, dn: str, **attributes: Any) -> str:
        attributes.setdefault("objectGUID", uuid.uuid5(uuid.NAMESPACE_X500, dn).bytes_le)
        self.entries[dn] = {
            name: [_encode(value) for value in (given if isinstance(given, list) else [given])]
            for name, given in attributes.items()
            if given is not None and given != []
        }
        return dn

    @staticmethod
    def _first(values: Values, name: str) -> str:
        return values[name][0].decode() if name in values else ""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, as it does on a certificate that it does not trust, is no defect of this server."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.defects.append(error)


@dataclass
class _Search:
    """What one request asks for."""

    base: str
    scope: int
    most: int
    chosen: Element
    attributes: list[str]
    page: int | None = None
    start: int = 0


class _Conversation(socketserver.BaseRequestHandler):
    """One connection. Cookies of pages are positions in what was found."""

    server: LdapServer

    def handle(self) -> None:
        if self.server.is_tls:
            self._encrypt()
        answers = {_BIND: self._bind, _EXTENDED: self._extend, _SEARCH: self._search}
        while message := self._receive():
            number, request, *controls = message
            if request.tag not in answers or self.server.mood == "deaf":
                # goodbye (or nothing at all) is answered by waiting until the client hangs up
                self.request.recv(1)
                return
            answers[request.tag](number.number, request, controls[0].parts if controls else [])

    def finish(self) -> None:
        # after StartTLS it is another socket than the one that the server closes by itself
        self.request.close()

    def _encrypt(self) -> None:
        self.request = self.server.context.wrap_socket(self.request, server_side=True)

    def _receive(self) -> list[Element] | None:
        """Message number, request and perhaps controls; nothing when the client has hung up or speaks no LDAP."""
        head = self._read(2)
        if len(head) < 2 or head[0] != ber.SEQUENCE:
            return None
        length = head[1]
        if length & 0x80:
            more = self._read(length & 0x7F)
            head, length = head + more, int.from_bytes(more)
        return ber.unpack(head + self._read(length))[0].parts

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size and (more := self.request.recv(size - len(data))):
            data += more
        return data

    def _bind(self, number: int, request: Element, _controls: list[Element]) -> None:
        _version, name, password = request.parts
        self.server.binds.append(name.text)
        data = self.server.refusals.get(name.text)
        if data is None and self.server.passwords.get(name.text) != password.text:
            data = "52e"
        said = f"80090308: LdapErr: DSID-0C090446, comment: AcceptSecurityContext error, data {data}, v4563"
        self._finish(number, _BOUND, _BAD_CREDENTIALS if data else _SUCCESS, said if data else "")

    def _extend(self, number: int, request: Element, _controls: list[Element]) -> None:
        if request.parts[0].text == _START_TLS and self.server.offers_starttls:
            self._finish(number, _EXTENDED_DONE, _SUCCESS)
            self._encrypt()
        else:
            self._finish(number, _EXTENDED_DONE, _UNAVAILABLE)

    def _search(self, number: int, request: Element, controls: list[Element]) -> None:
        if self.server.mood == "silent":
            return
        if self.server.mood == "breaks off":
            self.request.shutdown(socket.SHUT_RDWR)
            return
        search = _read_search(request, controls)
        if search.base.lower() not in {dn.lower() for dn in self.server.entries}:
            self._finish(number, _SEARCH_DONE, _NO_OBJECT)
            return
        self._answer(number, search, [dn for dn in self.server.entries if _fits(self.server, search, dn)])

    def _answer(self, number: int, search: _Search, found: list[str]) -> None:
        most = min(search.page or self.server.page, self.server.page)
        rest = search.start + most
        is_cut = 0 < search.most < len(found) or (search.page is None and rest < len(found))
        for dn in found[search.start : min(rest, search.most or rest)]:
            self._send(number, _entry(dn, self._show(dn, search.attributes)))
        for url in self.server.references:
            self._send(number, ber.pack(_REFERENCE, _octets(url)))
        result = self.server.result or (_SIZE_LIMIT if is_cut else _SUCCESS)
        cookie = str(rest).encode() if rest < len(found) else b""
        paged = search.page is not None and result == _SUCCESS
        self._finish(number, _SEARCH_DONE, result, cookie=cookie if paged else None)

    def _show(self, dn: str, attributes: list[str]) -> Values:
        """The attributes that were asked for; of many values the range that was asked for, or the first one."""
        shown: Values = {}
        known = {name.lower(): name for name in self.server.entries[dn]}
        for asked in attributes or list(known):
            name, _, span = asked.partition(";range=")
            if (real := known.get(name.lower())) is None:
                continue
            values = self.server.entries[dn][real]
            low, _, high = (span or "0-*").partition("-")
            start, most = int(low), self.server.values_at_once
            end = min(start + most, len(values) if high == "*" else int(high) + 1)
            if not span and len(values) <= most:
                shown[real] = values
            else:
                shown[f"{real};range={start}-{'*' if end >= len(values) else end - 1}"] = values[start:end]
        return shown

    def _finish(self, number: int, answer: int, result: int, said: str = "", cookie: bytes | None = None) -> None:
        done = ber.pack(answer, *_result(result, said))
        controls = b""
        if cookie is not None:
            value = ber.pack(ber.SEQUENCE, ber.pack_number(0), _octets(cookie))
            control = ber.pack(ber.SEQUENCE, _octets(_PAGED_RESULTS), _octets(value))
            controls = ber.pack(_CONTROLS, control)
        self._send(number, done + controls)

    def _send(self, number: int, rest: bytes) -> None:
        self.request.sendall(ber.pack(ber.SEQUENCE, ber.pack_number(number), rest))


def _result(result: int, said: str) -> tuple[bytes, bytes, bytes]:
    return ber.pack_number(result, ber.ENUMERATED), _octets(""), _octets(said)


def _entry(dn: str, values: Values) -> bytes:
    attributes = [
        ber.pack(ber.SEQUENCE, _octets(name), ber.pack(ber.SET, *(_octets(value) for value in given)))
        for name, given in values.items()
    ]
    return ber.pack(_ENTRY, _octets(dn), ber.pack(ber.SEQUENCE, *attributes))


def _octets(value: str | bytes) -> bytes:
    return ber.pack(ber.OCTETS, _encode(value))


def _read_search(request: Element, controls: list[Element]) -> _Search:
    base, scope, _aliases, most, _time, _types_only, chosen, attributes = request.parts
    names = [name.text for name in attributes.parts if name.text != "*"]
    search = _Search(base.text, scope.number, most.number, chosen, names)
    for control in controls:
        name, *_, value = control.parts
        if name.text == _PAGED_RESULTS:
            size, cookie = ber.unpack(value.body)[0].parts
            search.page, search.start = size.number, int(cookie.body or b"0")
    return search


def _fits(server: LdapServer, search: _Search, dn: str) -> bool:
    """Whether an entry is in the scope (base, one level, all below) and the filter chooses it."""
    base, own = search.base.lower(), dn.lower()
    if own != base and not own.endswith("," + base):
        return False
    above = own.removesuffix(base)
    depth = above.count(",") - above.count("\\,")
    if search.scope not in (_SUBTREE, depth):
        return False
    return _chooses(search.chosen, {name.lower(): values for name, values in server.entries[dn].items()})


def _chooses(chosen: Element, values: Values) -> bool:
    """As Active Directory: a test of an attribute that is not there is false, and its opposite true."""
    if chosen.tag == _AND:
        return all(_chooses(part, values) for part in chosen.parts)
    if chosen.tag == _OR:
        return any(_chooses(part, values) for part in chosen.parts)
    if chosen.tag == _NOT:
        return not _chooses(chosen.parts[0], values)
    if chosen.tag == _PRESENT:
        return chosen.text.lower() in values
    attribute, wanted = chosen.parts
    given = [_plain(value) for value in values.get(attribute.text.lower(), ())]
    if chosen.tag == _EQUAL:
        return _plain(wanted.body) in given
    if chosen.tag == _SUBSTRINGS:
        return any(re.fullmatch(_pattern(wanted.parts), value, re.DOTALL) for value in given)
    raise ValueError(f"no filter with the tag {chosen.tag:#x}")


def _pattern(parts: list[Element]) -> str:
    """Substrings are an initial one, any number in between, and a final one; each may be missing."""
    texts = [("" if part.tag == _INITIAL else ".*") + re.escape(_plain(part.body)) for part in parts]
    return "".join(texts) + ("" if parts[-1].tag == _FINAL else ".*")


def _plain(value: bytes) -> str:
    """As Active Directory compares: without regard to case and to repeated spaces."""
    return " ".join(value.decode("utf-8", "surrogateescape").casefold().split())


def _encode(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _escape_dn(text: str) -> str:
    return "".join(f"\\{char}" if char in ',+"\\<>;=#' else char for char in text)


@contextmanager
def running(names: Iterable[str] = ("127.0.0.1", "localhost"), *, is_tls: bool = True) -> Iterator[LdapServer]:
    """A server that speaks TLS from the start, or (`is_tls` false) only after StartTLS."""
    with tempfile.TemporaryDirectory() as folder, LdapServer(Path(folder), names, is_tls=is_tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
        assert server.defects == []
