"""`mesh-bootstrap destroy`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles

if TYPE_CHECKING:
    from snowmesh.bootstrap.destruction import Destruction
    from snowmesh.bootstrap.plan_document import Target


@click.command(cls=base.Command)
@base.file_option
@click.option("--with-data", is_flag=True, help="Also drop databases that hold tables, views or anything else.")
@click.option("--plan-only", is_flag=True, help="Print what would be dropped and its hash; change nothing.")
@click.option("--expect-account", metavar="NAME", help="Instead of the question: the account that must be this one.")
@click.option("--confirm", metavar="HASH", help="Instead of the question: the hash that --plan-only printed.")
@base.connection_options
def destroy(
    *,
    file: MeshFiles,
    with_data: bool,
    plan_only: bool,
    expect_account: str | None,
    confirm: str | None,
    **connection: Any,
) -> None:
    """Drop what the mesh file declares and mesh-bootstrap made. Asks for the account's name.

    An object is dropped only when the mesh file declares it, its declared owner owns it, and its comment has the mark
    of mesh-bootstrap. Databases that hold anything are refused without --with-data. Without a terminal it needs both
    --expect-account and --confirm.

    \b
    Examples:
      mesh-bootstrap destroy --local --plan-only
      mesh-bootstrap destroy -c admin
      mesh-bootstrap destroy -c admin --with-data --expect-account ORG-DEV --confirm 5f0c...
    """
    from snowmesh.bootstrap import destruction, plan_document, render, result, sources
    from snowmesh.bootstrap.run import apply_plan

    declared = account.declared(file)
    session = account.session(sources.parameters(account.options(connection)))
    found, current = account.destruction(session, declared)
    target = plan_document.Target(session.account, session.user)
    digest = plan_document.digest(found.plan, target)
    click.echo(_shown(found, target, render.as_text(found.plan, target)))
    if not found.plan.steps:
        sys.exit(base.DONE)
    click.echo(f"Hash of this plan: {digest}")
    if plan_only:
        sys.exit(base.DONE)
    _check_data(found, with_data)
    _check_wanted(target, digest, expect_account, confirm)
    session.tag(f"mesh-bootstrap destroy {digest}")
    outcome = apply_plan(session, found.plan, base.progress)
    left, _ = account.destruction(session, declared)
    text, code = result.destroyed(found.plan, outcome, left.plan)
    click.echo("\n".join([text, *_undo(destruction.undo(found, current))]))
    sys.exit(code)


def _shown(found: Destruction, target: Target, text: str) -> str:
    from snowmesh.bootstrap.problems import printable
    from snowmesh.bootstrap.wording import say

    lines = [text]
    if found.left:
        lines += ["", "Left as they are:", *(printable(f"  {say(left.ref)}: {left.why}") for left in found.left)]
    if found.occupied:
        lines += ["", "Not empty:", *(printable(f"  {say(ref)}: {what}") for ref, what in found.occupied)]
    return "\n".join(lines)


def has_terminal() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty()


def _check_data(found: Destruction, with_data: bool) -> None:
    """Raise BootstrapError when something would be lost that was not asked for."""
    from snowmesh.bootstrap.problems import BootstrapError, printable
    from snowmesh.bootstrap.wording import say

    if found.occupied and not with_data:
        names = printable(", ".join(say(ref) for ref, _ in found.occupied))
        raise BootstrapError(f"not empty: {names}; nothing was changed.", "add --with-data to drop what it holds.")


def _check_wanted(target: Target, digest: str, expect_account: str | None, confirm: str | None) -> None:
    """Raise BootstrapError unless the destruction is wanted, of this account, as it was read."""
    from snowmesh.bootstrap.problems import BootstrapError

    if expect_account is not None or confirm is not None:
        _check_given(target, digest, expect_account, confirm)
        return
    if not has_terminal():
        text = "destroy wants to ask and there is no terminal; nothing was changed."
        raise BootstrapError(text, "give --expect-account and --confirm.")
    typed = click.prompt(f"Type the account's name, {target.account}, to drop this", err=True, default="")
    if typed.strip().upper() != target.account.upper():
        raise BootstrapError("that is not the account's name; nothing was changed.")


def _check_given(target: Target, digest: str, expect_account: str | None, confirm: str | None) -> None:
    from snowmesh.bootstrap.problems import BootstrapError, printable

    if expect_account is None or confirm is None:
        raise BootstrapError("--expect-account and --confirm go together; nothing was changed.", "give both.")
    if expect_account.upper() != target.account.upper():
        text = f"this is account {target.account}, not {printable(expect_account)}; nothing was changed."
        raise BootstrapError(text, "check the connection.")
    if confirm != digest:
        raise BootstrapError(
            "--confirm is not the hash of this plan; nothing was changed.", "run destroy --plan-only and read it."
        )


def _undo(lines: list[str]) -> list[str]:
    if not lines:
        return []
    return ["", "To bring the data back, as SYSADMIN, and then the rest with mesh-bootstrap apply:", *lines]
