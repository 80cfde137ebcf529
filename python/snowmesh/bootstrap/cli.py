"""The `mesh-bootstrap` command: parse options, call one function, print, set the exit code.

What needs a connection or YAML is imported when it runs, so that --help is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from snowmesh.errors import UserError

if TYPE_CHECKING:
    from snowmesh.bootstrap.changes import Plan
    from snowmesh.bootstrap.connect import ConnectorSession
    from snowmesh.bootstrap.expand import Declared
    from snowmesh.bootstrap.render import Target
    from snowmesh.bootstrap.sources import Options

F = TypeVar("F", bound=Callable[..., Any])
DONE, FINDINGS, COULD_NOT_RUN = 0, 1, 2
_FOLDER = click.Path(file_okay=False, path_type=Path)


class _Command(click.Command):
    """A command that reports what a user can mend in one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(COULD_NOT_RUN)
        except KeyboardInterrupt:
            click.echo("Stopped. What was applied stays; the next apply does the rest.", err=True)
            ctx.exit(COULD_NOT_RUN)


class _Group(click.Group):
    command_class = _Command


def _connection_options(command: F) -> F:
    """The ways to say which account; at most one."""
    options = (
        click.option("-c", "--connection", metavar="NAME", help="A connection of connections.toml."),
        click.option("--profile", metavar="NAME", help="A dbt profile; default: the one of the project."),
        click.option("--target", "-t", metavar="NAME", help="A target of the dbt profile; default: the profile's own."),
        click.option("--profiles-dir", type=_FOLDER, help="Folder of profiles.yml."),
        click.option("--project-dir", type=_FOLDER, help="Folder of a dbt project, whose profile is used."),
        click.option(
            "--local",
            is_flag=False,
            flag_value="",
            metavar="[PORT]",
            help="The local Snowflake; port: SNOWMESH_LOCAL_PORT or 8765.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _file_option(command: F) -> F:
    return click.option(
        "-f",
        "--file",
        type=click.Path(path_type=Path),
        default=Path("mesh.yml"),
        show_default=True,
        help="The mesh file.",
    )(command)


def _output_option(command: F) -> F:
    return click.option(
        "--output",
        type=click.Choice(["text", "json", "sql"]),
        default="text",
        show_default=True,
        help="How the plan is printed.",
    )(command)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="snowmesh", message="mesh-bootstrap %(version)s")
def main() -> None:
    """Set up the roles, warehouses, databases, users and grants of a mesh, as mesh.yml declares them.

    Nothing is ever dropped or revoked, and what mesh.yml does not name is left alone. The account is named by
    one of -c, a dbt target, --local, or SNOWFLAKE_* environment variables.

    \b
    Examples:
      mesh-bootstrap plan                                   what the account lacks of ./mesh.yml
      mesh-bootstrap plan --file projects/mesh.yml --local  the same for the local Snowflake
      mesh-bootstrap apply -c admin                         carry it out; connection 'admin' of connections.toml
      mesh-bootstrap verify --project-dir foundational      exit 1 when something is missing

    \b
    Exit codes: 0 done; 1 a statement failed, or something is missing; 2 could not run.
    """


@main.command()
@_file_option
@_output_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit 1 when there are changes.")
@_connection_options
def plan(*, file: Path, output: str, detailed_exitcode: bool, **connection: Any) -> None:
    """Print what the account lacks of the mesh file. Reads only.

    \b
    Examples:
      mesh-bootstrap plan --local
      mesh-bootstrap plan -c admin --output sql > bootstrap.sql
      mesh-bootstrap plan --target prod --project-dir projects/foundational --output json
    """
    from snowmesh.bootstrap import render

    found, target = _plan(file, connection)
    click.echo(render.render(found, target, output))
    sys.exit(FINDINGS if detailed_exitcode and found.steps else DONE)


@main.command()
@_file_option
@click.option("-y", "--yes", is_flag=True, help="Do not ask; needed when there is no terminal to ask on.")
@click.option("-q", "--quiet", is_flag=True, help="Print neither the plan nor the progress, only the result.")
@_connection_options
def apply(*, file: Path, yes: bool, quiet: bool, **connection: Any) -> None:
    """Plan, ask, carry the plan out, and read the account back.

    A statement that fails does not stop what does not depend on it. The local Snowflake is not asked about.

    \b
    Examples:
      mesh-bootstrap apply --local
      mesh-bootstrap apply -c admin --yes
    """
    from snowmesh.bootstrap import connect, render, sources
    from snowmesh.bootstrap.run import apply_plan

    declared = _declared(file)
    parameters = sources.parameters(_options(connection))
    session = _session(parameters)
    found, target = _planned(session, declared)
    click.echo(render.summary(found) if quiet else render.as_text(found, target))
    if not found.steps:
        sys.exit(DONE)
    if not (yes or connect.is_local(parameters)):
        _confirm(found, target)
    outcome = apply_plan(session, found, (lambda line: None) if quiet else _progress)
    left, _ = _planned(session, declared, warn=False)
    text, code = render.result(found, outcome, left)
    click.echo(text)
    sys.exit(code)


@main.command()
@_file_option
@_output_option
@_connection_options
def verify(*, file: Path, output: str, **connection: Any) -> None:
    """Exit 1 when the account lacks something of the mesh file, and print what. Reads only.

    \b
    Examples:
      mesh-bootstrap verify -c admin
      mesh-bootstrap verify --local --output json
    """
    from snowmesh.bootstrap import render

    found, target = _plan(file, connection)
    click.echo(render.render(found, target, output))
    sys.exit(FINDINGS if found.steps else DONE)


# -- steps shared by the commands ------------------------------------------------------------------------


def _plan(file: Path, connection: dict[str, Any]) -> tuple[Plan, Target]:
    from snowmesh.bootstrap import sources

    declared = _declared(file)  # first: a wrong file needs no connection
    return _planned(_session(sources.parameters(_options(connection))), declared)


def _declared(file: Path) -> Declared:
    from snowmesh.bootstrap import expand, mesh_file

    return expand.expand(mesh_file.load(file))


def _options(connection: dict[str, Any]) -> Options:
    from snowmesh.bootstrap import sources

    port = connection.pop("local")
    return sources.Options(**connection, local=None if port is None else sources.local_port(port))


def _session(parameters: dict[str, Any]) -> ConnectorSession:
    """An open session, closed when the command ends."""
    from snowmesh.bootstrap import connect

    if text := connect.warning(parameters):
        _progress(f"Warning: {text}")
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


def _planned(session: ConnectorSession, declared: Declared, *, warn: bool = True) -> tuple[Plan, Target]:
    from snowmesh.bootstrap.current import read_account
    from snowmesh.bootstrap.plan import make_plan
    from snowmesh.bootstrap.problems import printable
    from snowmesh.bootstrap.render import Target

    found = make_plan(declared, read_account(session, declared))
    for text in found.warnings if warn else ():
        _progress(f"Warning: {printable(text)}")
    return found, Target(session.account, session.user)


def _confirm(plan: Plan, target: Target) -> None:
    from snowmesh.bootstrap.problems import BootstrapError

    if not sys.stdin.isatty():
        raise BootstrapError("apply wants to ask and there is no terminal; nothing was changed.", "add --yes.")
    count = len(plan.steps)
    if not click.confirm(f"Apply {count} change{'' if count == 1 else 's'} to account {target.account}?", err=True):
        raise BootstrapError("not confirmed; nothing was changed.")


def _progress(line: str) -> None:
    click.echo(line, err=True)


if __name__ == "__main__":
    main()
