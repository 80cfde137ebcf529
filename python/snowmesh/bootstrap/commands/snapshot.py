"""`mesh-bootstrap snapshot`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from snowmesh.bootstrap.commands import base


@click.command(cls=base.Command)
@base.out_option
@base.connection_options
def snapshot(*, out: Path | None, **connection: Any) -> None:
    """Write the account as a file, against which plans are made without a connection. Reads only.

    It holds the names of roles, users, warehouses, databases and schemas, and who holds what; no secret and no data.

    \b
    Examples:
      mesh-bootstrap snapshot -c admin --out state.json
      mesh-bootstrap plan --from-snapshot state.json
    """
    from snowmesh.bootstrap import snapshot
    from snowmesh.bootstrap.commands import offline

    offline.write(out, snapshot.write(offline.whole_account(None, connection)))
