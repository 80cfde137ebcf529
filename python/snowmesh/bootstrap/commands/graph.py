"""`mesh-bootstrap graph`."""

from __future__ import annotations

from pathlib import Path

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles


@click.command(cls=base.Command)
@base.file_option
@base.output_option("mermaid", "svg", what="the graph")
@click.option("--objects", is_flag=True, help="Also what the roles reach: databases, schemas, warehouses.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of printing.")
def graph(*, file: MeshFiles, output: str, objects: bool, out: Path | None) -> None:
    """Draw who holds which role and which role inherits which. No connection.

    \b
    Examples:
      mesh-bootstrap graph                                   Mermaid, for Markdown
      mesh-bootstrap graph --output svg --out roles.svg
      mesh-bootstrap graph --objects --output svg --out mesh.svg
    """
    from snowmesh.bootstrap import graph_views, role_graph
    from snowmesh.bootstrap.problems import BootstrapError

    found = role_graph.build(account.declared(file), objects=objects)
    text = graph_views.svg(found) if output == "svg" else graph_views.mermaid(found)
    if out is None:
        click.echo(text)
        return
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        text = f"the graph cannot be written to {out}: {error.strerror}."
        raise BootstrapError(text, "name another --out.") from None
