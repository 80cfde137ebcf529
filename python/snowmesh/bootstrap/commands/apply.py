"""`mesh-bootstrap apply`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles

if TYPE_CHECKING:
    from snowmesh.bootstrap.changes import Plan
    from snowmesh.bootstrap.render import Target


@click.command(cls=base.Command)
@base.file_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask; needed when there is no terminal to ask on.")
@click.option("-q", "--quiet", is_flag=True, help="Print neither the plan nor the progress, only the result.")
@base.connection_options
def apply(*, file: MeshFiles, yes: bool, quiet: bool, **connection: Any) -> None:
    """Plan, ask, carry the plan out, and read the account back.

    A statement that fails does not stop what does not depend on it. The local Snowflake is not asked about.

    \b
    Examples:
      mesh-bootstrap apply --local
      mesh-bootstrap apply -c admin --yes
    """
    from snowmesh.bootstrap import connect, render, sources
    from snowmesh.bootstrap.run import apply_plan

    declared = account.declared(file)
    parameters = sources.parameters(account.options(connection))
    session = account.session(parameters)
    found, target = account.planned(session, declared)
    click.echo(render.summary(found) if quiet else render.as_text(found, target))
    if not found.steps:
        sys.exit(base.DONE)
    if not (yes or connect.is_local(parameters)):
        _confirm(found, target)
    outcome = apply_plan(session, found, (lambda line: None) if quiet else base.progress)
    left, _ = account.planned(session, declared, warn=False)
    text, code = render.result(found, outcome, left)
    click.echo(text)
    sys.exit(code)


def _confirm(plan: Plan, target: Target) -> None:
    from snowmesh.bootstrap.problems import BootstrapError

    if not sys.stdin.isatty():
        raise BootstrapError("apply wants to ask and there is no terminal; nothing was changed.", "add --yes.")
    count = len(plan.steps)
    if not click.confirm(f"Apply {count} change{'' if count == 1 else 's'} to account {target.account}?", err=True):
        raise BootstrapError("not confirmed; nothing was changed.")
