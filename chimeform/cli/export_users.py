"""`chimeform export users`: everybody as one list, written page by page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import UsageError
from ..report.spreadsheet import as_cell
from .options import Options

if TYPE_CHECKING:
    from ..user_lists import Person

_AT_ONCE = 200
"""As many as one page of the service."""


def export_users(options: Options, *, is_csv: bool) -> None:
    """Write the list as CSV or JSON. Raises `UsageError` where neither is asked for."""
    from ..user_lists import list_people

    if is_csv == (options.format == "json"):
        raise UsageError(
            "a list of people has to have one form",
            do="write 'chimeform export users --csv', or --format json",
            code="CF-USE-015",
        )
    people = list_people(options.app())
    with options.screen() as screen:
        for part in _as_csv(people) if is_csv else _as_json(people):
            screen.result(part)


def _as_csv(people: Iterable[Person]) -> Iterator[str]:
    from ..user_lists import COLUMNS

    head: list[tuple[str, ...]] = [COLUMNS]
    for some in _parts(people):
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([*head, *([as_cell(one[name]) for name in COLUMNS] for one in some)])
        head = []
        yield stream.getvalue()
    if head:
        yield ",".join(COLUMNS)


def _as_json(people: Iterable[Person]) -> Iterator[str]:
    before = "["
    for some in _parts(people):
        yield f"{before}\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in some)
        before = ","
    yield "]" if before == "," else "[]"


def _parts(people: Iterable[Person]) -> Iterator[list[Person]]:
    todo = iter(people)
    while some := list(islice(todo, _AT_ONCE)):
        yield some
