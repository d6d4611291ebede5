"""Who may operate the control surface: this machine, and no web page from elsewhere.

The surface is unsigned, so where a request comes from is all that protects it. A program (curl, urllib, a test) sends
neither `Origin` nor `Sec-Fetch-Site` and is let through from this machine. A browser on this machine also runs pages
of strangers, and it says so: such a request is refused before its body is looked at.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from chimeform.sandbox.context import ApiError


def check_machine(headers: Mapping[bytes, bytes], peer: str | None, *, is_open: bool) -> None:
    """Let a request from this machine pass, or raise ForbiddenException.

    `peer` is the client's IP address; `is_open` lets other machines in, under whatever name they know this one by.
    """
    if is_open:
        return
    if not (peer and ipaddress.ip_address(peer).is_loopback):
        raise _refuse("answers this machine only; --host opens it")
    if not _names_this_machine(headers.get(b"host")):
        # A stranger's name that was made to resolve to 127.0.0.1 (DNS rebinding): his pages count as of our origin.
        raise _refuse("answers to localhost and to IP addresses only, not to another name; --host opens it")


def check_origin(headers: Mapping[bytes, bytes]) -> None:
    """Let programs and the sandbox's own page pass, or raise ForbiddenException."""
    origin = headers.get(b"origin")
    # `Sec-Fetch-Site` also comes with what a page asks for without an Origin: images, scripts, forms by GET.
    is_foreign = origin is not None and origin.partition(b"://")[2].lower() != headers.get(b"host", b"").lower()
    if is_foreign or headers.get(b"sec-fetch-site", b"none") not in (b"none", b"same-origin"):
        raise _refuse("answers no page of another origin")


def _names_this_machine(host: bytes | None) -> bool:
    """Whether a Host header is one that no stranger can own: an address, localhost or a name below it [RFC 6761]."""
    if host is None:
        return True
    name = host.decode("latin-1").lower()
    name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _refuse(reason: str) -> ApiError:
    return ApiError("ForbiddenException", f"The control surface {reason}")
