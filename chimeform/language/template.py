"""One template: text with `{{ … }}` in it, evaluated within limits.

Most templates name a value and nothing else; those are substituted directly. For the others Jinja2 is imported, in its
sandbox, and only what cannot run away is let through: names, filters that are listed here, comparisons and conditions.
Loops, calls, assignments and products are refused, so evaluation takes no longer than reading the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ..diagnostics import nearest

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

Value = str | bool | int | float

LONGEST = 64 * 1024
"""Characters of one template, and of what it gives."""

MOST_NODES = 500
DEEPEST = 40

_SIMPLE = re.compile(r"\{\{-?\s*([A-Za-z_][A-Za-z0-9_]*)(?:\.([A-Za-z_][A-Za-z0-9_]*))?\s*\}\}")
RESERVED = frozenset(
    ("env", "secret", "and", "or", "not", "in", "is", "if", "elif", "else", "endif", "for", "true", "false", "none")
) | {"True", "False", "None", "import", "include", "set", "block", "self"}
"""Names that templates give a meaning of their own."""


class Refusal(Exception):
    """A template that cannot be rendered. `word` is the part of the text that is to blame, if one is."""

    def __init__(self, code: str, summary: str, *, why: str, do: str, word: str = "", line: int = 1) -> None:
        super().__init__(summary)
        self.code, self.summary, self.why, self.do, self.word, self.line = code, summary, why, do, word, line


class Undefined(Refusal):
    """A name that has no value. `variable` is the name, or None for one of `env`."""

    def __init__(self, name: str, *, is_env: bool) -> None:
        self.name, self.is_env = name, is_env
        self.others: tuple[Undefined, ...] = ()
        """More names of the same template that have no value."""
        what = f"the environment variable {name} is not set" if is_env else f"{name!r} has no value"
        super().__init__("CF-REN-001", what, why="", do="", word=name)


@dataclass
class Context:
    """What templates can name."""

    values: Mapping[str, Value]
    env: Mapping[str, str]
    used: dict[str, Value] = field(default_factory=dict)
    """Every name that was used so far → its value; names of `env` with that prefix."""

    def value(self, name: str) -> Value:
        if name not in self.values:
            raise Undefined(name, is_env=False)
        self.used[name] = self.values[name]
        return self.values[name]

    def variable(self, name: str) -> str:
        if name not in self.env:
            raise Undefined(name, is_env=True)
        self.used[f"env.{name}"] = self.env[name]
        return self.env[name]


def is_template(text: str) -> bool:
    return "{{" in text or "{%" in text


def evaluate(text: str, context: Context) -> Value:
    """What a template gives: text, or the value itself if the template is one expression and nothing around it."""
    if len(text) > LONGEST:
        raise _too_long("the template")
    if "{%" not in text and "{#" not in text and "{{-" not in text:
        simple = list(_SIMPLE.finditer(text))
        if len(simple) == text.count("{{") == text.count("}}") and all(_is_plain(found) for found in simple):
            return _substitute(text, simple, context)
    return _with_jinja(text, context)


def as_text(value: Any) -> str:
    """A value as the files would write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _is_plain(found: re.Match[str]) -> bool:
    name, attribute = found.groups()
    return name == "env" if attribute else name not in RESERVED


def _substitute(text: str, found: list[re.Match[str]], context: Context) -> Value:
    pieces: list[Value] = []
    missing: list[Undefined] = []
    at = 0
    for one in found:
        name, attribute = one.groups()
        pieces.append(text[at : one.start()])
        at = one.end()
        try:
            pieces.append(context.variable(attribute) if attribute else context.value(name))
        except Undefined as error:
            missing.append(error)
    pieces.append(text[at:])
    if missing:
        raise _together(missing)
    if len(found) == 1 and found[0].span() == (0, len(text)):
        return pieces[1]
    written = [as_text(piece) for piece in pieces]
    if sum(map(len, written)) > LONGEST:
        raise _too_long("what it gives")
    return "".join(written)


def _together(missing: list[Undefined]) -> Undefined:
    """One error for all names of a template, each of them once."""
    first, *others = {(one.name, one.is_env): one for one in missing}.values()
    first.others = tuple(others)
    return first


