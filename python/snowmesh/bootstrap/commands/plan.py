"""`mesh-bootstrap plan`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands import account, base, offline
from snowmesh.bootstrap.mesh_files import MeshFiles

if TYPE_CHECKING:
    from snowmesh.bootstrap.changes import Plan
    from snowmesh.bootstrap.plan_document import Target


@click.command(cls=base.Command)
@base.file_option
@base.output_option("text", "json", "sql", "markdown", what="the plan")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Also write the plan for 'apply PLAN'.")
@base.snapshot_option
@click.option("--against-empty", is_flag=True, help="Plan for an account that has nothing yet; no connection.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 1 when there are changes.")
@base.connection_options
def plan(
    *,
    file: MeshFiles,
    output: str,
    out: Path | None,
    from_snapshot: Path | None,
    against_empty: bool,
    detailed_exitcode: bool,
    **connection: Any,
) -> None:
    """Print what differs between the account and the mesh file. Reads only.

    \b
    Examples:
      mesh-bootstrap plan --local
      mesh-bootstrap plan -c admin --output sql > bootstrap.sql
      mesh-bootstrap plan -c admin --out plan.json          read it, then: mesh-bootstrap apply plan.json -c admin
      mesh-bootstrap plan --against-empty --output markdown
      mesh-bootstrap plan --from-snapshot state.json
      mesh-bootstrap plan --target prod --project-dir projects/foundational --output json
    """
    from snowmesh.bootstrap import render

    if against_empty:
        account.refuse_connection("--against-empty", {**connection, "from_snapshot": from_snapshot})
        found, target = account.against_empty(file)
    elif from_snapshot is not None:
        found, target = offline.planned(file, from_snapshot, connection)
    else:
        found, target = account.planned_from(file, connection)
    if out is not None:
        _write(out, found, target)
    click.echo(render.render(found, target, output))
    sys.exit(base.FINDINGS if detailed_exitcode and found.steps else base.DONE)


def _write(path: Path, plan: Plan, target: Target) -> None:
    from snowmesh.bootstrap import plan_document
    from snowmesh.bootstrap.problems import BootstrapError

    try:
        path.write_text(plan_document.as_json(plan, target) + "\n", encoding="utf-8")
    except OSError as error:
        text = f"the plan cannot be written to {path}: {error.strerror}."
        raise BootstrapError(text, "name another --out.") from None
