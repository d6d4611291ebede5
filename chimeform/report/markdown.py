"""Text that Markdown shows as it is, whatever is in it."""

from __future__ import annotations

from .page import harmless


def code(text: str) -> str:
    """Text as it is, whatever is in it: the fence is longer than any run of backticks inside."""
    plain = harmless(text)
    fence = "`"
    while fence in plain:
        fence += "`"
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{plain}{space}{fence}"


def escaped(text: str) -> str:
    """Text in which nothing is markup, on one line."""
    return "".join(f"\\{one}" if one in "\\`*_[]<>|#" else one for one in harmless(text).replace("\n", " "))
