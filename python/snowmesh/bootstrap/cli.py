"""The `mesh-bootstrap` command. Each subcommand is a module of `commands`.

What needs a connection or YAML is imported when it runs, so that --help is quick.
"""

from __future__ import annotations

from importlib import import_module

import click

# in the order of --help; the module of `commands` of that name is imported when the command runs
COMMANDS = ("validate", "plan", "apply", "verify", "explain", "graph", "destroy", "export", "snapshot", "schema")


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, from its module."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"snowmesh.bootstrap.commands.{cmd_name}"), cmd_name)
        return found


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="snowmesh", message="mesh-bootstrap %(version)s")
def main() -> None:
    """Set up the roles, warehouses, databases, users and grants of a mesh, as mesh.yml declares them.

    What mesh.yml declares and the account lacks is made, what the account grants beyond it is revoked, and what
    mesh.yml does not name is left alone. Only destroy drops anything. The account is named by one of -c, a dbt
    target, --local, or SNOWFLAKE_* environment variables.

    \b
    Examples:
      mesh-bootstrap plan                                   what differs between the account and ./mesh.yml
      mesh-bootstrap plan --file projects/mesh.yml --local  the same for the local Snowflake
      mesh-bootstrap apply -c admin                         carry it out; connection 'admin' of connections.toml
      mesh-bootstrap verify --project-dir foundational      exit 1 when the account has drifted
      mesh-bootstrap explain finance_role                   which lines of mesh.yml give it what

    \b
    Exit codes: 0 done; 1 a statement failed, or something differs; 2 could not run.
    """


if __name__ == "__main__":
    main()
