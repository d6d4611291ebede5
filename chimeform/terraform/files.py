"""The YAML of what came from Terraform: blocks, and the ids that they are known by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..export.yaml import Entry, Section, page
from .translation import Block, Translation

_HEAD = (
    "Written by 'chimeform import --from-terraform'. The first plan only takes it over. Once that is applied, let "
    "Terraform forget the same resources without destroying them, as docs/guide/from-terraform.md says: both their "
    "blocks and what its state has of them go."
)


def voice_files(translation: Translation, workspace: str | None) -> str:
    """One file: for a workspace that is there already, or with its own head where `workspace` gives it a name."""
    head = [_HEAD, *(f"not written: {address}: {why}" for address, why in sorted(translation.left.items()))]
    entries = [Entry("chimeform", 1), Entry("workspace", workspace)] if workspace else []
    entries += _entries(translation.blocks, ())
    ids = [{"to": str(block.address), "id": block.id} for block in translation.blocks if block.id]
    entries += [Entry("import", ids, above=("The ids say which objects are meant.",))] if ids else []
    return page(entries, head)


def _entries(blocks: Sequence[Block], inside: tuple[str, ...]) -> list[Entry]:
    """The blocks below a place, each with what stands below itself."""
    names: dict[str, list[Block]] = {}
    for block in blocks:
        names.setdefault(block.address.parts[len(inside)], []).append(block)
    return [_entry(name, found, (*inside, name)) for name, found in names.items()]


def _entry(name: str, blocks: Sequence[Block], place: tuple[str, ...]) -> Entry:
    own = [block for block in blocks if block.address.parts == place]
    fields: Mapping[str, Any] = {key: value for block in own for key, value in block.fields.items()}
    below = _entries([block for block in blocks if block.address.parts != place], place)
    notes = tuple(note for block in own for note in block.notes)
    return Entry(name, Section((*(Entry(key, value) for key, value in fields.items()), *below)), above=notes)
