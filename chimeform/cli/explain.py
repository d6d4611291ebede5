"""`chimeform explain`: what can be written, how it behaves, and what a code means."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..diagnostics import nearest
from ..errors import UsageError
from ..report.json_text import to_json
from .options import Options, command

if TYPE_CHECKING:
    from ..resources.base import Resource
    from .explain_reference import FieldFacts

_CODE = re.compile(r"CF-[A-Z]+-\d+\Z", re.IGNORECASE)
_PACKAGE = Path(__file__).parents[1]


@command("explain", formats=("text", "markdown", "json"))
@click.argument("subject", required=False, metavar="[KIND[.FIELD] | BLOCK | CODE]")
def explain(options: Options, subject: str | None) -> None:
    """Explain a kind of resource, one of its fields, a block of the files, or the code of a message.

    Without anything it lists what there is. An address such as accounts.acme.users works too, and
    phone_requirements.DE tells what a country asks for its phone numbers.
    """
    with options.screen() as screen:
        screen.result(answer(subject, options.format))


def answer(subject: str | None, form: str) -> str:
    """What there is to say about a subject, as text, markdown or JSON. `UsageError` for one that is not known."""
    from .explain_text import block_text, field_text, kind_markdown, kind_text, list_text

    if subject is None:
        return _told(form, _everything, list_text)
    if _CODE.match(subject):
        page = code_page(subject.upper())
        # a page is written in Markdown
        return to_json({"code": subject.upper(), "page": page}) if form == "json" else page
    from .explain_reference import blocks, kind_facts
    from .explain_requirements import SUBJECT, requirements_facts, requirements_text

    head, _, path = subject.partition(".")
    if head == SUBJECT:
        return _told(form, lambda: requirements_facts(path), lambda: requirements_text(path))
    kind = find_kind(subject)
    if kind is None and (kind := _by_name(head)) is not None:
        facts = find_field(kind_facts(kind).fields, path, kind.kind)
        return _told(form, lambda: asdict(facts), lambda: field_text(f"{kind.kind}.{path}", facts))
    if kind is not None:
        told = kind_facts(kind)
        if form == "markdown":
            return kind_markdown(told)
        return _told(form, lambda: asdict(told), lambda: kind_text(told))
    if (block := blocks().get(head)) is not None:
        if path:
            facts = find_field(block.facts.fields, path, head)
            return _told(form, lambda: asdict(facts), lambda: field_text(subject, facts))
        return _told(form, lambda: asdict(block), lambda: block_text(block))
    raise _unknown(subject)


def _told(form: str, document: Callable[[], object], text: Callable[[], str]) -> str:
    if form == "markdown":
        raise UsageError(
            "this cannot be explained in the format 'markdown'",
            why="whole kinds and codes have pages in Markdown, and nothing else has",
            do="name a kind or a code, or leave '--format markdown' out",
        )
    return to_json(document()) if form == "json" else text()


def _everything() -> Mapping[str, object]:
    from ..resources import kinds
    from .explain_reference import blocks, first_sentence

    return {
        "kinds": {name: first_sentence(kind) for name, kind in kinds().items()},
        "blocks": {name: block.facts.description for name, block in blocks().items()},
    }


# ---------------------------------------------------------------- finding what is meant


def find_kind(subject: str) -> type[Resource] | None:
    """The kind of that name, of that collection, or at that address."""
    from ..address import Address
    from ..resources import kind_at

    found = _by_name(subject)
    if found is not None or "." not in subject:
        return found
    try:
        parts = Address.parse(subject).parts
    except ValueError:
        return None
    kind = kind_at(parts) or kind_at((*parts, "*"))
    # 'accounts.name' is the field of an account rather than an account of that name
    head = _by_name(parts[0])
    return None if kind and kind is head and len(parts) > 1 and parts[1] in head.traits() else kind


def _by_name(name: str) -> type[Resource] | None:
    from ..resources import kinds

    name = name.lower().replace("-", "_")
    by_collection = {kind.path[-2]: kind for kind in kinds().values() if kind.is_collection()}
    return kinds().get(name) or by_collection.get(name)


def find_field(fields: tuple[FieldFacts, ...], path: str, owner: str) -> FieldFacts:
    """The field at a dotted path below a kind or a block."""
    name, _, rest = path.partition(".")
    found = next((one for one in fields if one.name == name), None)
    if found is None:
        known = [one.name for one in fields]
        guess = nearest(name, known)
        raise UsageError(
            f"{owner} has no field {name!r}",
            why=f"its fields are {', '.join(known)}" if known else "it is no block",
            do=f"did you mean '{owner}.{guess}'?" if guess else f"look at 'chimeform explain {owner}'",
            code="CF-EXP-001",
        )
    return find_field(found.fields, rest, f"{owner}.{name}") if rest else found


def _unknown(subject: str) -> UsageError:
    from ..resources import kinds
    from .explain_reference import blocks

    guess = nearest(
        subject.lower(), [*kinds(), *(kind.path[-2] for kind in kinds().values() if kind.is_collection()), *blocks()]
    )
    return UsageError(
        f"there is nothing called {subject!r}",
        do=f"did you mean '{guess}'?" if guess else "'chimeform explain' lists what there is",
        code="CF-EXP-001",
    )


def code_page(code: str) -> str:
    """The page of a code, from an installation or from a checkout."""
    for folder in (_PACKAGE / "docs_codes", _PACKAGE.parent / "docs" / "codes"):
        page = folder / f"{code}.md"
        if page.is_file():
            return page.read_text(encoding="utf-8")
        if folder.is_dir():
            guess = nearest(code, (one.stem for one in folder.glob("CF-*.md")))
            raise UsageError(
                f"there is no code {code}",
                do=f"did you mean {guess}?" if guess else "write it as the message does, such as CF-RET-001",
                code="CF-EXP-002",
            )
    raise UsageError("the pages of the codes are not installed", do="install chimeform again", code="CF-EXP-003")
