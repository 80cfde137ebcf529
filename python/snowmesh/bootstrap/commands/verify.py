"""`mesh-bootstrap verify`."""

from __future__ import annotations

import sys
from typing import Any

import click

from snowmesh.bootstrap.commands import account, base
from snowmesh.bootstrap.mesh_files import MeshFiles


@click.command(cls=base.Command)
@base.file_option
@base.output_option("text", "json", "sarif", "junit", "markdown", what="the drift")
@base.connection_options
def verify(*, file: MeshFiles, output: str, **connection: Any) -> None:
    """Exit 1 when the account has drifted from the mesh file, and print how. Reads only.

    Also evaluates the access tests of the mesh file on the account.

    \b
    Examples:
      mesh-bootstrap verify -c admin
      mesh-bootstrap verify --local --output json
      mesh-bootstrap verify -c admin --output sarif > drift.sarif
    """
    from snowmesh.bootstrap import current_relations, sources, verification, verify_views
    from snowmesh.bootstrap.current import read_account
    from snowmesh.bootstrap.plan_document import Target

    declared = account.declared(file)
    session = account.session(sources.parameters(account.options(connection)))
    found = read_account(session, declared, thorough=True)
    found = current_relations.read(session, found, (test.on for test in declared.tests))
    report = verification.verify(declared, found, Target(session.account, session.user))
    click.echo(verify_views.render(report, output))
    sys.exit(base.DONE if report.clean else base.FINDINGS)
