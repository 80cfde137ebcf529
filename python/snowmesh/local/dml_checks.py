"""Refuse the clauses and references of DML that could read a protected target past its policies (M44, M50, A11)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from snowmesh.account.objects import Relation
from snowmesh.local.errors import SnowflakeError, not_implemented, syntax_error
from snowmesh.local.names import stored

_CLAUSES: dict[type[exp.Expr], frozenset[str]] = {
    exp.Insert: frozenset({"this", "expression", "overwrite"}),
    exp.Update: frozenset({"this", "expressions", "from_", "where"}),
    exp.Delete: frozenset({"this", "using", "where"}),
    exp.Merge: frozenset({"this", "using", "on", "whens"}),
}


def refuse_clauses(node: exp.Expr) -> None:
    """Refuse by name what Snowflake's DML has not: RETURNING, ORDER BY, INSERT OR REPLACE, WITH in front of it, ..."""
    if node.args.get("with_"):
        verb = type(node).__name__.upper()
        raise syntax_error(f"unexpected '{verb}': WITH belongs to the query in the {verb}, not in front of it.")
    for key, value in node.args.items():
        if value and key not in _CLAUSES[type(node)]:
            raise not_implemented(f"{key.upper()} in {type(node).__name__.upper()}")


def refuse_indirect(node: exp.Merge, name: str, relation: Relation) -> None:
    """MERGE masks the target's columns where they stand, so it must know each: no whole row, no other spelling.

    `name` is the target's name in the statement. A bare name in a sub-query may be the target's or the sub-query's.
    """
    columns = {c.name.upper(): c.name for c in relation.columns}
    for column in _columns(node):
        table = stored(column.args["table"]) if column.args.get("table") else ""
        if isinstance(column.this, exp.Star):
            own = table.upper() in ("", name.upper())
            if own:
                raise not_implemented(f"{column.sql(dialect='snowflake')} of the target of a MERGE", "name the columns")
            continue
        found = stored(column.this) if isinstance(column.this, exp.Identifier) else ""
        if not table and found.upper() == name.upper() and found.upper() not in columns:
            raise not_implemented(f"the whole row {name} in a MERGE into it", "name the columns")
        if table.upper() == name.upper() and table != name:
            raise _unknown(f'"{table}"."{found}"')
        mine = found.upper() in columns and table in ("", name)
        if mine and columns[found.upper()] != found:
            raise _unknown(f'"{found}"')
        if mine and not table and column.find_ancestor(exp.Select) is not None:
            raise not_implemented(f"the bare name {found} in a sub-query of a MERGE", f"write {name}.{found}")
        if table.upper() in columns and table.upper() != name.upper():
            raise not_implemented(f"{column.sql(dialect='snowflake')} in a MERGE", "give the source another alias")


def _columns(node: exp.Merge) -> Iterator[exp.Column]:
    """The columns of ON and WHEN; the source cannot name the target."""
    for part in (node.args["on"], node.args["whens"]):
        for star in part.find_all(exp.Star):
            if star.find_ancestor(exp.Select, exp.Count, exp.Column) is None:
                raise not_implemented("* in a MERGE", "name the columns")
        yield from part.find_all(exp.Column)


def _unknown(name: str) -> SnowflakeError:
    return SnowflakeError(
        904, "42000", f"SQL compilation error: error line 1 at position 0\ninvalid identifier '{name}'"
    )
