"""`chimeform graph`: what depends on what, of the files or of a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ..report.json_text import to_json
from .options import Options, command

if TYPE_CHECKING:
    from ..language.desired import Desired
    from ..plan import Plan
    from ..planner import Selection


@dataclass(frozen=True)
class Node:
    """`kind` is a kind of resource, or `gate`; `action` is what a step of a plan does."""

    name: str
    kind: str
    action: str = ""


@dataclass(frozen=True)
class Drawing:
    """Nodes and arrows `(needing, needed)` in an order that depends on nothing but what they are."""

    title: str
    nodes: tuple[Node, ...]
    arrows: tuple[tuple[str, str], ...]


@command("graph", formats=("text", "dot", "mermaid", "json"))
@click.option("--plan", "of_plan", is_flag=True, help="Draw the steps and gates of the plan of now, not the files.")
def graph(options: Options, of_plan: bool) -> None:
    """Draw what depends on what: an arrow points from what needs to what is needed first.

    Without --plan it shows what the files declare and asks no service. Show it with
    'chimeform graph --format dot | dot -Tsvg', or paste --format mermaid into a page that draws it.
    """
    from .plan import make_plan

    drawing = draw_plan(make_plan(options).plan) if of_plan else _draw_chosen(options)
    with options.screen() as screen:
        screen.result(_WRITERS[options.format](drawing))


def _draw_chosen(options: Options) -> Drawing:
    from ..planner import Selection
    from .plan import check_patterns

    desired = options.load()
    check_patterns(options, desired.declarations, why="the files do not declare it")
    return draw_files(desired, Selection(options.targets, options.excludes))


def draw_files(desired: Desired, selection: Selection) -> Drawing:
    """The declared resources, each needing what contains it and what it names."""
    chosen = sorted(address for address in desired.declarations if selection.selects(address))
    known = set(chosen)
    nodes = tuple(Node(str(address), desired.declarations[address].kind) for address in chosen)
    arrows = tuple(
        (str(address), str(other))
        for address in chosen
        for other in sorted(set(desired.declarations[address].refs) & known)
    )
    return Drawing(desired.workspace, nodes, arrows)


def draw_plan(plan: Plan) -> Drawing:
    """The steps of a plan in an order in which they could be done, and the gates that they stand behind."""
    gates = tuple(Node(gate.id, "gate", gate.title) for gate in sorted(plan.gates, key=lambda gate: gate.id))
    steps = tuple(Node(step.id, step.kind, step.operation) for step in plan.steps)
    known = {node.name for node in (*gates, *steps)}
    arrows = tuple(
        (step.id, other) for step in plan.steps for other in sorted({*step.after, *step.gates}) if other in known
    )
    return Drawing(plan.workspace, (*gates, *steps), arrows)


# ---------------------------------------------------------------- forms


def _as_text(drawing: Drawing) -> str:
    needs = _needs(drawing)
    lines = []
    for node in drawing.nodes:
        lines.append(f"{node.name}  ({node.kind}{': ' + node.action if node.kind == 'gate' else ''})")
        lines += [f"  needs {other}" for other in needs[node.name]]
    return "\n".join(lines) or "There is nothing to draw."


def _needs(drawing: Drawing) -> Mapping[str, list[str]]:
    needs: dict[str, list[str]] = {node.name: [] for node in drawing.nodes}
    for needing, needed in drawing.arrows:
        needs[needing].append(needed)
    return needs


def _as_json(drawing: Drawing) -> str:
    nodes = [
        {"name": node.name, "kind": node.kind, **({"action": node.action} if node.action else {})}
        for node in drawing.nodes
    ]
    arrows = [{"from": needing, "to": needed} for needing, needed in drawing.arrows]
    return to_json({"workspace": drawing.title, "nodes": nodes, "edges": arrows})


def _as_dot(drawing: Drawing) -> str:
    lines = [f"digraph {_quoted(drawing.title)} {{", "  rankdir=RL;", "  node [shape=box];"]
    for node in drawing.nodes:
        attributes = f"label={_quoted(_label(node))}" + (", shape=diamond" if node.kind == "gate" else "")
        lines.append(f"  {_quoted(node.name)} [{attributes}];")
    lines += [f"  {_quoted(needing)} -> {_quoted(needed)};" for needing, needed in drawing.arrows]
    return "\n".join([*lines, "}"])


def _quoted(text: str) -> str:
    """A quoted identifier of the DOT language, in which a line break is written as an escape."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _as_mermaid(drawing: Drawing) -> str:
    numbers = {node.name: f"n{number}" for number, node in enumerate(drawing.nodes)}
    lines = ["flowchart RL"]
    for node in drawing.nodes:
        opening, closing = ("{{", "}}") if node.kind == "gate" else ("[", "]")
        lines.append(f'  {numbers[node.name]}{opening}"{_entities(_label(node))}"{closing}')
    lines += [f"  {numbers[needing]} --> {numbers[needed]}" for needing, needed in drawing.arrows]
    return "\n".join(lines)


def _entities(text: str) -> str:
    """Mermaid reads HTML in labels, and `#quot;` as a quotation mark."""
    escapes = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "\n": "<br/>"}
    return "".join(escapes.get(character, character) for character in text)


def _label(node: Node) -> str:
    if node.kind == "gate":
        return f"{node.action}\n{node.name.rpartition('~')[0]}"
    # a step's name is its address and its call, which may follow a '#' in an address too
    return "\n".join(node.name.rsplit("#", 1)) if node.action else node.name


_WRITERS: Mapping[str, Callable[[Drawing], str]] = {
    "text": _as_text,
    "json": _as_json,
    "dot": _as_dot,
    "mermaid": _as_mermaid,
}
