"""`mesh-bootstrap export`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from snowmesh.bootstrap.commands import base


@click.command(cls=base.Command)
@base.snapshot_option
@base.out_option
@base.connection_options
def export(*, from_snapshot: Path | None, out: Path | None, **connection: Any) -> None:
    """Write a mesh file that declares the account as it is. Reads only.

    Domains are recognised by who builds in which schemas; equal grants are one entry. A plan of the file has no
    changes. What a mesh file has no words for is not in it, and is listed on stderr.

    \b
    Examples:
      mesh-bootstrap export -c admin --out mesh.yml
      mesh-bootstrap export --from-snapshot state.json
    """
    from snowmesh.bootstrap import export
    from snowmesh.bootstrap.commands import offline
    from snowmesh.bootstrap.problems import printable

    found = export.export(offline.whole_account(from_snapshot, connection))
    for note in found.notes:
        base.progress(f"Note: {printable(note)}.")
    offline.write(out, found.text)
