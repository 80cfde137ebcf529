"""The query of a CREATE TABLE with a column list: every column gets the name and the data type of the list."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from snowmesh.local.names import quoted


def listed(query: exp.Expr, entries: Sequence[exp.Expr]) -> exp.Select:
    """The query under the names and types of the list; keys in the list are not columns.

    The engine's own way rewrites the query's expressions, which fails for `*` beside others, and for set operations.
    """
    columns = [e for e in entries if isinstance(e, (exp.ColumnDef, exp.Identifier))]
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    positions = [quoted(f"C{number}") for number in range(len(columns))]
    source = exp.Subquery(this=inner, alias=exp.TableAlias(this=quoted("LISTED"), columns=positions))
    return exp.select(*[_column(c, p) for c, p in zip(columns, positions, strict=True)]).from_(source)


def _column(entry: exp.Expr, position: exp.Identifier) -> exp.Alias:
    found: exp.Expr = exp.Column(this=position.copy())
    name = entry
    if isinstance(entry, exp.ColumnDef):
        name, kind = entry.this, entry.args.get("kind")
        found = exp.Cast(this=found, to=kind.copy()) if kind is not None else found
    return exp.Alias(this=found, alias=name.copy())
