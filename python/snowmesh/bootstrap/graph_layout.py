"""A layered layout: columns from left to right along the edges, rows ordered so that few edges cross.

Small and simple on purpose: role graphs have some dozens of nodes and no cycles (R15).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef
from snowmesh.bootstrap.role_graph import HOLDERS, RoleGraph

CHARACTER, PADDING, HEIGHT, GAP, BETWEEN = 7.3, 12.0, 26.0, 12.0, 90.0
MARGIN = 24.0
_SWEEPS = 6


@dataclass(frozen=True)
class Box:
    """Where a node is drawn."""

    x: float
    y: float
    width: float
    height: float = HEIGHT

    @property
    def middle(self) -> float:
        """The height at which edges end."""
        return self.y + self.height / 2


def layout(graph: RoleGraph) -> dict[ObjectRef, Box]:
    """The box of every node."""
    columns = _ordered(graph, _columns(graph))
    tallest = max((len(column) for column in columns), default=0)
    found: dict[ObjectRef, Box] = {}
    labels = {node.ref: node.label for node in graph.nodes}
    x = MARGIN
    for column in columns:
        width = max(len(labels[ref]) for ref in column) * CHARACTER + 2 * PADDING
        top = MARGIN + (tallest - len(column)) * (HEIGHT + GAP) / 2
        for row, ref in enumerate(column):
            found[ref] = Box(x, top + row * (HEIGHT + GAP), width)
        x += width + BETWEEN
    return found


def size(boxes: Iterable[Box]) -> tuple[float, float]:
    """Width and height of the picture."""
    boxes = list(boxes)
    right = max((box.x + box.width for box in boxes), default=0.0)
    return right + MARGIN, max((box.y + box.height for box in boxes), default=0.0) + MARGIN


def _columns(graph: RoleGraph) -> list[list[ObjectRef]]:
    """By the longest way from a node that nobody holds; what is held stands right of who holds it."""
    depth = dict.fromkeys((node.ref for node in graph.nodes), 0)
    for _ in graph.nodes:  # as often as a way can be long
        moved = False
        for edge in graph.edges:
            if depth[edge.end] <= depth[edge.start]:
                depth[edge.end] = depth[edge.start] + 1
                moved = True
        if not moved:
            break
    last = max(depth.values(), default=0)
    for node in graph.nodes:  # what is reached stands together at the end
        if node.kind not in HOLDERS:
            depth[node.ref] = last
    found: list[list[ObjectRef]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for ref, at in depth.items():
        found[at].append(ref)
    return [column for column in found if column]


def _ordered(graph: RoleGraph, columns: list[list[ObjectRef]]) -> list[list[ObjectRef]]:
    """Each node near the middle of its neighbours, forth and back some times."""
    before: dict[ObjectRef, list[ObjectRef]] = {}
    after: dict[ObjectRef, list[ObjectRef]] = {}
    for edge in graph.edges:
        after.setdefault(edge.start, []).append(edge.end)
        before.setdefault(edge.end, []).append(edge.start)
    columns = [list(column) for column in columns]
    for sweep in range(_SWEEPS):
        neighbours = before if sweep % 2 == 0 else after
        for column in columns if sweep % 2 == 0 else reversed(columns):
            places = {ref: _place(row, len(c)) for c in columns for row, ref in enumerate(c)}
            column.sort(key=lambda ref: _middle(ref, neighbours, places))
    return columns


def _place(row: int, count: int) -> float:
    return row - (count - 1) / 2


def _middle(
    ref: ObjectRef, neighbours: Mapping[ObjectRef, list[ObjectRef]], places: Mapping[ObjectRef, float]
) -> float:
    near = neighbours.get(ref)
    return sum(places[other] for other in near) / len(near) if near else places[ref]
