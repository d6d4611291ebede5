"""JSON as results have it: letters of every script as they are, for people to read or one document a line."""

from __future__ import annotations

import json
from typing import Any


def to_json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


def to_line(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
