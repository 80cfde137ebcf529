"""The `mesh-bootstrap` command. Each subcommand is a module of `commands`.

What needs a connection or YAML is imported when it runs, so that --help is quick.
"""

from __future__ import annotations

import click

from snowmesh.bootstrap.commands.apply import apply
from snowmesh.bootstrap.commands.plan import plan
from snowmesh.bootstrap.commands.verify import verify

# in the order of --help
COMMANDS = (plan, apply, verify)


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(self.commands)


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


for _command in COMMANDS:
    main.add_command(_command)


if __name__ == "__main__":
    main()
