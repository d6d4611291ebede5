"""Ctrl-C: the first one ends things cleanly, the second one at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

INTERRUPTED = 130
_SIGNALS = ("SIGINT", "SIGTERM", "SIGBREAK")
"""SIGBREAK is Ctrl-Break, which Windows alone has; SIGTERM never arrives there."""


class Interruption:
    """Turns the signals that ask a program to end into `stop`, from `work_begins` on; before that they just end it.

    Reading can be left at any moment. Work that changes something is not begun any more, and what is in flight is
    finished and recorded. A second signal ends the process where it stands: the journal says what was under way.
    """

    def __init__(self, restore_terminal: Callable[[], None] = lambda: None) -> None:
        self.stop = threading.Event()
        self._restore_terminal = restore_terminal
        self._is_working = False
        self._count = 0
        self._previous: dict[int, object] = {}

    def work_begins(self) -> None:
        self._is_working = True

    def __enter__(self) -> Interruption:
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is not None:
                # outside the main thread (a Python caller's affair) signals are not ours to take
                with contextlib.suppress(ValueError):
                    self._previous[number] = signal.signal(number, self._received)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _received(self, number: int, frame: FrameType | None) -> None:
        self._count += 1
        if self._count > 1:
            self._restore_terminal()
            _tell("\nended at once; the next run looks at what was under way before it does anything\n")
            os._exit(INTERRUPTED)
        if not self._is_working:
            raise KeyboardInterrupt
        self.stop.set()
        _tell("\nfinishing what is in flight; press Ctrl-C again to end at once\n")


def _tell(text: str) -> None:
    """Straight to standard error: a signal may arrive in the middle of a buffered write."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode())
