"""The world's data: keyed tables with secondary indexes in memory, and the data file that keeps them.

The tables note what changed; the data file writes exactly that, in one transaction, before an answer leaves. So a
process that is killed has lost nothing that anybody was told.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
"""One stored object: a plain dict that JSON can carry (timestamps as ISO strings)."""

IndexKey = Callable[[Record], Hashable | None]


class _Index:
    """Records by a value that is computed from them; a record whose value is None is not in the index."""

    def __init__(self, key_of: IndexKey) -> None:
        self._key_of = key_of
        self._values: dict[str, Hashable] = {}
        self._buckets: dict[Hashable, dict[str, Record]] = {}
        self._pages: dict[Hashable, tuple[Record, ...]] = {}

    def put(self, key: str, record: Record, sequence: dict[str, int]) -> None:
        value = self._key_of(record)
        if self._values.get(key) != value:
            self.remove(key)
        if value is None:
            return
        bucket = self._buckets.setdefault(value, {})
        moved_in = key not in bucket and bool(bucket) and sequence[next(reversed(bucket))] > sequence[key]
        bucket[key] = record
        if moved_in:
            self._buckets[value] = dict(sorted(bucket.items(), key=lambda item: sequence[item[0]]))
        self._values[key] = value
        self._pages.pop(value, None)

    def remove(self, key: str) -> None:
        value = self._values.pop(key, None)
        if value is None:
            return
        bucket = self._buckets[value]
        del bucket[key]
        if not bucket:
            del self._buckets[value]
        self._pages.pop(value, None)

    def records(self, value: Hashable) -> tuple[Record, ...]:
        found = self._pages.get(value)
        if found is None:
            found = self._pages[value] = tuple(self._buckets.get(value, {}).values())
            if not found:
                del self._pages[value]
        return found


class Table:
    """Records by key, in the order in which the keys were first put.

    A record is changed only by `put` of the changed record: that is what marks it for the data file and moves it
    between indexes. Changing a record in place and putting the same object again is allowed.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.changed: dict[str, None] = {}
        """Keys put or removed since the last commit, each once."""
        self._records: dict[str, Record] = {}
        self._sequence: dict[str, int] = {}
        self._next = 0
        self._indexes: dict[str, _Index] = {}
        self._page: tuple[Record, ...] | None = None

    def get(self, key: str) -> Record | None:
        return self._records.get(key)

    def put(self, key: str, record: Record) -> None:
        self.load(key, record, self._sequence.get(key, self._next))
        self.changed[key] = None

    def remove(self, key: str) -> None:
        """Forget a record. A key that is not there is no error: removal is a state, not an event."""
        if self._records.pop(key, None) is None:
            return
        del self._sequence[key]
        for index in self._indexes.values():
            index.remove(key)
        self.changed[key] = None
        self._page = None

    def values(self) -> tuple[Record, ...]:
        """All records in order of insertion; one tuple is shared until the next change, so taking it costs nothing."""
        if self._page is None:
            self._page = tuple(self._records.values())
        return self._page

    def items(self) -> tuple[tuple[str, Record], ...]:
        return tuple(self._records.items())

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._records))

    def index(self, name: str, key_of: IndexKey) -> None:
        """Declare a secondary index; declaring it again under the same name changes nothing.

        `key_of` must depend on the record alone. Records for which it gives None are left out.
        """
        if name in self._indexes:
            return
        index = self._indexes[name] = _Index(key_of)
        for key, record in self._records.items():
            index.put(key, record, self._sequence)

    def by(self, name: str, value: Hashable) -> tuple[Record, ...]:
        """Records whose index value is `value`, in order of insertion. KeyError if the index was not declared."""
        return self._indexes[name].records(value)

    def sequence(self, key: str) -> int | None:
        """The record's place in the order of insertion; None when it is not there."""
        return self._sequence.get(key)

    def load(self, key: str, record: Record, sequence: int) -> None:
        """Put a record at a known place without marking it as changed: for reading the data file."""
        self._records[key] = record
        self._sequence[key] = sequence
        self._next = max(self._next, sequence + 1)
        for index in self._indexes.values():
            index.put(key, record, self._sequence)
        self._page = None

    def clear(self) -> None:
        """Forget all records; the indexes stay declared."""
        for key in tuple(self._records):
            self.remove(key)


