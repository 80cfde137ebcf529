"""What every command has: errors without a traceback, exit codes, and the options that several commands share."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from snowmesh.bootstrap.mesh_files import MeshFiles
from snowmesh.errors import UserError

F = TypeVar("F", bound=Callable[..., Any])
DONE, FINDINGS, COULD_NOT_RUN = 0, 1, 2
_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


class Command(click.Command):
    """A command that reports what a user can mend in one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _one_line  # what libraries warn about, without their source lines
                return super().invoke(ctx)
        except UserError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(COULD_NOT_RUN)
        except KeyboardInterrupt:
            click.echo("Stopped. What was applied stays; the next apply does the rest.", err=True)
            ctx.exit(COULD_NOT_RUN)


def _one_line(message: Warning | str, *_: Any, **__: Any) -> None:
    text = " ".join(str(message).split())
    progress(f"Warning: {''.join(c for c in text if c.isprintable())}")


def connection_options(command: F) -> F:
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


def file_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which mesh: `--file`, several times or a folder, and `--env`. The command gets both as `file`, a MeshFiles."""

    @wraps(command)
    def with_files(*, file: tuple[Path, ...], env: str | None, **rest: Any) -> Any:
        return command(file=MeshFiles(file or MeshFiles().paths, env), **rest)

    options = (
        click.option(
            "-f",
            "--file",
            type=click.Path(path_type=Path),
            multiple=True,
            help="The mesh file, or a folder of them; may be given several times.  [default: mesh.yml]",
        ),
        click.option("--env", metavar="NAME", help="One of the environments that the mesh declares."),
    )
    found: Callable[..., Any] = with_files
    for option in reversed(options):
        found = option(found)
    return found


def out_option(command: F) -> F:
    """`--out`: a file instead of stdout."""
    return click.option("--out", type=_FILE, help="Write to this file instead of stdout.")(command)


def snapshot_option(command: F) -> F:
    """`--from-snapshot`: a file instead of a connection."""
    return click.option("--from-snapshot", type=_FILE, help="The account as 'snapshot' wrote it; no connection.")(
        command
    )


def output_option(*formats: str, what: str) -> Callable[[F], F]:
    """`--output`: one of `formats`, the first by default; `what` is printed."""
    return click.option(
        "--output", type=click.Choice(formats), default=formats[0], show_default=True, help=f"How {what} is printed."
    )


def progress(line: str) -> None:
    """A line for people, on stderr."""
    click.echo(line, err=True)
