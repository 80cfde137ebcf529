"""A role graph as Mermaid and as SVG; neither needs a browser or another program to be written."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from snowmesh.bootstrap.graph_layout import CHARACTER, HEIGHT, MARGIN, Box, layout, size
from snowmesh.bootstrap.problems import printable
from snowmesh.bootstrap.role_graph import KINDS, Edge, Node, RoleGraph

FORMATS = ("mermaid", "svg")
# fill and border by kind; dark text is legible on every fill
_COLOURS = {
    "user": ("#fff3d6", "#b58900"),
    "role": ("#dbeafe", "#2563eb"),
    "system role": ("#e5e7eb", "#6b7280"),
    "database": ("#dcfce7", "#15803d"),
    "schema": ("#ecfdf5", "#15803d"),
    "warehouse": ("#fae8ff", "#a21caf"),
    "account": ("#fee2e2", "#b91c1c"),
}
_LEGEND = 34.0
_FONT = "ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace"


def mermaid(graph: RoleGraph) -> str:
    """A Mermaid flowchart; domains are subgraphs."""
    ids = {node.ref: f"n{number}" for number, node in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    groups = dict.fromkeys(node.group for node in graph.nodes)
    for number, group in enumerate(groups):
        inside = [node for node in graph.nodes if node.group == group]
        shown = [f'{ids[node.ref]}["{_mermaid(node.label)}"]:::{_style(node)}' for node in inside]
        if group:
            lines += [f'  subgraph g{number}["{_mermaid(group)}"]', *(f"    {line}" for line in shown), "  end"]
        else:
            lines += [f"  {line}" for line in shown]
    for edge in graph.edges:
        label = f'|"{_mermaid(edge.label)}"|' if edge.label else ""
        lines.append(f"  {ids[edge.start]} -->{label} {ids[edge.end]}")
    kinds = [kind for kind in KINDS if any(node.kind == kind for node in graph.nodes)]
    for kind in kinds:
        fill, border = _COLOURS[kind]
        lines.append(f"  classDef {kind.replace(' ', '_')} fill:{fill},stroke:{border},color:#111827")
    return "\n".join(lines)


def _style(node: Node) -> str:
    return node.kind.replace(" ", "_")


def _mermaid(text: str) -> str:
    """Text that is no markup of Mermaid: everything but letters, digits and a few signs as a character code."""
    return "".join(c if c.isalnum() or c in " ._-$," else f"#{ord(c)};" for c in printable(text))


def svg(graph: RoleGraph) -> str:
    """An SVG picture with a legend."""
    boxes = layout(graph)
    width, height = size(boxes.values())
    width, height = max(width, 420.0), height + _LEGEND
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" font-family="{_FONT}" '
        'font-size="12">',
        "<title>Who holds which role, and what each role reaches</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        '<defs><marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#4b5563"/></marker></defs>',
    ]
    lines += [_edge(edge, boxes[edge.start], boxes[edge.end]) for edge in graph.edges]
    lines += [_node(node, boxes[node.ref]) for node in graph.nodes]
    lines += _legend(graph, height)
    return "\n".join([*lines, "</svg>"])


def _edge(edge: Edge, start: Box, end: Box) -> str:
    x1, y1, x2, y2 = start.x + start.width, start.middle, end.x - 2, end.middle
    bend = (x2 - x1) / 2
    path = f"M{x1:.1f} {y1:.1f} C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    title = f"<title>{escape(printable(edge.label))}</title>" if edge.label else ""
    return f'<path d="{path}" fill="none" stroke="#4b5563" stroke-opacity="0.55" marker-end="url(#end)">{title}</path>'


def _node(node: Node, box: Box) -> str:
    fill, border = _COLOURS[node.kind]
    label = printable(node.label)
    title = f"{node.kind} {label}" + (f", domain {printable(node.group)}" if node.group else "")
    return (
        f"<g><title>{escape(title)}</title>"
        f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="5" '
        f'fill="{fill}" stroke="{border}"/>'
        f'<text x="{box.x + box.width / 2:.1f}" y="{box.middle + 4:.1f}" text-anchor="middle" fill="#111827" '
        f"aria-label={quoteattr(label)}>{escape(label)}</text></g>"
    )


def _legend(graph: RoleGraph, height: float) -> list[str]:
    found, x = [], MARGIN
    for kind in KINDS:
        if any(node.kind == kind for node in graph.nodes):
            fill, border = _COLOURS[kind]
            y, style = height - HEIGHT, f'fill="{fill}" stroke="{border}"'
            found.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="14" height="14" rx="3" {style}/>')
            found.append(f'<text x="{x + 20:.1f}" y="{y + 11:.1f}" fill="#374151">{kind}</text>')
            x += 20 + len(kind) * CHARACTER + 22
    return found
