"""The page at /console, on which a person plays the administrator, the invitee, the carrier and the laboratory.

The page is what stands in this folder: plain HTML, CSS and JavaScript modules, nothing built and nothing fetched from
elsewhere. It holds no data; everything that it shows it asks of the control surface, and inserts as text.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

_FOLDER = Path(__file__).parent
_START = b"/console"
_PAGE = "index.html"
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}

# Only the page's own files run and are shown, nobody frames it, and no text ever becomes markup (trusted types).
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)

NO_LEAKS = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
"""Headers of every answer of the control surface: no other site's page embeds it, and no cache keeps an old world."""

_HEADERS = [
    *NO_LEAKS,
    (b"content-security-policy", _POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]


def find(path: bytes) -> str | None:
    """Name of the page's file at a request path, None when it has none there: `/console` and `/console/FILE`."""
    if path in (_START, _START + b"/"):
        return _PAGE
    start, _, name = path.rpartition(b"/")
    return name.decode("latin-1") if start == _START and name.decode("latin-1") in _names() else None


def read(name: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and content of a file that `find` named."""
    path = _FOLDER / name
    return [(b"content-type", _TYPES[path.suffix]), *_HEADERS], path.read_bytes()


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _FOLDER.iterdir() if path.suffix in _TYPES)