class Tables:
    """The world's tables by name; a table comes into being when it is first asked for."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}

    def __getitem__(self, name: str) -> Table:
        table = self._tables.get(name)
        if table is None:
            table = self._tables[name] = Table(name)
        return table

    def __iter__(self) -> Iterator[Table]:
        return iter(tuple(self._tables.values()))

    def clear(self) -> None:
        """Forget every record of every table; indexes stay declared."""
        for table in self:
            table.clear()

    @property
    def have_changes(self) -> bool:
        return any(table.changed for table in self._tables.values())

    def forget_changes(self) -> None:
        """What changed is safe now (or is kept nowhere)."""
        for table in self._tables.values():
            if table.changed:
                table.changed = {}


class DataFileError(Exception):
    """The data file cannot be used; the text is a sentence for a person."""


# "cmfS": says to `file` and to us whose SQLite database it is.
_APPLICATION_ID = 0x636D6653
_FORMAT = 1
_SCHEMA = f"""
CREATE TABLE records (tab TEXT, key TEXT, place INTEGER, body TEXT, PRIMARY KEY (tab, key)) WITHOUT ROWID;
CREATE TABLE state (name TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID;
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_FORMAT};
"""


# Made once: json.dumps would make one for every record.
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class DataFile:
    """A SQLite file with the world in it. One process holds it at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.2, check_same_thread=False)
            self._open()
        except sqlite3.DatabaseError as error:
            raise DataFileError(_explain(path, error)) from error

    def _open(self) -> None:
        run = self._connection.execute
        # First look, then touch: somebody else's database must stay as it is.
        (application,), (version,) = run("PRAGMA application_id").fetchone(), run("PRAGMA user_version").fetchone()
        is_empty = run("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        if not is_empty and application != _APPLICATION_ID:
            raise DataFileError(f"{self._path} is a database of something else; name another --data-file")
        if not is_empty and version != _FORMAT:
            raise DataFileError(f"{self._path} was written by another version (format {version}, not {_FORMAT})")
        run("PRAGMA locking_mode = EXCLUSIVE")
        run("PRAGMA journal_mode = WAL")
        # With WAL, NORMAL survives the death of the process at any instant; only a power cut may lose the last moments.
        run("PRAGMA synchronous = NORMAL")
        if is_empty:
            self._connection.executescript(f"BEGIN EXCLUSIVE; {_SCHEMA} COMMIT;")
        else:
            run("BEGIN EXCLUSIVE")  # takes the lock, which this mode keeps until the file is closed
            run("COMMIT")

    def load(self, tables: Tables) -> dict[str, Any]:
        """Put every stored record into `tables`; the stored state (empty for a new file)."""
        for tab, key, place, body in self._connection.execute(
            "SELECT tab, key, place, body FROM records ORDER BY place"
        ):
            tables[tab].load(key, json.loads(body), place)
        return {name: json.loads(body) for name, body in self._connection.execute("SELECT name, body FROM state")}

    def commit(self, tables: Tables, state: dict[str, Any]) -> None:
        """Write what changed in `tables` and all of `state`, in one transaction.

        Raises DataFileError; the changes stay marked then, and the next commit writes them too.
        """
        run = self._connection.execute
        try:
            run("BEGIN IMMEDIATE")
            try:
                for table in tables:
                    self._write(table)
                self._connection.executemany(
                    "INSERT OR REPLACE INTO state VALUES (?, ?)",
                    [(name, json.dumps(value)) for name, value in state.items()],
                )
                run("COMMIT")
            except BaseException:
                run("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise DataFileError(_explain(self._path, error)) from error
        tables.forget_changes()

    def _write(self, table: Table) -> None:
        # In the order of the file's own tree: a hundred thousand seeded records go in twice as fast.
        keys = sorted(table.changed)
        run = self._connection.executemany
        run("DELETE FROM records WHERE tab = ? AND key = ?", ((table.name, key) for key in keys if key not in table))
        run(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?)",
            ((table.name, key, table.sequence(key), _ENCODER.encode(table.get(key))) for key in keys if key in table),
        )

    def close(self) -> None:
        self._connection.close()


def _explain(path: Path, error: sqlite3.Error) -> str:
    reason = str(error)
    if "locked" in reason:
        return f"{path} is in use by another sandbox; stop that one or name another --data-file"
    if "not a database" in reason:
        return f"{path} is no data file of a sandbox; name another --data-file"
    return f"{path} cannot be used as a data file: {reason}"
