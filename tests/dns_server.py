"""A real DNS server on loopback that knows TXT records only, and can be slow, silent or broken on request."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

_LONGEST_DATAGRAM = 65535


class DnsServer:
    """`texts` is what stands at each name (without the final dot); a name that is not in it does not exist.

    `mood`: "answers", "silent" (never answers) or "fails" (SERVFAIL).
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.texts: dict[str, list[str]] = {}
        self.mood = "answers"
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        host, port = self._socket.getsockname()
        return f"{host}:{port}"

    def serve(self) -> None:
        while True:
            try:
                data, client = self._socket.recvfrom(_LONGEST_DATAGRAM)
            except OSError:
                return
            if not data:
                return
            if answer := self._answer(data):
                self._socket.sendto(answer, client)

    def _answer(self, data: bytes) -> bytes | None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if self.mood == "silent":
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if self.mood == "fails":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name not in self.texts:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif question.rdtype == dns.rdatatype.TXT and self.texts[name]:
            quoted = [_quoted(text) for text in self.texts[name]]
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", "TXT", quoted))
        return answer.to_wire()


def _quoted(text: str) -> str:
    return " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))


@contextmanager
def running() -> Iterator[DnsServer]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        server = DnsServer(sock)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", sock.getsockname())
            thread.join()
