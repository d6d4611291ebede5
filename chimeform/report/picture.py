"""What depends on what, laid out as boxes in layers and arrows between them. Pure geometry in pixels of an SVG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..address import Address
from .model import fold
from .page import width_of

MOST_NODES = 150
"""More than so many are drawn with those that are alike in one box."""
KEEP_ALIKE = 3
_WIDTH, _HEIGHT, _GAP, _LANE, _EDGE = 214, 38, 10, 56, 10
_LETTERS = 23


@dataclass(frozen=True)
class Node:
    """`name` is the address, or the id of a gate; `needs` are the names of what comes before it."""

    name: str
    word: str
    style: str
    needs: tuple[str, ...] = ()
    is_gate: bool = False
    label: str = ""
    """What the box says; the last part of the address if empty."""


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int
    label: str
    word: str
    full: str
    style: str
    is_gate: bool


@dataclass(frozen=True)
class Picture:
    """`arrows` are SVG paths, `legend` pairs of a style and its meaning, `text` says the same without a picture."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[str, ...]
    legend: tuple[tuple[str, str], ...]
    text: tuple[str, ...]


def draw(nodes: Sequence[Node], most: int = MOST_NODES) -> Picture:
    """The picture; above `most` nodes those are one box that are alike: in one collection, with the same to say and
    to need. What is too much even then is left out at the end, and the text says how much."""
    drawn = list(nodes) if len(nodes) <= most else _folded(nodes)
    left_out = max(0, len(drawn) - most)
    drawn = drawn[:most]
    known = {node.name for node in drawn}
    drawn = [replace(node, needs=tuple(one for one in node.needs if one in known)) for node in drawn]
    places = _places(drawn)
    boxes = tuple(_box(node, *places[node.name]) for node in drawn)
    arrows = tuple(_arrow(places[one], places[node.name]) for node in drawn for one in node.needs)
    return Picture(
        width=max((box.x + box.width for box in boxes), default=0) + _EDGE,
        height=max((box.y + box.height for box in boxes), default=0) + _EDGE,
        boxes=boxes,
        arrows=arrows,
        legend=tuple(dict.fromkeys((node.style, _legend_word(node)) for node in drawn)),
        text=(*map(_sentence, drawn), *([f"and {left_out} more"] if left_out else [])),
    )


def _legend_word(node: Node) -> str:
    return "gate" if node.is_gate else node.word


def _folded(nodes: Iterable[Node]) -> list[Node]:
    """Nodes of one collection with the same needs make no cycle when they become one."""
    taken: dict[str, str] = {}
    kept: list[Node] = []
    for folded in fold(nodes, _alike, above=KEEP_ALIKE, keep=KEEP_ALIKE):
        kept += folded.shown
        if folded.more:
            first = folded.more[0]
            collection = _collection(first)
            label = f"{len(folded.more)} more"
            kept.append(replace(first, name=f"{collection}: {label}", label=f"{label} in {_last(collection)}"))
            taken |= {node.name: kept[-1].name for node in folded.more}
    return [replace(node, needs=tuple(dict.fromkeys(taken.get(one, one) for one in node.needs))) for node in kept]


def _alike(node: Node) -> tuple[object, ...]:
    return _collection(node), node.word, node.style, node.is_gate, frozenset(node.needs)


def _collection(node: Node) -> str:
    parts = Address.parse(node.name.rpartition("~")[0] if node.is_gate else node.name).parts
    return str(Address(parts[:-1] or parts))


def _last(address: str) -> str:
    return Address.parse(address).name


def _places(nodes: Sequence[Node]) -> dict[str, tuple[int, int]]:
    """Where each box is: as far right as its longest way from a beginning, near to what it needs."""
    by_name = {node.name: node for node in nodes}
    layers: dict[int, list[Node]] = {}
    for name, layer in _layers(by_name).items():
        layers.setdefault(layer, []).append(by_name[name])
    places: dict[str, tuple[int, int]] = {}
    for layer, found in sorted(layers.items()):
        for row, node in enumerate(sorted(found, key=lambda one: _order(one, places))):
            places[node.name] = (_EDGE + layer * (_WIDTH + _LANE), _EDGE + row * (_HEIGHT + _GAP))
    return places


def _order(node: Node, places: Mapping[str, tuple[int, int]]) -> tuple[float, str]:
    heights = [places[one][1] for one in node.needs if one in places]
    return (sum(heights) / len(heights) if heights else 0.0), node.name


def _layers(nodes: Mapping[str, Node]) -> dict[str, int]:
    """Two steps of one address may stand around that of another, so that addresses can need each other: the arrow
    that closes such a circle counts for nothing here."""
    layers: dict[str, int] = {}
    under_way: set[str] = set()

    def layer_of(name: str) -> int:
        if name not in layers:
            under_way.add(name)
            layers[name] = max((layer_of(one) + 1 for one in nodes[name].needs if one not in under_way), default=0)
            under_way.discard(name)
        return layers[name]

    for name in nodes:
        layer_of(name)
    return layers


def _box(node: Node, x: int, y: int) -> Box:
    label = node.label or (node.name if node.is_gate else _last(node.name))
    return Box(x, y, _WIDTH, _HEIGHT, _fitting(label), _fitting(node.word, 30), _full(node), node.style, node.is_gate)


def _full(node: Node) -> str:
    return f"{node.label or node.name}, {node.word}" if node.is_gate else f"{node.name}, {node.word}"


def _fitting(text: str, widest: int = _LETTERS) -> str:
    if width_of(text) <= widest:
        return text
    while width_of(text) >= widest:
        text = text[:-1]
    return f"{text}…"


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From the right side of one box to the left side of another."""
    x, y = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    to_x, to_y = end[0], end[1] + _HEIGHT // 2
    bend = _LANE // 2
    return f"M{x} {y}C{x + bend} {y} {to_x - bend} {to_y} {to_x} {to_y}"


def _sentence(node: Node) -> str:
    needs = f" needs {', '.join(node.needs)}" if node.needs else ""
    return f"{_full(node)}{needs}"
