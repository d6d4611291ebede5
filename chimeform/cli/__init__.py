"""The command line: one thin module a command, imported when used. Only this package and `report` talk to people."""

from __future__ import annotations

from .main import main

__all__ = ["main"]
