"""`mesh-bootstrap plan`."""

from __future__ import annotations

import sys
from typing import Any

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles


@click.command(cls=base.Command)
@base.file_option
@base.output_option("text", "json", "sql", what="the plan")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 1 when there are changes.")
@base.connection_options
def plan(*, file: MeshFiles, output: str, detailed_exitcode: bool, **connection: Any) -> None:
    """Print what the account lacks of the mesh file. Reads only.

    \b
    Examples:
      mesh-bootstrap plan --local
      mesh-bootstrap plan -c admin --output sql > bootstrap.sql
      mesh-bootstrap plan --target prod --project-dir projects/foundational --output json
    """
    from snowmesh.bootstrap import render

    found, target = account.planned_from(file, connection)
    click.echo(render.render(found, target, output))
    sys.exit(base.FINDINGS if detailed_exitcode and found.steps else base.DONE)
