"""The steps that commands share: load the mesh file, open a session, plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands.base import progress

EMPTY = "(empty)"  # the account of plan --against-empty

if TYPE_CHECKING:
    from snowmesh.account.state import Account
    from snowmesh.bootstrap.changes import Plan
    from snowmesh.bootstrap.connect import ConnectorSession
    from snowmesh.bootstrap.declared import Declared
    from snowmesh.bootstrap.destruction import Destruction
    from snowmesh.bootstrap.mesh_files import MeshFiles
    from snowmesh.bootstrap.plan_document import Target
    from snowmesh.bootstrap.sources import Options


def planned_from(file: MeshFiles, connection: dict[str, Any]) -> tuple[Plan, Target]:
    """The plan of a mesh file against the account that the options name."""
    from snowmesh.bootstrap import sources

    found = tested(file)  # first: a wrong file needs no connection
    return planned(session(sources.parameters(options(connection))), found)


def declared(file: MeshFiles) -> Declared:
    """The account that mesh files declare."""
    from snowmesh.bootstrap import declared

    return declared.load(file)


def tested(file: MeshFiles) -> Declared:
    """As `declared`, and its access tests pass."""
    from snowmesh.bootstrap import declared

    return declared.load_tested(file)


def options(connection: dict[str, Any]) -> Options:
    """The connection options of the command line."""
    from snowmesh.bootstrap import sources

    port = connection.pop("local")
    return sources.Options(**connection, local=None if port is None else sources.local_port(port))


def refuse_connection(option: str, connection: dict[str, Any]) -> None:
    """Raise BootstrapError when an option that needs no account is given together with one."""
    from snowmesh.bootstrap.problems import BootstrapError

    given = [f"--{name.replace('_', '-')}" for name, value in connection.items() if value is not None]
    if given:
        raise BootstrapError(f"{option} needs no connection, and {' and '.join(given)} names one.", "use one of them.")


def session(parameters: dict[str, Any]) -> ConnectorSession:
    """An open session, closed when the command ends."""
    from snowmesh.bootstrap import connect

    if text := connect.warning(parameters):
        progress(f"Warning: {text}")
    context = click.get_current_context()
    context.with_resource(_quiet_threads())
    return context.with_resource(closing(connect.open_session(parameters)))


@contextmanager
def _quiet_threads() -> Iterator[None]:
    """Keep the connector's helper threads from printing a traceback when the server is gone."""
    import threading

    before = threading.excepthook
    threading.excepthook = lambda _: None
    try:
        yield
    finally:
        threading.excepthook = before


def planned(session: ConnectorSession, declared: Declared, *, warn: bool = True) -> tuple[Plan, Target]:
    """Read the account and compare; warnings go to stderr."""
    from snowmesh.bootstrap.current import read_account
    from snowmesh.bootstrap.plan import make_plan
    from snowmesh.bootstrap.plan_document import Target

    found = make_plan(declared, read_account(session, declared))
    if warn:
        print_warnings(found)
    return found, Target(session.account, session.user)


def destruction(session: ConnectorSession, declared: Declared) -> tuple[Destruction, Account]:
    """Read the account, and what a destruction would drop."""
    from snowmesh.bootstrap import contents, destruction
    from snowmesh.bootstrap.current import read_account

    current = read_account(session, declared)
    there = [ref for ref in declared.account.objects if ref in current.objects]
    held = contents.of_databases(session, declared, [r for r in there if r.type.value == "DATABASE"])
    owned = contents.owned_by(session, [r for r in there if r.type.value == "ROLE"])
    return destruction.destruction(declared, current, held, owned, session.user), current


def against_empty(file: MeshFiles) -> tuple[Plan, Target]:
    """The plan for an account that has nothing yet; needs no connection."""
    from snowmesh.account.system import fresh_account
    from snowmesh.bootstrap.plan import make_plan
    from snowmesh.bootstrap.plan_document import Target

    found = make_plan(tested(file), fresh_account(EMPTY))
    print_warnings(found)
    return found, Target(EMPTY, EMPTY)


def print_warnings(plan: Plan) -> None:
    """The warnings of a plan, on stderr."""
    from snowmesh.bootstrap.problems import printable

    for text in plan.warnings:
        progress(f"Warning: {printable(text)}")
