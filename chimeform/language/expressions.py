"""Templates that are more than names: Jinja2 in its sandbox, and only as much of it as ends at once.

Names, the filters that are listed here, comparisons and conditions are let through. Loops, calls, assignments and
products are refused before anything is compiled (the compiler evaluates constants), so evaluation takes no longer than
reading the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from ..diagnostics import nearest
from .template import LONGEST, Context, Refusal, Undefined, Value, as_text, together, too_long

if TYPE_CHECKING:
    from jinja2 import nodes
    from jinja2.sandbox import SandboxedEnvironment

MOST_NODES = 500
DEEPEST = 40


def evaluate_expression(text: str, context: Context) -> Value:
    """What a template gives; `Refusal` says why it gives nothing."""
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
        raise (together(missing) if missing else _no_such_part(error)) from error
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
        raise too_long("what it gives")
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
        raise too_long("what 'replace' gives")
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
