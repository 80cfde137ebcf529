"""Answer a SHOW or DESCRIBE statement from an account."""

from __future__ import annotations

from collections.abc import Mapping

from snowmesh.account.state import Account
from snowmesh.local.session import ResultSet, Session
from snowmesh.local.show import (
    containers,
    describe,
    future_grants,
    governance,
    grants,
    parameters,
    principals,
    relations,
)
from snowmesh.local.show.request import Request
from snowmesh.local.show.statements import Describe, ShowFutureGrants, ShowGrants, ShowParameters, ShowStatement

LISTINGS = {**containers.LISTINGS, **governance.LISTINGS, **principals.LISTINGS, **relations.LISTINGS}


def execute(
    statement: ShowStatement, account: Account, session: Session, parameters_set: Mapping[str, str] | None = None
) -> ResultSet:
    """The result of a statement for this session. Raises SnowflakeError.

    `parameters_set`: what ALTER SESSION SET has set, by upper-case name, for SHOW PARAMETERS.
    """
    request = Request(account, session)
    if isinstance(statement, ShowGrants):
        return grants.execute(request, statement)
    if isinstance(statement, ShowFutureGrants):
        return future_grants.execute(request, statement)
    if isinstance(statement, ShowParameters):
        return parameters.execute(statement, parameters_set or {})
    if isinstance(statement, Describe):
        return describe.execute(request, statement)
    return LISTINGS[statement.what].answer(request, statement)
