"""The picture of a mesh: every role grant is an edge, nothing overlaps, no name is markup."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

from click.testing import CliRunner

from snowmesh.account.objects import role, schema, user
from snowmesh.bootstrap import graph_layout, graph_views, mesh_file, role_graph
from snowmesh.bootstrap.cli import main
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.expand import expand

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "projects" / "mesh.yml"
SVG = "{http://www.w3.org/2000/svg}"


def example() -> Declared:
    return expand(mesh_file.load(EXAMPLE))


def large() -> Declared:
    readers = [f"r{n}" for n in range(12)]
    domains = ", ".join(f"d{n}: {{readers: [d{n}_{readers[n]}, d{n}_x]}}" for n in range(12))
    users = ", ".join(f"u{n}: {{type: service, domain: d{n}}}" for n in range(12))
    return expand(mesh_file.loads(f"domains: {{{domains}}}\nusers: {{{users}}}"))


def test_every_role_grant_is_an_edge() -> None:
    graph = role_graph.build(example())
    edges = {(edge.start, edge.end) for edge in graph.edges}
    assert edges == {(m.to, role(str(m.role))) for m in example().account.memberships}
    assert {node.ref for node in graph.nodes} >= {user("FINANCE_DBT"), role("SYSADMIN"), role("MARKETING_ROLE")}


def test_with_objects_every_privilege_is_on_an_edge() -> None:
    graph = role_graph.build(example(), objects=True)
    label = {(e.start, e.end): e.label for e in graph.edges}[role("FINANCE_ROLE"), schema("FINANCE_DB", "PROD")]
    assert label.startswith("USAGE, CREATE TABLE")


def test_boxes_do_not_overlap_and_edges_go_to_the_right() -> None:
    for declared in (example(), large()):
        graph = role_graph.build(declared, objects=True)
        boxes = graph_layout.layout(graph)
        assert set(boxes) == {node.ref for node in graph.nodes}
        for one, other in combinations(boxes.values(), 2):
            apart = one.x + one.width < other.x or other.x + other.width < one.x
            assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y
        for edge in graph.edges:
            assert boxes[edge.start].x + boxes[edge.start].width < boxes[edge.end].x
        width, height = graph_layout.size(boxes.values())
        assert all(box.x + box.width <= width and box.y + box.height <= height for box in boxes.values())


def test_names_are_text_in_both_views() -> None:
    text = """domains: {odd: {owner: '"<b>&""; click n0 call()"', database: '"a]]>--b"'}}"""
    graph = role_graph.build(expand(mesh_file.loads(text)), objects=True)
    root = ElementTree.fromstring(graph_views.svg(graph))
    labels = [element.text for element in root.iter(f"{SVG}text")]
    assert '"<b>&""; click n0 call()"' in labels
    mermaid = graph_views.mermaid(graph)
    assert not any(sign in mermaid for sign in ("<b>", "call()", '"; click'))
    assert '["#34;#60;b#62;#38;#34;#34;#59; click n0 call#40;#41;#34;"]' in mermaid


def test_the_views_are_the_same_every_time() -> None:
    for view in (graph_views.svg, graph_views.mermaid):
        assert view(role_graph.build(example())) == view(role_graph.build(example()))


def test_a_mesh_of_nothing_but_a_role_is_drawn() -> None:
    assert "<svg" in graph_views.svg(role_graph.RoleGraph((), ()))


def test_the_picture_of_the_guide_is_what_the_command_draws(tmp_path: Path) -> None:
    out = tmp_path / "mesh.svg"
    arguments = ["graph", "--file", str(EXAMPLE), "--objects", "--output", "svg", "--out", str(out)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    assert out.read_text() == (ROOT / "docs" / "images" / "mesh.svg").read_text()


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["graph", "--file", str(EXAMPLE), "--out", str(tmp_path / "no" / "x.svg")])
    assert (found.exit_code, found.stderr.startswith("Error: the graph cannot be written to ")) == (2, True)
