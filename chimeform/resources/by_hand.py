"""What no program can do: settings that only the console has, and the work of the person who opens it.

A kind declares such work as data, like a call that nobody can make. The plan has a gate in its place, with the steps
and the exact values; what a person confirms is remembered in the ledger and stands for the live value from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from ..live import Values

if TYPE_CHECKING:
    from .hooks import Scope

CONSOLE = "https://chime.aws.amazon.com/"


@dataclass(frozen=True)
class ConsoleOnly:
    """Marks a field that no operation reads or writes: its live value is what a person confirmed last."""


@dataclass(frozen=True)
class ByHand:
    """One piece of work in the console.

    `sets` names the fields that it brings to their wanted values, and `when` decides in place of them, as for a call.
    With `brings` it makes the object itself exist, or takes it away; whatever retires the object and what contains it
    stands behind that. `steps` and `title` may name fields (`{regions}`), `{account}` for the name of what contains
    the resource, and `{near}` for names that look like that of an object which is not there.

    What uses the id of the resource waits for it too with `holds_dependents`.

    `seen_by` says what shows that it was done. Where nothing shows it, a person has to say so, and may say so where
    `may_be_told`, because what shows it does not always. That an object was made or taken away shows for sure only by a
    person's word, unless `is_seen` says that the look for the object tells. `where` says in which surroundings there is
    such work at all. `events` are the names that CloudTrail has for it, as far as they are documented.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    source: str
    sets: tuple[str, ...] = ()
    brings: Literal["values", "existence", "end"] = "values"
    when: Callable[[Values, Values], bool] | None = None
    seen_by: str = ""
    is_seen: bool = False
    may_be_told: bool = False
    where: Callable[[Scope], bool] | None = None
    holds_dependents: bool = False
    overdue_after_days: int | None = 7
    events: tuple[str, ...] = ()

    @property
    def is_confirmable(self) -> bool:
        return not self.is_seen and (self.may_be_told or not self.seen_by or self.brings != "values")

    @property
    def clears(self) -> tuple[str, ...]:
        """A person brings a setting to any value, also to none."""
        return self.sets


def filled(text: str, words: Mapping[str, str]) -> str:
    """The text with its values in place; what has none stays visible as `<name>`."""
    return Formatter().vformat(text, (), _Words(words)) if "{" in text else text


class _Words(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return f"<{name}>"
