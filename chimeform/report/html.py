"""A page as one HTML file that loads nothing: style and script are within it, and its policy forbids all others.

Every text is escaped by the template, and what would act on a reader (controls, marks of direction) is written as an
escape. Names of people, rooms and bots are no markup here, whatever is in them.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .model import SEVERITIES
from .moments import date_time
from .page import harmless
from .picture import draw
from .web_page import Row, WebPage

MANY = 200
"""From so many rows on, the browser lays out only what is in sight."""
_WEB = Path(__file__).with_name("web")


@dataclass(frozen=True)
class Choice:
    token: str
    text: str
    count: int


@dataclass(frozen=True)
class Facet:
    """A filter: a question about a row, and the answers that occur. `token` stands for an answer in the markup."""

    name: str
    label: str
    answers: Callable[[Row], Iterable[str]]
    choices: tuple[Choice, ...]


_QUESTIONS: tuple[tuple[str, str, Callable[[Row], Iterable[str]]], ...] = (
    ("happened", "Change", lambda row: (row.traits.happened,)),
    ("severity", "Severity", lambda row: (row.traits.severity,)),
    ("turn", "Whose turn", lambda row: row.traits.turns),
    ("kind", "Resource", lambda row: (row.traits.kind,)),
    ("author", "Who did it", lambda row: row.traits.authors),
)


def html(page: WebPage) -> str:
    """The file of a plan or of drift."""
    facets = facets_of(page)
    tokens = {facet.name: {choice.text: choice.token for choice in facet.choices} for facet in facets}

    def tokens_of(row: Row) -> str:
        return " ".join(
            tokens[facet.name][answer] for facet in facets for answer in dict.fromkeys(facet.answers(row)) if answer
        )

    return render(
        "page.html",
        script=(_WEB / "page.js").read_text(encoding="utf-8"),
        page=page,
        picture=draw(page.nodes),
        facets=facets,
        tokens_of=tokens_of,
        count=sum(len(group.rows) for group in page.groups),
        many=MANY,
    )


def render(template: str, *, script: str = "", **shown: Any) -> str:
    """The file that a template makes of what is shown, with the style that all pages have."""
    # costs a tenth of a second to import, which no other format should pay
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(_WEB),
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    environment.filters["moment"] = date_time
    style = (_WEB / "style.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(
        **shown,
        policy=_policy(style, script),
        # our own files, which are the same for every page; `</` does not occur in them
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
    )


def _harmless(value: Any) -> Any:
    return harmless(value) if type(value) is str else value


def _policy(style: str, script: str) -> str:
    """Nothing is loaded, sent or framed; one style and one script, if there is one, by their digests."""
    scripts = f"script-src '{_digest(script)}'; " if script else ""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; {scripts}img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def facets_of(page: WebPage) -> tuple[Facet, ...]:
    """The filters of which the page has anything."""
    found = (_facet(page, *question) for question in _QUESTIONS)
    return tuple(facet for facet in found if facet.choices)


def _facet(page: WebPage, name: str, label: str, answers: Callable[[Row], Iterable[str]]) -> Facet:
    counts: dict[str, int] = {}
    for row in page.rows():
        for answer in dict.fromkeys(answers(row)):
            counts[answer] = counts.get(answer, 0) + 1
    counts.pop("", None)
    order = sorted(counts, key=lambda one: (-SEVERITIES.index(one) if one in SEVERITIES else 0, one.casefold(), one))
    return Facet(name, label, answers, tuple(Choice(f"{name}-{at}", one, counts[one]) for at, one in enumerate(order)))
