"""The answer of a command that is as well said in a few lines as in one JSON document."""

from __future__ import annotations

from typing import Any

from ..report.json_text import to_json
from ..report.page import harmless
from .options import Options


def answer(options: Options, document: Any, *lines: str) -> None:
    """The lines for people, the document for programs. Names in the lines are strangers': none acts on a terminal."""
    with options.screen() as screen:
        screen.result(to_json(document) if options.format == "json" else "\n".join(map(harmless, lines)))
