"""`mesh-bootstrap validate`."""

from __future__ import annotations

import sys

import click

from snowmesh.bootstrap.commands import base
from snowmesh.bootstrap.mesh_files import MeshFiles


@click.command(cls=base.Command)
@base.file_option
@base.output_option("text", "json", what="the result")
def validate(*, file: MeshFiles, output: str) -> None:
    """Check the mesh file without a connection: every error at once, and its access tests.

    Without --env every environment is checked. Exit 1 when something is wrong or a test fails.

    \b
    Examples:
      mesh-bootstrap validate
      mesh-bootstrap validate --file mesh/ --env prod
      mesh-bootstrap validate --file platform.yml --file sales.yml --output json
    """
    from snowmesh.bootstrap import validation

    found = validation.validate(file)
    click.echo(validation.as_json(found) if output == "json" else validation.as_text(found))
    sys.exit(base.DONE if found.valid else base.FINDINGS)
