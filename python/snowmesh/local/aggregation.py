"""Aggregation policies: rows of a constrained table leave a statement in groups of the minimum size only (A23).

https://docs.snowflake.com/en/user-guide/aggregation-policies
A reference to such a table carries hidden columns that tell its rows, or entities, apart. Every query of the
statement groups by them, hands them on or is refused (aggregation_walk), and so is every shape not known to be safe.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.local.aggregation_walk import BUILT, LEAF, Aggregation
from snowmesh.local.carried import Group
from snowmesh.local.names import quoted

if TYPE_CHECKING:
    from snowmesh.local.constraints import Constraints
    from snowmesh.local.rewrite import Findings, Reader


def groups(bound: Constraints, columns: list[exp.Expr], findings: Findings) -> dict[Group, exp.Expr]:
    """The hidden columns of a constrained relation: the number of the row, or the text of every entity key.

    `columns` are its visible ones, as masked: entities are counted by what the session may see of them.
    """
    if bound.minimum is None:
        return {}
    visible = {column.alias: column.this for column in columns}
    found: dict[Group, exp.Expr] = {}
    for key in bound.keys or ((),):
        texts: list[exp.Expr] = [exp.cast(visible[name].copy(), "VARCHAR") for name in key]
        # a separator can make two entities one, never one two; an entity with a NULL in it counts for nothing
        value = reduce(_joined, texts) if texts else exp.Window(this=exp.RowNumber())
        findings.aggregated += 1
        group = Group(f"_AGG_{findings.aggregated}", bound.minimum, once=not key)
        found[group] = exp.alias_(value, quoted(group.column))
    return found


def _joined(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return exp.DPipe(this=exp.DPipe(this=left, expression=exp.Literal.string("|")), expression=right)


def leaf(source: exp.Subquery, hidden: tuple[Group, ...]) -> exp.Subquery:
    """Note on a reference that its table is constrained; `hidden` are columns that it has already."""
    if hidden:
        source.meta[LEAF] = tuple((g.column, g.minimum, g.once) for g in hidden)
    return source


def built(select: exp.Expr) -> exp.Expr:
    """Note on a query that the gateway wrote it: it hands on every row of what it reads."""
    select.meta[BUILT] = True
    return select


def enforced(query: exp.Expr, reader: Reader) -> exp.Expr:
    """The query with small groups folded. Raises SnowflakeError when rows would leave it."""
    if not reader.findings.aggregated:
        return query
    return Aggregation(query).enforce(query)
