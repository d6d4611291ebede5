"""The part of ASN.1's Basic Encoding Rules that LDAP uses: tag, length, body. Tags are one byte."""

from __future__ import annotations

from typing import NamedTuple

BOOLEAN, INTEGER, OCTETS, NULL, ENUMERATED, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x05, 0x0A, 0x30, 0x31


class Element(NamedTuple):
    tag: int
    body: bytes

    @property
    def parts(self) -> list[Element]:
        return unpack(self.body)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def number(self) -> int:
        return int.from_bytes(self.body, signed=True)


def pack(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + body


def pack_number(value: int, tag: int = INTEGER) -> bytes:
    return pack(tag, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def unpack(data: bytes) -> list[Element]:
    """The elements that stand one after the other in `data`."""
    found = []
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[at : at + size]), at + size
        found.append(Element(tag, data[at : at + length]))
        at += length
    return found
