"""The select lists of queries over a constrained table: `*` written out, columns found."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from snowmesh.local.carried import Source, violated
from snowmesh.local.names import quoted, stored


def own(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of an expression that are not inside a query in it; of such a query only itself."""
    yield node
    if not isinstance(node, exp.Query):
        for child in node.iter_expressions():
            yield from own(child)


def expanded(select: exp.Select, sources: list[Source]) -> list[exp.Expr]:
    """The select list with the visible columns in place of `*`."""
    found: list[exp.Expr] = []
    for item in select.expressions:
        star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
        if not isinstance(star, exp.Star):
            if isinstance(item, exp.Aliases) or item.is_star:
                raise violated(f"{item.sql(dialect='snowflake')} is not allowed in the select list")
            found.append(item)
            continue
        if any(value for key, value in star.args.items() if key != "except_"):
            raise violated("of the clauses of * only EXCLUDE is allowed")
        left_out = {column.name.upper() for column in star.args.get("except_") or []}
        table = item.args.get("table") if isinstance(item, exp.Column) else None
        wanted = [s for s in sources if table is None or s.alias.upper() == stored(table).upper()]
        if not wanted or any(s.known.columns is None for s in wanted):
            raise violated("* is not allowed where the columns are not known")
        if table is None and any(j.args.get("using") or j.args.get("method") for j in select.args.get("joins") or []):
            raise violated("* is not allowed with USING; name the columns")
        found.extend(
            exp.alias_(exp.column(quoted(name), table=quoted(s.alias)), quoted(name))
            for s in wanted
            for name, _ in s.known.columns or ()
            if name.upper() not in left_out
        )
    return found


def plain(item: exp.Expr, sources: list[Source]) -> bool:
    """Whether an expression is a column of a table as it is."""
    inner = item.this if isinstance(item, exp.Alias) else item
    if not isinstance(inner, exp.Column) or not isinstance(inner.this, exp.Identifier):
        return False
    found = [known for _, known in candidates(inner, sources)]
    return bool(found) and all(found)


def candidates(column: exp.Column, sources: list[Source]) -> list[tuple[Source, bool]]:
    """The sources that have a column, and whether it is one of a table there."""
    table = column.args.get("table")
    wanted = [s for s in sources if table is None or s.alias.upper() == stored(table).upper()]
    return [(s, is_plain) for s in wanted for is_plain in s.known.names(stored(column.this))]
