"""`mesh-bootstrap explain`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles

if TYPE_CHECKING:
    from snowmesh.bootstrap.explanation import Explained, Explanation


@click.command(cls=base.Command)
@click.argument("question", nargs=-1, required=True)
@base.file_option
@base.output_option("text", "json", what="the answer")
def explain(*, question: tuple[str, ...], file: MeshFiles, output: str) -> None:
    """Say which line of the mesh file causes a role, a grant or a statement, and what a line causes.

    QUESTION is a role or another name, a grant, a statement of the plan, or FILE:LINE. No connection.

    \b
    Examples:
      mesh-bootstrap explain finance_role
      mesh-bootstrap explain usage on database foundational_db to role finance_role
      mesh-bootstrap explain 'GRANT ROLE "FINANCE_ROLE" TO ROLE "SYSADMIN"'
      mesh-bootstrap explain mesh.yml:23
    """
    from snowmesh.bootstrap import explanation

    found = explanation.explain(account.declared(file), " ".join(question))
    click.echo(_as_json(found) if output == "json" else _as_text(found))


def _as_text(found: Explanation) -> str:
    from snowmesh.bootstrap.problems import printable

    lines = [f"{found.asked}:"]
    for item in found.items:
        lines.append(f"  {item.text}")
        lines.append(f"    declared at {item.cause.place} ({item.cause.place.path}): {item.cause.reason}")
        reason = f"; {item.why}" if item.why else ""
        lines.append(f"    {item.role}: {item.statement}{reason}")
    return "\n".join(printable(line) for line in lines)


def _as_json(found: Explanation) -> str:
    return json.dumps({"asked": found.asked, "items": [_data(item) for item in found.items]}, indent=2)


def _data(item: Explained) -> dict[str, Any]:
    place = item.cause.place
    return {
        "what": item.text,
        "declared_at": str(place),
        "declared_by": place.path,
        "reason": item.cause.reason,
        "group": item.cause.group,
        "role": item.role,
        "role_reason": item.why,
        "statement": item.statement,
    }