def _too_long(what: str) -> Refusal:
    return Refusal(
        "CF-REN-004",
        f"{what} is longer than {LONGEST} characters",
        why="no value of a declaration is that long",
        do="shorten it",
    )


# ---- with Jinja2


def _with_jinja(text: str, context: Context) -> Value:
    import jinja2

    try:
        tree = _environment().parse(text)
    except jinja2.TemplateSyntaxError as error:
        raise Refusal(
            "CF-REN-002",
            f"the template cannot be read: {error.message}",
            why="what stands between {{ and }} is a Jinja2 expression",
            do="correct it; a literal {{ is written as {{ '{{' }}",
            line=error.lineno,
        ) from error
    except RecursionError as error:
        raise _too_complicated() from error
    _check(tree)
    missing = _note_names(tree, context)
    try:
        result = _run(text, tree, context)
    except jinja2.UndefinedError as error:
        raise (_together(missing) if missing else _no_such_part(error)) from error
    except Refusal:
        raise
    # an expression can fail in as many ways as there are operators and filters; each of them is the author's slip
    except Exception as error:
        raise Refusal(
            "CF-REN-005",
            f"the template cannot be evaluated ({type(error).__name__})",
            why="a value is of another type than the expression expects",
            do="check the types of the values that it names",
        ) from error
    if isinstance(result, str) and len(result) > LONGEST:
        raise _too_long("what it gives")
    return result


def _run(text: str, tree: nodes.Template, context: Context) -> Value:
    names = {**context.values, "env": _Env(context)}
    environment = _environment()
    if _is_one_expression(tree):
        stripped = text[2:-2].removeprefix("-").removesuffix("-")
        result = environment.compile_expression(stripped, undefined_to_none=False)(**names)
        if isinstance(result, bool | int | float | str):
            return result
        return as_text(result) if result is None else _undefined_to_error(result)
    return environment.from_string(text).render(names)


def _undefined_to_error(result: Any) -> str:
    import jinja2

    if isinstance(result, jinja2.Undefined):
        return str(result)  # raises: undefined is strict
    raise TypeError(type(result).__name__)


def _is_one_expression(tree: nodes.Template) -> bool:
    from jinja2 import nodes

    if len(tree.body) != 1 or not isinstance(tree.body[0], nodes.Output):
        return False
    inner = tree.body[0].nodes
    return len(inner) == 1 and not isinstance(inner[0], nodes.TemplateData)


class _Env:
    """`env` in a template: names lead to variables, and there is nothing else in it."""

    __slots__ = ("_context",)

    def __init__(self, context: Context) -> None:
        self._context = context

    def __getitem__(self, name: str) -> str:
        return self._context.env[name]


def _finalize(value: Any) -> str:
    """The text of an expression's value inside a template; only values have one."""
    if value is not None and not isinstance(value, bool | int | float | str):
        return _undefined_to_error(value)
    return as_text(value)


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.filters import do_default
    from jinja2.sandbox import SandboxedEnvironment

    # the text ends up in API calls, not in HTML
    environment = SandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True, cache_size=0, finalize=_finalize
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.filters |= {**_FILTERS, "default": do_default, "d": do_default}
    environment.tests = {name: test for name, test in environment.tests.items() if name in _TESTS}
    return environment


def _replace(text: str, old: str, new: str) -> str:
    text, old, new = str(text), str(old), str(new)
    if len(text) + (text.count(old) if old else len(text) + 1) * (len(new) - len(old)) > LONGEST:
        raise _too_long("what 'replace' gives")
    return text.replace(old, new)


def _integer(value: Any) -> int:
    """A whole number written in decimal digits; everything else is an error and never silently 0."""
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise Refusal(
            "CF-REN-005",
            "'int' was given something that is not a whole number",
            why="the filter reads decimal digits",
            do="check the value",
            word="int",
        )
    return int(text)


def _truth(value: Any) -> bool:
    words = {"true": True, "false": False}
    if as_text(value) not in words:
        raise Refusal(
            "CF-REN-005",
            "'bool' was given something that is neither true nor false",
            why="the filter reads these two words",
            do="check the value",
            word="bool",
        )
    return words[as_text(value)]


