"""The steps that commands share: load the mesh file, open a session, plan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click

from snowmesh.bootstrap.commands.base import progress

if TYPE_CHECKING:
    from snowmesh.bootstrap.changes import Plan
    from snowmesh.bootstrap.connect import ConnectorSession
    from snowmesh.bootstrap.declared import Declared
    from snowmesh.bootstrap.mesh_files import MeshFiles
    from snowmesh.bootstrap.render import Target
    from snowmesh.bootstrap.sources import Options


def planned_from(file: MeshFiles, connection: dict[str, Any]) -> tuple[Plan, Target]:
    """The plan of a mesh file against the account that the options name."""
    from snowmesh.bootstrap import sources

    found = declared(file)  # first: a wrong file needs no connection
    return planned(session(sources.parameters(options(connection))), found)


def declared(file: MeshFiles) -> Declared:
    """The account that mesh files declare."""
    from snowmesh.bootstrap import declared

    return declared.load(file)


def options(connection: dict[str, Any]) -> Options:
    """The connection options of the command line."""
    from snowmesh.bootstrap import sources

    port = connection.pop("local")
    return sources.Options(**connection, local=None if port is None else sources.local_port(port))


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
    from snowmesh.bootstrap.problems import printable
    from snowmesh.bootstrap.render import Target

    found = make_plan(declared, read_account(session, declared))
    for text in found.warnings if warn else ():
        progress(f"Warning: {printable(text)}")
    return found, Target(session.account, session.user)
