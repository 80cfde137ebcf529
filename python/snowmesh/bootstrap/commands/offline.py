"""The account from a snapshot file or a connection, and files that commands write."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands import account

if TYPE_CHECKING:
    from snowmesh.account.state import Account
    from snowmesh.bootstrap.changes import Plan
    from snowmesh.bootstrap.mesh_files import MeshFiles
    from snowmesh.bootstrap.plan_document import Target


def whole_account(path: Path | None, connection: dict[str, Any]) -> Account:
    """Everything in the account: of a snapshot, or of the account that the options name."""
    from snowmesh.bootstrap import snapshot, sources

    if path is not None:
        account.refuse_connection("--from-snapshot", connection)
        return snapshot.load(path)
    parameters = sources.parameters(account.options(connection))
    return snapshot.read_everything(account.session(parameters))


def planned(file: MeshFiles, path: Path, connection: dict[str, Any]) -> tuple[Plan, Target]:
    """The plan of mesh files against a snapshot. It is not made for `apply`: the account may have moved on."""
    from snowmesh.bootstrap.plan import make_plan
    from snowmesh.bootstrap.plan_document import Target

    declared = account.tested(file)
    current = whole_account(path, connection)
    found = make_plan(declared, current)
    account.print_warnings(found)
    return found, Target(current.name, f"snapshot {path.name}")


def write(path: Path | None, text: str) -> None:
    """Write a text to a file, or to stdout. Raises BootstrapError."""
    from snowmesh.bootstrap.problems import BootstrapError

    if path is None:
        click.echo(text, nl=False, file=sys.stdout)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BootstrapError(f"{path} cannot be written: {error.strerror}.", "name another --out.") from error
