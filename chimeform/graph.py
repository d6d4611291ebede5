"""A pure graph over hashable names: order, cycles with their path, closures. Knows nothing of resources.

An edge `a → b` reads "a comes before b".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import networkx

Name = TypeVar("Name", bound=Hashable)


class Cycle(Exception):
    """Things that wait for each other; `path` lists them in order, the first one again at the end."""

    def __init__(self, path: tuple[object, ...]) -> None:
        super().__init__(" → ".join(str(one) for one in path))
        self.path = path


class Graph(Generic[Name]):
    """An immutable graph made from its nodes and its edges `(before, after)`."""

    def __init__(self, nodes: Iterable[Name], edges: Iterable[tuple[Name, Name]]) -> None:
        self._nodes, self._edges = tuple(nodes), tuple(edges)

    @cached_property
    def _graph(self) -> networkx.DiGraph[Name]:
        # costs up to a quarter of a second to import, which commands that never order anything should not pay
        import networkx

        graph: networkx.DiGraph[Name] = networkx.DiGraph()
        graph.add_nodes_from(self._nodes)
        graph.add_edges_from(self._edges)
        return graph

    def __len__(self) -> int:
        return len(self._graph)

    def edges(self) -> Iterator[tuple[Name, Name]]:
        yield from self._graph.edges

    def before(self, name: Name) -> set[Name]:
        """What has to come directly before `name`."""
        return set(self._graph.predecessors(name))

    def all_before(self, names: Iterable[Name]) -> set[Name]:
        """Everything that has to come before any of `names`, without `names` themselves unless they are on the way."""
        import networkx

        return set().union(*(networkx.ancestors(self._graph, name) for name in names if name in self._graph))

    def all_after(self, names: Iterable[Name]) -> set[Name]:
        """Everything that has to come after any of `names`."""
        import networkx

        return set().union(*(networkx.descendants(self._graph, name) for name in names if name in self._graph))

    def in_order(self) -> list[Name]:
        """Every node after all that come before it; among equals by their text, so that the order is always the same.

        Raises `Cycle` with the shortest path that a reader can follow.
        """
        if not self._edges:
            return sorted(dict.fromkeys(self._nodes), key=str)
        import networkx

        try:
            return list(networkx.lexicographical_topological_sort(self._graph, key=str))
        except networkx.NetworkXUnfeasible:
            raise Cycle(self._a_cycle()) from None

    def _a_cycle(self) -> tuple[Name, ...]:
        import networkx

        edges = networkx.find_cycle(self._graph)
        return (*(edge[0] for edge in edges), edges[0][0])
