"""`mesh-bootstrap schema`."""

from __future__ import annotations

import click

from snowmesh.bootstrap.commands import base


@click.command(cls=base.Command)
def schema() -> None:
    """Print the JSON schema of mesh.yml, with which an editor completes and checks it.

    \b
    Examples:
      mesh-bootstrap schema > mesh.schema.json
    The first line of mesh.yml then is:
      # yaml-language-server: $schema=mesh.schema.json
    """
    from snowmesh.bootstrap import reference

    click.echo(reference.schema_text(), nl=False)
