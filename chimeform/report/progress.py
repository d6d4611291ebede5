"""One line that is drawn over again while something is under way, below the lines that stay. For terminals only."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class LiveLine:
    """Off until `begin`; every method may be called in any state. Without `out` nothing is drawn."""

    def __init__(self, out: TextIO | None, *, color: bool) -> None:
        self._out = out
        self._color = color
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def begin(self, words: str, total: int | None = None) -> None:
        """Show `words`, and how many of `total` are done, where that is known."""
        if self._out is None:
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.end()
        console = Console(file=self._out, highlight=False, markup=False, no_color=not self._color)
        counted = (BarColumn(bar_width=24), MofNCompleteColumn()) if total is not None else ()
        self._progress = Progress(
            SpinnerColumn(), TextColumn("{task.description}", markup=False), *counted, TimeElapsedColumn(),
            console=console, transient=True, redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip
        self._task = self._progress.add_task(words, total=total)
        self._progress.start()

    def advance(self) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task)

    def describe(self, words: str) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=words)

    def write(self, text: str) -> bool:
        """Put lines above the live one. False if there is none, and nothing was written."""
        if self._progress is None:
            return False
        from rich.text import Text

        self._progress.console.print(Text.from_ansi(text), soft_wrap=True)
        return True

    def end(self) -> None:
        """Take the line away; the cursor is visible again."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = self._task = None
