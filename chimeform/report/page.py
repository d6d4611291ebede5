"""Lines of text with colours, for a terminal or without.

Everything that goes onto a page is made harmless here: a name that somebody gave a bot cannot move the cursor, recolour
the screen or reverse the direction of writing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

_STYLES = {
    "": "",
    "good": "32",
    "change": "33",
    "bad": "31",
    "danger": "1;31",
    "calm": "36",
    "faint": "2",
    "strong": "1",
}
_ASCII = str.maketrans({"→": "->", "…": "...", "↺": "^", "∅": "0", "×": "x", "─": "-", "·": "-", "–": "-"})
_WIDEST_VALUE = 100
# Controls, line and paragraph separators, directional marks and overrides, lone surrogates, interlinear annotation.
_HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def harmless(text: str) -> str:
    """The text with every character that a terminal would act on written as an escape."""
    return _HARMFUL.sub(_escaped, text)


def masked(text: str) -> str:
    """The same for a snippet of a file, whose columns must stay where they are: one sign for each."""
    return _HARMFUL.sub("\ufffd", text)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    code = ord(character)
    return named.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def cut(text: str, widest: int = _WIDEST_VALUE) -> str:
    """A long value, shortened in a way that shows it."""
    return text if len(text) <= widest else f"{text[: widest - 1]}…"


def width_of(text: str) -> int:
    """Columns on a screen: East Asian wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text
    )


@dataclass(frozen=True)
class Look:
    """How a page may look. `drawing`: the output's encoding has the symbols. `full`: nothing is folded or cut."""

    color: bool = False
    drawing: bool = True
    full: bool = False


@dataclass(frozen=True)
class Styled:
    text: str
    style: str


Piece = str | Styled


@dataclass
class Page:
    look: Look
    _lines: list[str] = field(default_factory=list)

    def line(self, *pieces: Piece, indent: int = 0) -> None:
        self._lines.append((" " * indent + "".join(self._shown(piece) for piece in pieces)).rstrip())

    def blank(self) -> None:
        """One empty line, and never two."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def rows(self, rows: Iterable[tuple[Piece, ...]], indent: int = 0) -> None:
        """Lines whose pieces stand below each other; the last piece may be as long as it likes."""
        table = list(rows)
        columns = max((len(row) for row in table), default=0)
        widths = [
            max((width_of(self._plain(row[at])) for row in table if at < len(row) - 1), default=0)
            for at in range(columns)
        ]
        for row in table:
            padded: list[Piece] = []
            for at, piece in enumerate(row):
                padded.append(piece)
                if at < len(row) - 1:
                    padded.append(" " * (widths[at] - width_of(self._plain(piece)) + 2))
            self.line(*padded, indent=indent)

    def text(self) -> str:
        while self._lines and not self._lines[-1]:
            self._lines.pop()
        return "\n".join(self._lines)

    def _plain(self, piece: Piece) -> str:
        text = harmless(piece.text if isinstance(piece, Styled) else piece)
        return text if self.look.drawing else text.translate(_ASCII)

    def _shown(self, piece: Piece) -> str:
        plain = self._plain(piece)
        code = _STYLES[piece.style] if isinstance(piece, Styled) else ""
        return f"\x1b[{code}m{plain}\x1b[0m" if code and plain and self.look.color else plain
