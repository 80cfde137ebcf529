"""What leaves a statement under projection and aggregation policies: a result, or what is stored (A23, A26).

https://docs.snowflake.com/en/user-guide/projection-policies
A projection constrained column is not in the result of a statement, nor is what derives from it. It may be used in
filters, joins, groups and orders, and be counted. Where the policy says NULLIFY, the columns that derive from it are
NULL in the result of a query; in what a statement stores they are refused like the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from snowmesh.local import aggregation
from snowmesh.local.constraints import FAIL
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.lineage import Lineage
from snowmesh.local.names import quoted
from snowmesh.local.shapes import Marks, Output, Shape

if TYPE_CHECKING:
    from snowmesh.local.rewrite import Reader

_RESULT = "_RESULT"


def of_result(query: exp.Expr, reader: Reader) -> exp.Expr:
    """The query as its result may be shown. Raises SnowflakeError when a column in it may not."""
    if not reader.findings.constrained:
        return query
    shape = Lineage(query).shape(query)
    _refuse(shape, query, lambda marks: FAIL in marks)
    found = aggregation.enforced(query, reader)
    return _nullified(found, shape) if shape.all else found


def of_stored(query: exp.Expr, reader: Reader) -> exp.Expr:
    """The query as its result may be stored: nothing is made NULL for that, a constrained column is refused."""
    if not reader.findings.constrained:
        return query
    check_stored(query)
    return aggregation.enforced(query, reader)


def check_stored(query: exp.Expr) -> None:
    """Raise SnowflakeError when the result of a query holds a constrained column, of either kind."""
    _refuse(Lineage(query).shape(query), query, bool)


def _refuse(shape: Shape, query: exp.Expr, refused: Callable[[Marks], bool]) -> None:
    names = [_shown(query, n, column) for n, column in enumerate(shape.columns or ()) if refused(column.marks)]
    if names or (shape.columns is None and shape.all):
        raise restricted(names or ["*"])


def restricted(names: list[str]) -> SnowflakeError:
    """The error for columns that may not be projected."""
    listed = "".join(f"\n {name}" for name in names)
    return SnowflakeError(
        3549,
        "42601",
        "SQL compilation error:\nThe following columns are restricted by a Projection Policy. Please remove them from "
        f"the list of projected columns:\n{listed}",
    )


def _shown(query: exp.Expr, number: int, column: Output) -> str:
    """An entry of the select list as it is written; nothing of what a query inside it was rewritten to."""
    items = query.expressions if isinstance(query, exp.Select) else []
    item = items[number] if len(items) > number and not any(i.is_star for i in items) else None
    if not isinstance(item, exp.Alias) or item.this.find(exp.Query):
        return column.name
    found = item.this.name if isinstance(item.this, exp.Column) else item.this.sql(dialect="snowflake", comments=False)
    return found.upper()


def _nullified(query: exp.Expr, shape: Shape) -> exp.Expr:
    """The result with NULL, of the column's type, where a column derives from a constrained one."""
    columns = shape.columns or ()
    names = [quoted(f"C{number}") for number in range(len(columns))]
    items = []
    for name, column in zip(names, columns, strict=True):
        value: exp.Expr = exp.Column(this=name.copy())
        if column.marks:
            value = exp.Case(ifs=[exp.If(this=exp.false(), true=value)])
        items.append(exp.Alias(this=value, alias=quoted(column.name)))
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted(_RESULT), columns=names))
    return exp.select(*items).from_(source)
