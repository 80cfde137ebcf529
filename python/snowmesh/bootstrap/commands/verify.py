"""`mesh-bootstrap verify`."""

from __future__ import annotations

import sys
from typing import Any

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles


@click.command(cls=base.Command)
@base.file_option
@base.output_option("text", "json", "sql", what="the difference")
@base.connection_options
def verify(*, file: MeshFiles, output: str, **connection: Any) -> None:
    """Exit 1 when the account lacks something of the mesh file, and print what. Reads only.

    \b
    Examples:
      mesh-bootstrap verify -c admin
      mesh-bootstrap verify --local --output json
    """
    from snowmesh.bootstrap import render

    found, target = account.planned_from(file, connection)
    click.echo(render.render(found, target, output))
    sys.exit(base.FINDINGS if found.steps else base.DONE)
