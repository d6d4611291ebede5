"""YAML bytes to plain values, with the place of every key and value, at the speed of libyaml.

One loop over the parser's events builds dicts and lists and, beside each, a packed array of places: a tenth of the time
and memory of node trees. A file that cannot be read gives diagnostics and never an exception.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from ..diagnostics import Diagnostic, Findings, Position, Related
from .scalars import SUSPICIOUS, Trap, meaning
from .syntax import unreadable
from .text import Text

DEEPEST = 100
"""Levels of nesting. The language itself needs eight."""

MOST_PROBLEMS = 1000
"""Problems in one file after which the rest is not read: it is not the file that was meant."""

ALIAS_BUDGET = 200_000
"""How many values all aliases of a file may stand for together; a bomb of a few lines stands for billions."""

_SPAN_BITS: Final = 32
_LOW: Final = (1 << _SPAN_BITS) - 1

Container = dict[str, Any] | list[Any]


@dataclass
class Source:
    """A file that was read. `value` is made of dict, list, str, int, float, bool and None only."""

    text: Text
    value: Any = None
    spans: dict[int, array[int]] = field(default_factory=dict)
    """id of a container → places in insertion order: key, value, key, value for a dict; value for a list."""
    templates: dict[int, tuple[Container, list[int]]] = field(default_factory=dict)
    """id of a container → the container and which of its places hold text that may need rendering."""
    natives: dict[tuple[int, int], bool | int | float] = field(default_factory=dict)
    """id of a container and a place in it → the value that a template gave there, where it was not text."""

    @property
    def name(self) -> str:
        return self.text.name

    def place(self, container: Container, slot: int) -> Position:
        span = self.spans[id(container)][slot]
        return self.text.position(span >> _SPAN_BITS, span & _LOW)

    def written(self, container: Container, slot: int) -> tuple[int, str]:
        """The characters of a key or value as they stand in the file, and the offset of the first."""
        span = self.spans[id(container)][slot]
        return span >> _SPAN_BITS, self.text.characters[span >> _SPAN_BITS : span & _LOW]

    def key_place(self, container: Container, key: str | int) -> Position:
        """Where a key stands; an item of a list has no key, so its value answers."""
        if isinstance(container, list):
            return self.place(container, int(key))
        return self.place(container, 2 * list(container).index(str(key)))

    def value_place(self, container: Container, key: str | int) -> Position:
        """Where a value stands; a nested block is shown by its key, because its own text begins on another line."""
        if isinstance(container, list):
            return self.place(container, int(key))
        index = list(container).index(str(key))
        nested = isinstance(container[str(key)], dict | list)
        span = self.spans[id(container)][2 * index + 1]
        # an empty value has no text of its own either
        empty = span >> _SPAN_BITS == span & _LOW
        return self.place(container, 2 * index + (0 if nested or empty else 1))


def read(text: Text, findings: Findings) -> Source | None:
    """Read one YAML document; None if the file's structure cannot be known. Everything wrong goes to `findings`."""
    reader = _Reader(text, findings)
    try:
        reader.run(_events(text.characters))
    except _Unreadable as error:
        findings.add(error.diagnostic)
        return None
    except (yaml.YAMLError, UnicodeError) as error:
        findings.add(unreadable(error, text))
        return None
    return reader.source


