"""What the YAML parser complains about, told in terms of the file."""

from __future__ import annotations

from typing import Any

import yaml

from ..diagnostics import Diagnostic, Related
from .text import UNPRINTABLE, Text, control_character

# part of the parser's message → summary, why, do; the first that fits is used
_STORIES: tuple[tuple[str, str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a ':' where no key can stand",
        "the line above may be missing its ':', a text may contain ': ', or the indentation is wrong",
        "indent keys of one mapping alike, and put text that contains ': ' in quotes",
    ),
    (
        "block sequence entries are not allowed",
        "a '-' where no list can begin",
        "a list begins on its own line, below the key that holds it",
        "move the '-' to the next line, or write the list as [one, two]",
    ),
    (
        "did not find expected '-' indicator",
        "a line that is neither an item of the list above nor outside of it",
        "the items of one list begin with '- ' in the same column",
        "indent the line like the other items, or further to the left",
    ),
    (
        "did not find expected key",
        "a line that does not fit the mapping around it",
        "the keys of one mapping begin in the same column, each with a ':' after it",
        "indent the line like its neighbours; put text after a closing quote inside the quotes",
    ),
    (
        "did not find expected ',' or",
        "a bracket that is opened and not closed",
        "the items between brackets are separated by commas, up to the closing bracket",
        "close the bracket, or put a comma between the items",
    ),
    (
        "found unexpected end of stream",
        "a quote that is opened and not closed",
        "the text goes on to the end of the file",
        "close the quote; inside 'single quotes' a quote is written twice",
    ),
    (
        "found unknown escape character",
        "a backslash before a character that needs none",
        'in "double quotes" a backslash begins an escape such as \\n',
        "write \\\\ for a backslash, or use 'single quotes'",
    ),
    (
        "did not find expected node content",
        "a value is missing here",
        "a bracket or comma stands where a value should",
        "write the value, or put the character in quotes if it is text",
    ),
    (
        "did not find expected <document start>",
        "text after the end of the document",
        "the file's top level is complete before this place",
        "indent the line, or put the whole text in quotes",
    ),
    (
        "could not find expected ':'",
        "a line without ':' between the keys of a mapping",
        "each line of a mapping is 'key: value'",
        "add the ':', or indent the line if it continues the text above",
    ),
    (
        "directive",
        "a line that begins with '%'",
        "such lines are directives to the YAML reader, and none is needed",
        "remove the line, or put the text in quotes",
    ),
    (
        "incompatible YAML document",
        "a version of YAML that is not known",
        "the %YAML line asks for another version",
        "remove the line",
    ),
    (
        "anchor",
        "an '&' or '*' without a name",
        "'&name' marks a value and '*name' repeats it",
        "put text that begins with '&' or '*' in quotes",
    ),
    (
        "alias",
        "an '&' or '*' without a name",
        "'&name' marks a value and '*name' repeats it",
        "put text that begins with '&' or '*' in quotes",
    ),
    (
        "block scalar",
        "a text block after '|' or '>' that cannot be read",
        "its lines are indented by blanks, all alike, and begin on the next line",
        "indent the block below its key",
    ),
)


def unreadable(error: Exception, text: Text) -> Diagnostic:
    """The diagnostic for what PyYAML raised while it read `text`."""
    if isinstance(error, yaml.reader.ReaderError) or not isinstance(error, yaml.MarkedYAMLError):
        return control_character(text, UNPRINTABLE.search(text.characters))
    mark: Any = error.problem_mark or error.context_mark
    # what is missing at the end is shown behind the last thing that is there
    at = min(mark.index if mark else 0, len(text.characters.rstrip()))
    place = text.position(at)
    problem = error.problem or ""
    here = text.characters[at : at + 1]
    if (here == "\t" and "cannot start any token" in problem) or "tab character" in problem:
        return Diagnostic(
            "CF-YAML-008",
            f"{text.name}: a tab is used for indentation",
            place,
            why="YAML is indented with blanks only: how wide a tab is depends on the reader",
            do="replace the tab by blanks",
        )
    if "cannot start any token" in problem:
        return Diagnostic(
            "CF-YAML-001",
            f"{text.name}: text cannot begin with {here!r}",
            place,
            why="YAML keeps this character for itself",
            do="put the text in quotes",
        )
    complaint = f"{problem} {error.context or ''}"
    unknown = ("", "this is not YAML", problem, "compare the line with the ones around it")
    _, summary, why, do = next((story for story in _STORIES if story[0] in complaint), unknown)
    related: tuple[Related, ...] = ()
    context = error.context_mark
    if context is not None and context.index < at and ("flow" in complaint or "quoted" in complaint):
        related = (Related("it begins here", text.position(context.index)),)
    return Diagnostic("CF-YAML-001", f"{text.name}: {summary}", place, why=why, do=do, related=related)
