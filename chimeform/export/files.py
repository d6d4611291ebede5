"""The files of an exported workspace: chimeform.yaml with what holds for all, a file for each account, and the numbers.

Addresses of people and numbers go into a table once there are many. What cannot be said stands as a comment where
somebody would look for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..address import Address
from ..language.blocks import LANGUAGE_VERSION
from ..language.desired import Aws
from ..language.files import ROOT_FILE
from ..resources import kinds, parent_address, parent_of
from ..resources.base import Resource
from .blocks import Block, blocks_of
from .organisation import Gap, Organisation
from .table import Row, row_of, table
from .yaml import Entry, Section, page

SCHEMA_LINE = "yaml-language-server: $schema=.chimeform/chimeform.schema.json"
_FILE_NAMES = {"phone_numbers": "phones"}
_HINTS = "No operation shows the following. If it is there, correct the lines and take the '# ' away:"
_MOST_NAMES = 20


@dataclass(frozen=True)
class Exported:
    """The files by name; how many of each kind they declare; live objects that they cannot, with the reason; gaps."""

    files: Mapping[str, str]
    declared: Mapping[str, int]
    undeclared: Mapping[Address, str]
    gaps: tuple[Gap, ...]


def export_files(organisation: Organisation, *, workspace: str, aws: Aws, csv_above: int) -> Exported:
    """The workspace that declares an organisation as it is. Collections of more than `csv_above` become tables."""
    blocks = blocks_of(organisation)
    writer = _Writer(organisation, blocks, csv_above)
    files = writer.files(workspace, aws)
    return Exported(
        files=dict(sorted(files.items(), key=lambda pair: (pair[0] != ROOT_FILE, pair[0]))),
        declared=dict(Counter(block.kind.kind for block in blocks if block.spec is not None)),
        undeclared={block.address: block.undeclared for block in blocks if block.undeclared},
        gaps=organisation.gaps,
    )


class _Writer:
    def __init__(self, organisation: Organisation, blocks: Sequence[Block], csv_above: int) -> None:
        self.organisation, self.csv_above = organisation, csv_above
        self.tables: dict[str, str] = {}
        self.inside: dict[tuple[type[Resource], Address | None], list[Block]] = {}
        for block in blocks:
            parts = parent_address(block.kind, block.address.parts)
            self.inside.setdefault((block.kind, Address(parts) if parts else None), []).append(block)
        written = {block.address for block in blocks if block.spec is not None}
        self.field_gaps = [gap for gap in organisation.gaps if gap.fields and gap.address in written]
        self.gaps = [gap for gap in organisation.gaps if gap not in self.field_gaps]

    def files(self, workspace: str, aws: Aws) -> dict[str, str]:
        files: dict[str, str] = {}
        include: list[str] = []
        settings: list[Entry] = []
        for kind in [kind for kind in kinds().values() if parent_of(kind) is None and kind.is_shown()]:
            blocks = self.inside.get((kind, None), [])
            if not kind.is_collection():
                settings += [_nested(kind, self._resource(block)) for block in blocks if block.spec]
            elif _contents(kind):
                declared = [block for block in blocks if block.spec]
                for block in declared:
                    files[f"{kind.path[0]}/{block.address.name}.yaml"] = self._file([self._one(kind, block)], [block])
                include += [f"{kind.path[0]}/*.yaml"] if declared else []
            elif blocks:
                name = f"{_FILE_NAMES.get(kind.path[0], kind.path[0])}.yaml"
                files[name] = self._file([self._collection(kind, blocks, name)], blocks)
                include.append(name)
        files[ROOT_FILE] = self._main(workspace, aws, include, settings)
        return {**files, **self.tables}

    def _main(self, workspace: str, aws: Aws, include: list[str], settings: list[Entry]) -> str:
        account = self.organisation.aws_account
        where = f"the AWS account {account}" if account else "Amazon Chime"
        when = self.organisation.at.date().isoformat()
        head = [
            SCHEMA_LINE,
            f"Written by 'chimeform export' from what {where} had on {when}. The first plan only takes it over.",
            *(_gap_line(gap) for gap in self.gaps if gap.container is None),
        ]
        reach = aws.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        reach |= {"expected_account": account} if account else {}
        entries = [Entry("chimeform", LANGUAGE_VERSION), Entry("workspace", workspace)]
        entries += [Entry("include", include)] if include else []
        entries += [Entry("aws", Section(tuple(Entry(name, value) for name, value in reach.items())))] if reach else []
        return page([*entries, *_merged(settings)], head)

    def _file(self, entries: list[Entry], blocks: Iterable[Block]) -> str:
        return page([*entries, *self._imports(blocks)])

    def _imports(self, blocks: Iterable[Block]) -> list[Entry]:
        """Which of several is meant, where nothing but the id tells."""
        bound = [
            {"to": str(one.address), "id": one.found.observed.id}
            for block in blocks
            for one in self._with_contents(block)
            if one.found.is_ambiguous and one.spec is not None and one.kind.api.id
        ]
        return (
            [Entry("import", bound, above=("Others have the same name; the ids say which ones are meant.",))]
            if bound
            else []
        )

    def _with_contents(self, block: Block) -> Iterator[Block]:
        yield block
        for kind in _contents(block.kind):
            for inner in self.inside.get((kind, block.address), ()):
                yield from self._with_contents(inner)

    # -- one resource, and one collection

    def _one(self, kind: type[Resource], block: Block) -> Entry:
        return Entry(kind.path[0], Section((self._resource(block),)))

    def _resource(self, block: Block) -> Entry:
        """A block with everything in it. Remarks stand behind what is small, and above what is large."""
        inner = self._contents(block)
        remarks = (*block.remarks, *(_gap_line(gap) for gap in self.field_gaps if gap.address == block.address))
        console = [name for name, trait in block.kind.traits().items() if trait.console_only]
        if console:
            remarks = (*remarks, f"only the console shows {' and '.join(console)}")
        if block.kind.shorthand and list(block.fields) == [block.kind.shorthand]:
            return Entry(block.address.name, block.fields[block.kind.shorthand], remarks)
        fields = [Entry(name, value) for name, value in block.fields.items()]
        below = self._below(block)
        value = Section((*fields, *inner), tuple(below))
        if inner or below or len(remarks) > 1:
            return Entry(block.address.name, value, above=remarks)
        return Entry(block.address.name, value, behind="".join(remarks))

    def _contents(self, block: Block) -> list[Entry]:
        entries = []
        for kind in _contents(block.kind):
            blocks = self.inside.get((kind, block.address), [])
            if not kind.is_collection():
                entries += [self._resource(one) for one in blocks if one.spec]
            elif blocks:
                entries.append(self._collection(kind, blocks, f"{'/'.join(block.address.parts)}-{kind.path[-2]}.yaml"))
        return entries

    def _collection(self, kind: type[Resource], blocks: list[Block], file: str) -> Entry:
        """A collection: its blocks, or the name of the table that has them. What cannot be declared is named below."""
        declared = [block for block in blocks if block.spec is not None]
        rows = [(block, row) for block in declared if (row := self._row(block))]
        entries: list[Entry] = []
        if len(rows) > self.csv_above:
            name = file.removesuffix(".yaml") + ".csv"
            self.tables[name] = table(kind, [row for _, row in rows])
            entries.append(Entry("from", name, above=tuple(_gathered(block for block, _ in rows))))
            declared = [block for block in declared if not self._row(block)]
        entries += [self._resource(block) for block in declared]
        below = [f"not declared: {block.address.name}: {block.undeclared}" for block in blocks if block.undeclared]
        return Entry(kind.path[-2], Section(tuple(entries), tuple(below)))

    def _row(self, block: Block) -> Row | None:
        """The block as a row of a table, with the settings that stand in it; None where a row cannot say it."""
        inner = [one for kind in _contents(block.kind) for one in self.inside.get((kind, block.address), ())]
        if any(one.kind.is_collection() or one.remarks for one in inner):
            return None
        return row_of(block, inner)

    def _below(self, block: Block) -> list[str]:
        """What is missing in a container: what could not be read, and what no operation shows."""
        lines = [_gap_line(gap) for gap in self.gaps if gap.container == block.address]
        beside = {
            kind.kind: [one.found.observed for one in self.inside.get((kind, block.address), ())]
            for kind in _contents(block.kind)
        }
        hints = [line for kind in _contents(block.kind) for line in kind.hints(block.found.around, beside)]
        return [*lines, *([_HINTS, *hints] if hints else [])]


def _contents(kind: type[Resource]) -> list[type[Resource]]:
    """The kinds that a resource of this kind contains."""
    return [other for other in kinds().values() if parent_of(other) is kind]


def _nested(kind: type[Resource], entry: Entry) -> Entry:
    """A setting under the names that its path begins with."""
    for name in reversed(kind.path[:-1]):
        entry = Entry(name, Section((entry,)))
    return entry


def _merged(entries: Iterable[Entry]) -> list[Entry]:
    """Settings of one top-level name in one block."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        assert isinstance(entry.value, Section)
        groups.setdefault(entry.key, []).extend(entry.value.entries)
    return [Entry(name, Section(tuple(inner))) for name, inner in groups.items()]


def _gathered(blocks: Iterable[Block]) -> Iterator[str]:
    """Remarks on the rows of a table, which has no place for them: each with those whom it is about."""
    about: dict[str, list[str]] = {}
    for block in blocks:
        for remark in block.remarks:
            about.setdefault(remark, []).append(block.address.name)
    for remark, names in about.items():
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        yield f"{remark}: {', '.join(names[:_MOST_NAMES])}{more}"


def _gap_line(gap: Gap) -> str:
    what = " and ".join(gap.fields) if gap.fields else str(gap.address)
    return f"{what} could not be read: {gap.reading.reason}"


__all__ = ["Exported", "export_files"]
