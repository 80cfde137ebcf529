"""`mesh-bootstrap apply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles

if TYPE_CHECKING:
    from snowmesh.bootstrap.changes import Plan
    from snowmesh.bootstrap.plan_document import Target


@click.command(cls=base.Command)
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@base.file_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask; needed when there is no terminal to ask on.")
@click.option("-q", "--quiet", is_flag=True, help="Print neither the plan nor the progress, only the result.")
@base.connection_options
def apply(*, plan: Path | None, file: MeshFiles, yes: bool, quiet: bool, **connection: Any) -> None:
    """Plan, ask, carry the plan out, and read the account back.

    With PLAN, a file of 'plan --out', the plan is made anew and must be the same: of the same account, mesh file and
    state. Then it is not asked about. What takes access away runs first. A statement that fails does not stop what
    does not depend on it. The local Snowflake is not asked about.

    \b
    Examples:
      mesh-bootstrap apply --local
      mesh-bootstrap apply -c admin --yes
      mesh-bootstrap plan -c admin --out plan.json && mesh-bootstrap apply plan.json -c admin
    """
    from snowmesh.bootstrap import connect, plan_document, render, result, sources
    from snowmesh.bootstrap.run import apply_plan

    kept = plan_document.read(plan) if plan else None
    declared = account.tested(file)
    parameters = sources.parameters(account.options(connection))
    session = account.session(parameters)
    found, target = account.planned(session, declared)
    if kept:
        plan_document.check(kept, found, target)
    click.echo(render.summary(found) if quiet else render.as_text(found, target))
    if not found.steps:
        sys.exit(base.DONE)
    if not (yes or kept or connect.is_local(parameters)):
        _confirm(found, target)
    session.tag(f"mesh-bootstrap {plan_document.digest(found, target)}")
    outcome = apply_plan(session, found, (lambda line: None) if quiet else base.progress)
    left, _ = account.planned(session, declared, warn=False)
    text, code = result.result(found, outcome, left)
    click.echo(text)
    sys.exit(code)


def _confirm(plan: Plan, target: Target) -> None:
    from snowmesh.bootstrap.problems import BootstrapError

    if not sys.stdin.isatty():
        raise BootstrapError("apply wants to ask and there is no terminal; nothing was changed.", "add --yes.")
    count = len(plan.steps)
    if not click.confirm(f"Apply {count} change{'' if count == 1 else 's'} to account {target.account}?", err=True):
        raise BootstrapError("not confirmed; nothing was changed.")