class _Unreadable(Exception):
    """Stops the reading of a file."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.summary)
        self.diagnostic = diagnostic


def _events(characters: str) -> Callable[[], Event]:
    parser: Any
    if yaml.__with_libyaml__:
        from yaml.cyaml import CParser  # type: ignore[attr-defined]

        parser = CParser(characters)
    else:
        parser = yaml.SafeLoader(characters)
    next_event: Callable[[], Event] = parser.get_event
    return next_event


_NO_KEY: Final = object()
_DROPPED: Final = object()


class _Reader:
    def __init__(self, text: Text, findings: Findings) -> None:
        self.text = text
        self.findings = findings
        self.source = Source(text)
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: set[str] = set()
        self.borrowed = 0
        self.problems = 0

    # One loop with everything in local variables: it runs once for each of a million events.
    def run(self, next_event: Callable[[], Event]) -> None:  # noqa: C901, PLR0912, PLR0915
        source, all_spans, templates = self.source, self.source.spans, self.source.templates
        root: list[Any] = []
        container: Any = root
        spans: array[int] = array("Q")
        all_spans[id(root)] = spans
        keyed, key, nodes = False, _NO_KEY, 0
        stack: list[tuple[Any, array[int], bool, Any, str | None, int]] = []
        while True:
            event: Any = next_event()
            sort = event.__class__
            if sort is ScalarEvent:
                nodes += 1
                value = event.value
                span = event.start_mark.index << _SPAN_BITS | event.end_mark.index
                if event.tag is not None:
                    self._refuse_tag(event)
                if not event.style and (not value or value[0] in SUSPICIOUS):
                    value = self._plain(value, span) if value else None
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1)
            elif sort is MappingStartEvent or sort is SequenceStartEvent:
                nodes += 1
                value = {} if sort is MappingStartEvent else []
                span = event.start_mark.index << _SPAN_BITS | event.end_mark.index
                if event.tag is not None:
                    self._refuse_tag(event)
                if keyed and key is _NO_KEY:
                    raise self._not_text(span, "a list or a mapping")
                if len(stack) >= DEEPEST:
                    raise self._too_deep(span)
                if key is not _DROPPED:
                    spans.append(span)
                    if keyed:
                        container[key] = value
                    else:
                        container.append(value)
                if event.anchor is not None:
                    self.open.add(event.anchor)
                    self.anchors.pop(event.anchor, None)
                stack.append((container, spans, keyed, key, event.anchor, nodes))
                container, keyed, key = value, sort is MappingStartEvent, _NO_KEY
                spans = all_spans[id(value)] = array("Q")
                continue
            elif sort is AliasEvent:
                span = event.start_mark.index << _SPAN_BITS | event.end_mark.index
                value, weight = self._alias(event.anchor, span)
                nodes += weight
            elif sort is StreamStartEvent or sort is DocumentEndEvent:
                continue
            elif sort is DocumentStartEvent:
                if root:
                    raise self._second_document(event.start_mark.index)
                continue
            elif sort is StreamEndEvent:
                break
            else:  # the end of a mapping or list
                ended = container
                container, spans, keyed, key, anchor, before = stack.pop()
                if ended.__class__ is dict and "<<" in ended:
                    self._merge(ended)
                if anchor is not None:
                    self.open.discard(anchor)
                    self.anchors[anchor] = (ended, nodes - before + 1)
                if keyed:
                    key = _NO_KEY
                continue
            # a scalar or an alias: a key, a value of a mapping, or an item of a list
            if keyed:
                if key is _NO_KEY:
                    if value.__class__ is not str:
                        value = self._key(value, span)
                    if value in container:
                        self._duplicate(container, value, span)
                        key = _DROPPED
                        continue
                    key = value
                    if "{" in value:
                        templates.setdefault(id(container), (container, []))[1].append(len(spans))
                    spans.append(span)
                    continue
                if key is _DROPPED:
                    key = _NO_KEY
                    continue
                container[key] = value
                key = _NO_KEY
            else:
                container.append(value)
            if value.__class__ is str and "{" in value:
                templates.setdefault(id(container), (container, []))[1].append(len(spans))
            spans.append(span)
        source.value = root[0] if root else None

    def _position(self, span: int) -> Position:
        return self.text.position(span >> _SPAN_BITS, span & _LOW)

    def _report(self, diagnostic: Diagnostic) -> None:
        self.problems += 1
        if self.problems > MOST_PROBLEMS:
            raise _Unreadable(
                Diagnostic(
                    "CF-YAML-015",
                    f"{self.text.name} has more than {MOST_PROBLEMS} problems; what follows was not read",
                    diagnostic.position,
                    why="a file with that many is probably not the one that was meant",
                    do="repair the ones above first",
                )
            )
        self.findings.add(diagnostic)

    def _plain(self, written: str, span: int) -> Any:
        value = meaning(written)
        if not isinstance(value, Trap):
            return value
        shown = written if len(written) <= 40 else f"{written[:37]}..."
        self._report(
            Diagnostic(
                value.code,
                f"{shown} without quotes can be read in more than one way",
                self._position(span),
                why=value.why,
                do=value.do,
            )
        )
        return written

    def _key(self, value: Any, span: int) -> str:
        if isinstance(value, dict | list):
            raise self._not_text(span, "a list or a mapping")
        start, end = span >> _SPAN_BITS, span & _LOW
        written = self.text.characters[start:end] or "(empty)"
        what = {bool: "a truth value", type(None): "nothing"}.get(type(value), "a number")
        plus = f'; a phone number is written "+{value}"' if type(value) is int and value > 9_999_999 else ""
        self._report(
            Diagnostic(
                "CF-YAML-010",
                f"the key {written} is {what}, not text",
                self._position(span),
                why="keys are names, and YAML reads this one as something else",
                do=f'write "{written}" in quotes{plus}',
            )
        )
        return written

    def _not_text(self, span: int, what: str) -> _Unreadable:
        return _Unreadable(
            Diagnostic(
                "CF-YAML-010",
                f"a key is {what}, not text",
                self._position(span),
                why="keys are names",
                do="write one name before the colon; a text that begins with '[' or '{' needs quotes",
            )
        )

    def _too_deep(self, span: int) -> _Unreadable:
        return _Unreadable(
            Diagnostic(
                "CF-YAML-005",
                f"{self.text.name} is nested deeper than {DEEPEST} levels",
                self._position(span),
                why="no declaration needs that many, so something is wrong with the file",
                do="look for brackets or dashes that are opened by mistake",
            )
        )

    def _second_document(self, start: int) -> _Unreadable:
        return _Unreadable(
            Diagnostic(
                "CF-YAML-007",
                f"{self.text.name} holds more than one document",
                self.text.position(start, start + 3),
                why="'---' begins another document, and only the first would be read",
                do="remove the line, or move what follows to a file of its own and name it in 'include'",
            )
        )

    def _refuse_tag(self, event: Any) -> None:
        start = self.text.characters.find("!", event.start_mark.index)
        tag = self.text.characters[start : start + 80].split(maxsplit=1)[0]
        self._report(
            Diagnostic(
                "CF-YAML-011",
                f"the tag {tag} is not supported",
                self.text.position(start, start + len(tag)),
                why="tags let a file choose the type of a value; here the field decides",
                do="remove the tag; write text that looks like a number in quotes",
            )
        )

    def _duplicate(self, container: dict[str, Any], key: str, span: int) -> None:
        first = self.source.key_place(container, key)
        self._report(
            Diagnostic(
                "CF-YAML-009",
                f"the key {key!r} stands twice in one mapping",
                self._position(span),
                why="only one of the two values could be used, and readers of YAML do not agree on which",
                do="remove one of the two, or give it another name",
                related=(Related("the first one is here", first),),
            )
        )

    def _alias(self, anchor: str, span: int) -> tuple[Any, int]:
        if anchor in self.anchors:
            value, weight = self.anchors[anchor]
            self.borrowed += weight
            if self.borrowed > ALIAS_BUDGET:
                raise _Unreadable(
                    Diagnostic(
                        "CF-YAML-013",
                        f"the aliases of {self.text.name} stand for more than {ALIAS_BUDGET} values",
                        self._position(span),
                        why="aliases of aliases grow without bound, so a short file could take all memory",
                        do="write the values out, or use 'defaults' for what a collection has in common",
                    )
                )
            return value, weight
        inside = anchor in self.open
        what = "inside its own anchor" if inside else "for an anchor that is not there"
        self._report(
            Diagnostic(
                "CF-YAML-012",
                f"the alias *{anchor} stands {what}",
                self._position(span),
                why="the value would contain itself" if inside else f"no value before this line carries &{anchor}",
                do="write the value out" if inside else f"put &{anchor} before the value that is meant",
            )
        )
        return None, 1

    def _merge(self, into: dict[str, Any]) -> None:
        """Take over what `<<` names. The mapping's own keys win, and of several mappings the earlier one."""
        source, index = self.source, list(into).index("<<")
        spans = source.spans[id(into)]
        if not source.written(into, 2 * index)[1].endswith("<<"):  # in quotes it is a key like any other
            return
        place = source.place(into, 2 * index)
        wanted = into.pop("<<")
        del spans[2 * index : 2 * index + 2]
        _, slots = source.templates.setdefault(id(into), (into, []))
        slots[:] = [slot - 2 if slot > 2 * index else slot for slot in slots]
        for base in wanted if isinstance(wanted, list) else [wanted]:
            if not isinstance(base, dict):
                self._report(
                    Diagnostic(
                        "CF-YAML-014",
                        "'<<' takes over a mapping, and this is none",
                        place,
                        why="only the keys of a mapping can be merged into a mapping",
                        do="give it an alias of a mapping, such as '<<: *base'",
                    )
                )
                continue
            for number, (key, value) in enumerate(base.items()):
                if key not in into:
                    slots += [
                        len(spans) + n for n, text in enumerate((key, value)) if isinstance(text, str) and "{" in text
                    ]
                    into[key] = value
                    spans.extend(source.spans[id(base)][2 * number : 2 * number + 2])
