"""The `snowmesh` command: parse options, call one function, print, set the exit code.

Exit codes: 0 done; 1 findings or a failed statement; 2 could not run. Results go to stdout, progress and
errors to stderr. What a command needs is imported when it runs, so that --help is quick.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import click

from snowmesh.commands import projects
from snowmesh.commands.base import DONE, FILE, FINDINGS, FOLDER, Group, progress
from snowmesh.local.health import DEFAULT_PORT, HOST

_PORT = click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=DEFAULT_PORT,
    show_default=True,
    envvar="SNOWMESH_LOCAL_PORT",
    show_envvar=True,
    help="Loopback port of the server.",
)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="snowmesh", message="snowmesh %(version)s")
def main() -> None:
    """Governance of a Snowflake data mesh: declared, planned, enforced, and provable on a laptop.

    \b
    Examples:
      snowmesh local up --detach                      start a Snowflake on localhost
      snowmesh local sql -r PUBLIC "select current_role()"
      mesh-bootstrap plan                             what an account lacks of mesh.yml
    """


@main.group()
def local() -> None:
    """A Snowflake on localhost that enforces roles, grants, tags and masking policies.

    Snowflake's Python connector and dbt-snowflake connect to it over HTTP; no account is needed. It listens
    on 127.0.0.1 only. User ADMIN holds ACCOUNTADMIN; any password is accepted.
    """


@local.command()
@_PORT
@click.option("--data", type=FOLDER, help="Folder that keeps the state; default: memory.")
@click.option(
    "--scale", type=float, default=0.01, show_default=True, help="TPC-H scale of SNOWFLAKE_SAMPLE_DATA; 0: none."
)
@click.option("--detach", is_flag=True, help="Return when the server answers; stop it with `snowmesh local down`.")
@click.option("--quiet", is_flag=True, help="Do not print how to connect.")
def up(port: int, data: Path | None, scale: float, detach: bool, quiet: bool) -> None:
    """Start the local Snowflake.

    \b
    Examples:
      snowmesh local up                               in the foreground, in memory; Ctrl-C stops it
      snowmesh local up --detach --data .snowmesh     in the background; the state survives a restart
      snowmesh local up --detach --scale 1            with the true TPCH_SF1: 6,001,215 line items
    """
    from snowmesh.local import connect, process

    if detach:
        server = process.start_detached(port, data, scale, progress)
        click.echo(f"The local Snowflake answers on {HOST}:{server.port} (process {server.pid}).")
        if not quiet:
            click.echo(f"{connect.snippets(port)}\nLog: {process.log_path(port)}")
            click.echo(f"Stop it: snowmesh local down --port {port}")
        return
    try:
        process.run(port, data, scale, progress, None if quiet else lambda: click.echo(connect.snippets(port)))
    except KeyboardInterrupt:
        progress("stopped")


@local.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Only the server on this port; default: all.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def status(port: int | None, output: str) -> None:
    """Show the local Snowflakes that run; exit 1 when there is none.

    \b
    Examples:
      snowmesh local status
      snowmesh local status --port 8765 --output json
    """
    from dataclasses import asdict

    from snowmesh.local import process
    from snowmesh.report import table

    try:
        found = process.servers() if port is None else [process.find(port)]
    except process.ProcessError as error:
        progress(f"Error: {error}")
        found = []
    columns = ("port", "pid", "state", "scale", "data")
    rows = tuple(tuple(asdict(server)[column] for column in columns) for server in found)
    if output == "json":
        click.echo(table.as_json([table.Table(columns, rows)]))
    elif rows:
        click.echo(table.as_text(table.Table(columns, rows)))
    elif port is None:
        click.echo("No local Snowflake runs.\nNext: start one: snowmesh local up --detach")
    sys.exit(DONE if rows else FINDINGS)


@local.command()
@_PORT
def down(port: int) -> None:
    """Stop the local Snowflake on a port.

    \b
    Example:
      snowmesh local down --port 8765
    """
    from snowmesh.local import process

    server = process.stop(port)
    click.echo(f"The local Snowflake on port {server.port} (process {server.pid}) has stopped.")


@local.command()
@click.argument("sql")
@click.option("-r", "--role", default="ACCOUNTADMIN", show_default=True, help="Primary role.")
@click.option(
    "--secondary",
    type=click.Choice(["none", "all"]),
    default="none",
    show_default=True,
    help="Secondary roles: none shows what the role alone sees; all is Snowflake's default for users.",
)
@click.option("-u", "--user", default="ADMIN", show_default=True, help="User; any password is accepted.")
@click.option("-w", "--warehouse", default="", help="Warehouse of the session.")
@click.option("--output", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
@_PORT
def sql(*, sql: str, role: str, secondary: str, user: str, warehouse: str, output: str, port: int) -> None:
    """Run SQL as a role and print the rows; SQL "-" reads statements from standard input.

    \b
    Examples:
      snowmesh local sql -r FINANCE_ROLE "select name from foundational_db.prod.fct_orders limit 3"
      snowmesh local sql -r FINANCE_ROLE --secondary all "select current_secondary_roles()"
      snowmesh local sql --output json "show roles" | jq '.[].name'
      cat setup.sql | snowmesh local sql -
    """
    from snowmesh.local.connect import Login
    from snowmesh.report import query

    text = sys.stdin.read() if sql == "-" else sql
    failure = query.run(text, Login(port, role, user, secondary, warehouse), output, click.echo)
    if failure:
        progress(f"Error: {failure}")
        sys.exit(FINDINGS)


@main.command()
@click.argument("model", default="fct_orders")
@click.option("-f", "--file", type=FILE, default=Path("projects/mesh.yml"), show_default=True, help="The mesh file.")
@click.option(
    "--project-dir",
    type=FOLDER,
    default=Path("projects/foundational"),
    show_default=True,
    help="The dbt project of the model, built or parsed.",
)
@click.option("-r", "--role", "roles", multiple=True, help="Only these roles; default: all of the mesh file.")
@click.option(
    "-c", "--connection", metavar="NAME", help="A connection of connections.toml; default: the local Snowflake."
)
@_PORT
@click.option("--output", type=click.Choice(["text", "json"]), default="text", show_default=True)
def proof(
    *, model: str, file: Path, project_dir: Path, roles: tuple[str, ...], connection: str | None, port: int, output: str
) -> None:
    """Read a product as every role, and compare with what mesh.yml and the dbt YAML declare.

    Columns down, roles across; each cell is a real value, read with secondary roles off: clear, masked, or
    refused. Exit 1 when a cell is not as declared.

    \b
    Examples:
      snowmesh proof                                  fct_orders of projects/foundational
      snowmesh proof stg_customers -r finance_role
      snowmesh proof fct_orders -c admin --output json
    """
    from snowmesh.bootstrap import connect, sources
    from snowmesh.report import proof as report

    options = sources.Options(connection=connection, local=None if connection else port)
    session = cache(lambda: connect.open_session(sources.parameters(options)))  # a wrong file needs no connection
    subject = report.subject(file, project_dir, model, roles, session)
    found = report.prove(session(), subject)
    click.echo(report.as_document(found) if output == "json" else report.as_text(found))
    sys.exit(DONE if found.holds else FINDINGS)


for command in (projects.build, projects.impact, projects.migrate):
    main.add_command(command)
