"""The rows of a protected table that a session sees: a derived table below the masks (facts A11-A14, M45).

The policy sees clear values. Its derived table ends in a LIMIT that cuts nothing: DuckDB moves no filter through a
LIMIT, so no predicate of the statement - which may fail, and print the value it failed on - meets a hidden row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.account.objects import Relation, RowAccessPolicy
from snowmesh.local.aggregation import built
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.masks import policy_value
from snowmesh.local.names import quoted

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader

ROW_ID = "_ROW_ID"
UNKNOWN_IDENTIFIER = 904
_ALL_ROWS = 2**63 - 1
_COMPILING = ("Binder Error:", "Catalog Error:", "Parser Error:")  # raised before a row is read


def row_filter(reader: Reader, relation: Relation, qualifier: str) -> exp.Expr | None:
    """The condition that visible rows meet, over the columns of `qualifier`; None without a row access policy.

    Rows for which it is FALSE or NULL are hidden (A11), whoever asks (A14).
    """
    reference = reader.context.account.row_policies.get(relation.ref)
    if reference is None:
        return None
    policy = reader.context.account.policy(reference.policy)
    if not isinstance(policy, RowAccessPolicy):
        raise SnowflakeError(
            3549,
            "42601",
            f"SQL execution error: {relation.ref.fqn} has a row access policy that does not exist. "
            "Please contact the policy administrator.",
        )
    reader.findings.filtered = True
    return exp.paren(policy_value(reader, relation, policy, reference.columns, qualifier))


def visible_rows(
    reader: Reader, relation: Relation, source: exp.Expr, qualifier: str, with_row_id: bool = False
) -> exp.Subquery:
    """A derived table of the rows of `source`, which stands under the name `qualifier`, that the session sees."""
    columns: list[exp.Expr] = [
        exp.alias_(exp.column(quoted(c.name), table=quoted(qualifier)), quoted(c.name)) for c in relation.columns
    ]
    if with_row_id:
        columns.append(exp.alias_(exp.column("rowid", table=quoted(qualifier)), quoted(ROW_ID)))
    query = exp.select(*columns, copy=False).from_(source, copy=False)
    condition = row_filter(reader, relation, qualifier)
    if condition is not None:
        query = query.where(condition, copy=False)
    return exp.Subquery(this=built(query.limit(_ALL_ROWS, copy=False)))


@contextmanager
def redacted(reader: Reader | None) -> Iterator[None]:
    """Where rows are hidden, tell nothing of what the engine failed on (E17, M58); only that a name was wrong."""
    try:
        yield
    except SnowflakeError as error:
        compiled = error.code == UNKNOWN_IDENTIFIER or error.message.startswith(_COMPILING)
        if reader is None or not reader.findings.filtered or compiled:
            raise
        raise SnowflakeError(error.code, error.sqlstate, "Error in secure object") from None
