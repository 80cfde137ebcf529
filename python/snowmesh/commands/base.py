"""What every command has: exit codes, folders, and errors that are one message without a traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from snowmesh.errors import UserError

DONE, FINDINGS, COULD_NOT_RUN = 0, 1, 2
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
_OPTIONAL = ("jinja2", "ruamel", "sqlglot")


class Command(click.Command):
    """A command that reports what a user can mend in one message, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UserError as error:
            click.echo(f"Error: {error}", err=True)
        except ModuleNotFoundError as error:
            if str(error.name).partition(".")[0] not in _OPTIONAL:
                raise
            click.echo(f"Error: snowmesh {ctx.info_name} needs {error.name}, which is not installed.", err=True)
            click.echo("Next: pip install 'snowmesh[projects]'", err=True)
        ctx.exit(COULD_NOT_RUN)


class Group(click.Group):
    command_class = Command


Group.group_class = Group


def progress(line: str) -> None:
    """Say what happens, on stderr."""
    click.echo(line, err=True)
