"""Find the table references of a query, and what their names mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from snowmesh.account import identifiers
from snowmesh.local.errors import not_implemented, syntax_error

TableLike = exp.Table | exp.TableFromRows
Visit = Callable[[TableLike], None]


def visit_tables(node: exp.Expr, visit: Visit, ctes: frozenset[str] = frozenset()) -> None:
    """Call `visit` for each table reference below `node` that is no common table expression.

    `visit` may replace the reference; what it puts there is not visited again.
    """
    with_ = node.args.get("with_")
    if isinstance(with_, exp.With):
        for cte in with_.expressions:
            name = frozenset({stored(cte.args["alias"].this)})
            visit_tables(cte.this, visit, ctes | name if with_.recursive else ctes)
            ctes = ctes | name
    for key, child in list(_children(node)):
        if key == "with_":
            continue
        if (isinstance(child, exp.Table) and not _is_cte(child, ctes)) or isinstance(child, exp.TableFromRows):
            _visit_parts(child, visit, ctes)
            visit(child)
        else:
            visit_tables(child, visit, ctes)


def parts_of(table: exp.Table) -> tuple[str, ...]:
    """The stored name parts of a table reference. Raises SnowflakeError for what is no name."""
    if isinstance(table.this, exp.DynamicIdentifier):
        inner = table.this.this
        if not (isinstance(inner, exp.Literal) and inner.is_string):
            raise not_implemented("IDENTIFIER() of anything but a string literal")
        try:
            return identifiers.split(str(inner.this))
        except identifiers.IdentifierError as error:
            raise syntax_error(f"in IDENTIFIER(): {error}") from None
    found = [table.args.get("catalog"), table.args.get("db"), table.this]
    if not isinstance(table.this, exp.Identifier):
        raise not_implemented(f"reading from {table.this.sql(dialect='snowflake')}", "name a table or view")
    return tuple(stored(part) for part in found if isinstance(part, exp.Identifier))


def dotted(node: exp.Expr) -> tuple[str, ...]:
    """The stored parts of a dotted name that sqlglot parsed as Dot, Column, Var or Identifier."""
    if isinstance(node, exp.Dot):
        return (*dotted(node.this), *dotted(node.expression))
    if isinstance(node, exp.Identifier):
        return (stored(node),)
    if isinstance(node, exp.Var):
        return (str(node.this).upper(),)
    if isinstance(node, exp.Column):
        return tuple(stored(part) for part in node.parts)
    if isinstance(node, exp.Table):
        return parts_of(node)
    raise syntax_error(f"near '{node.sql(dialect='snowflake')}': a name is expected")


def stored(identifier: exp.Expr) -> str:
    """The stored form of a parsed identifier."""
    return identifier.name if identifier.args.get("quoted") else identifier.name.upper()


def output_name(item: exp.Expr) -> str:
    """The stored name of what an entry of a select list yields; its own text where it has none."""
    found = (
        item.args.get("alias") if isinstance(item, exp.Alias) else item.this if isinstance(item, exp.Column) else None
    )
    return stored(found) if isinstance(found, exp.Identifier) else item.sql(dialect="snowflake", comments=False).upper()


def quoted(name: str) -> exp.Identifier:
    """A stored name as a quoted identifier."""
    return exp.to_identifier(name, quoted=True)


def full_table(parts: tuple[str, ...]) -> exp.Table:
    """A table reference by its full stored name."""
    catalog, db, this = (quoted(part) for part in parts)
    return exp.Table(this=this, db=db, catalog=catalog)


def strip_qualifiers(node: exp.Expr) -> None:
    """`db.schema.t.c` becomes `t.c`: references are replaced by aliased ones, which have one part."""
    for column in node.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)


def _is_cte(table: exp.Table, ctes: frozenset[str]) -> bool:
    bare = isinstance(table.this, exp.Identifier) and not table.args.get("db")
    return bare and stored(table.this) in ctes


def _visit_parts(table: exp.Expr, visit: Visit, ctes: frozenset[str]) -> None:
    """Joins, pivots and laterals hang below a table node; function arguments may hold queries."""
    for key, child in list(_children(table)):
        if isinstance(child, exp.Table):
            raise not_implemented(f"the table reference {table.sql(dialect='snowflake')}")
        if key not in ("db", "catalog", "alias"):
            visit_tables(child, visit, ctes)


def _children(node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    for key, value in node.args.items():
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield key, child