_FILTERS: dict[str, Callable[..., Any]] = {
    "lower": lambda value: str(value).lower(),
    "upper": lambda value: str(value).upper(),
    "title": lambda value: str(value).title(),
    "capitalize": lambda value: str(value).capitalize(),
    "trim": lambda value: str(value).strip(),
    "string": as_text,
    "replace": _replace,
    "int": _integer,
    "bool": _truth,
}
_TESTS = {"defined", "undefined", "none", "true", "false", "in", "eq", "equalto", "==", "ne", "!=", "string", "number"}

_ALLOWED = {
    *("Template", "Output", "TemplateData", "Name", "Const", "Filter", "Test", "Getattr", "Getitem", "CondExpr", "If"),
    *("Compare", "Operand", "And", "Or", "Not", "Concat", "Add", "Sub", "Neg", "Pos", "Keyword", "List", "Tuple"),
}
_FORBIDDEN = {
    "For": "loops",
    "Call": "calls",
    "Assign": "assignments",
    "AssignBlock": "assignments",
    "Mul": "multiplication",
    "Pow": "powers",
    "Div": "division",
    "FloorDiv": "division",
    "Mod": "the operator %",
    "Macro": "macros",
    "Include": "files",
    "Import": "files",
    "FromImport": "files",
    "Extends": "files",
    "Part": "parts of values",
}


def _walk(tree: nodes.Node) -> Iterator[tuple[nodes.Node, int]]:
    """Every node with its depth, without recursion."""
    waiting = [(tree, 0)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node.iter_child_nodes()]


def _check(tree: nodes.Template) -> None:
    known = sorted(_environment().filters)
    for count, (node, depth) in enumerate(_walk(tree)):
        sort = type(node).__name__
        if count > MOST_NODES or depth > DEEPEST:
            raise _too_complicated()
        if sort not in _ALLOWED:
            raise _forbidden(sort, node)
        if sort in ("Getattr", "Getitem") and getattr(getattr(node, "node", None), "name", "") != "env":
            raise _forbidden("Part", node)
        name = getattr(node, "name", "")
        if sort == "Filter" and name not in known:
            guess = nearest(name, known)
            raise Refusal(
                "CF-REN-003",
                f"there is no filter {name!r}",
                why=f"templates know {', '.join(known)}",
                do=f"did you mean {guess!r}?" if guess else "use one of these",
                word=name,
            )
        if sort == "Test" and name not in _TESTS:
            raise Refusal(
                "CF-REN-003",
                f"there is no test {name!r}",
                why=f"templates know {', '.join(sorted(_TESTS))}",
                do="use one of these",
                word=name,
            )


def _forbidden(sort: str, node: nodes.Node) -> Refusal:
    what = _FORBIDDEN.get(sort, f"{sort.lower()!r}")
    called = getattr(getattr(node, "node", None), "name", "") if sort == "Call" else ""
    return Refusal(
        "CF-REN-003",
        f"templates have no {what}{f': {called}(…)' if called else ''}",
        why="a template fills values in; it names values, filters and conditions, and ends at once",
        do="write the values out, or give them as a value of the environment",
        word=called,
        line=node.lineno,
    )


def _too_complicated() -> Refusal:
    return Refusal(
        "CF-REN-004",
        "the template is too complicated",
        why=f"it has more than {MOST_NODES} parts, or more than {DEEPEST} inside one another",
        do="split it, or give the finished text as a value",
    )


def _note_names(tree: nodes.Template, context: Context) -> list[Undefined]:
    """Note what the template uses; the names that have no value come back, in no case an error yet (`default`)."""
    missing = []
    for node, _ in _walk(tree):
        sort = type(node).__name__
        if sort == "Name" and (name := str(getattr(node, "name", ""))) != "env":
            try:
                context.value(name)
            except Undefined as error:
                missing.append(error)
        elif sort in ("Getattr", "Getitem") and getattr(getattr(node, "node", None), "name", "") == "env":
            argument: Any = getattr(node, "attr", None) or getattr(getattr(node, "arg", None), "value", "")
            try:
                context.variable(str(argument))
            except Undefined as error:
                missing.append(error)
    return missing


def _no_such_part(error: Exception) -> Refusal:
    return Refusal(
        "CF-REN-001",
        f"the template names something that is not there: {error}",
        why="values are plain text, numbers and truth values",
        do="correct the name",
    )
