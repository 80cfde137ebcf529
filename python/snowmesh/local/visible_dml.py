"""UPDATE, DELETE and MERGE on a table with a row access policy touch visible rows only (fact A11).

UPDATE and DELETE become a query of the visible rows, which finds what is to be changed, by row. In MERGE, which
the engine takes apart itself, the columns of a hidden row are NULL, so that it equals no row of the source.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from snowmesh.account.objects import Relation
from snowmesh.local.errors import SnowflakeError, not_implemented
from snowmesh.local.names import full_table, quoted, stored, strip_qualifiers, visit_tables
from snowmesh.local.rewrite import Reader
from snowmesh.local.row_access import ROW_ID

_TARGET, _FOUND = "_TARGET", "_FOUND"


def rewrite(node: exp.Update | exp.Delete, relation: Relation, reader: Reader) -> exp.Expr:
    """The statement over the rows that the session sees. Raises SnowflakeError."""
    _refuse_row_id(node, relation)
    written = full_table(reader.physical.get(relation.ref, relation.physical))
    written.set("alias", exp.TableAlias(this=quoted(_TARGET)))
    row_id = exp.column("rowid", table=quoted(_TARGET))
    if isinstance(node, exp.Delete):
        found = _visible(node, [], list(node.args.get("using") or []), relation, reader)
        return exp.Delete(this=written, where=exp.Where(this=exp.In(this=row_id, query=exp.Subquery(this=found))))
    changes = {_changed_column(e, node): e.expression for e in node.expressions}
    values = [exp.alias_(value, quoted(f"_V{i}")) for i, value in enumerate(changes.values())]
    sources = [node.args["from_"].this] if node.args.get("from_") else []
    found = _visible(node, values, sources, relation, reader)
    new = [
        exp.EQ(this=exp.column(quoted(name)), expression=exp.column(quoted(f"_V{i}"), table=quoted(_FOUND)))
        for i, name in enumerate(changes)
    ]
    same = exp.EQ(this=row_id, expression=exp.column(quoted(ROW_ID), table=quoted(_FOUND)))
    source = exp.Subquery(this=found, alias=exp.TableAlias(this=quoted(_FOUND)))
    return exp.Update(this=written, expressions=new, from_=exp.From(this=source), where=exp.Where(this=same))


def check_merge(node: exp.Merge, own: Sequence[exp.Column], visible: exp.Expr) -> None:
    """Refuse an ON that a hidden row could meet, or that the engine cannot run (it outer joins on it)."""
    mine = {id(column) for column in own}
    parts = list(_conjuncts(node.args["on"]))
    decided = any(isinstance(p, exp.Boolean) and not p.this for p in parts) or any(_equates(p, mine) for p in parts)
    others = [p for p in parts if not _equates(p, mine) and any(id(c) in mine for c in p.find_all(exp.Column))]
    if not decided or (others and visible.find(exp.Select) is not None):
        raise not_implemented(
            "MERGE into a table with a row access policy, ON anything but columns of the target that equal "
            "expressions of the source"
        )


def _visible(
    node: exp.Expr, values: list[exp.Expr], sources: list[exp.Expr], relation: Relation, reader: Reader
) -> exp.Select:
    """`SELECT row, values FROM visible rows, sources WHERE ...`, rewritten like any other read."""
    alias = node.this.args.get("alias") or exp.TableAlias(this=quoted(relation.ref.name[-1]))
    row_id = exp.column(quoted(ROW_ID), table=alias.this.copy())
    query = exp.select(row_id, *values, copy=False).from_(exp.Placeholder(), copy=False)
    query.set("joins", [exp.Join(this=source) for source in sources])
    query.set("where", node.args.get("where"))
    visit_tables(query, reader.replace_reference)
    strip_qualifiers(query)
    target = reader.source(relation, with_row_id=True)
    target.set("alias", alias.copy())
    query.args["from_"].set("this", target)
    return query


def _refuse_row_id(node: exp.Expr, relation: Relation) -> None:
    """Where a row stands tells of the hidden ones before it: neither it nor the whole row has a name."""
    alias = node.this.args.get("alias")
    hidden = {ROW_ID, "ROWID", (stored(alias.this) if alias else relation.ref.name[-1]).upper()}
    hidden -= {c.name.upper() for c in relation.columns}
    for column in node.find_all(exp.Column):
        whole_row = column.name.upper() not in (ROW_ID, "ROWID")
        if column.name.upper() in hidden and not (whole_row and column.table):
            text = f"SQL compilation error: error line 1 at position 0\ninvalid identifier '{column.name.upper()}'"
            raise SnowflakeError(904, "42000", text)


def _changed_column(change: exp.Expr, node: exp.Expr) -> str:
    if not (isinstance(change, exp.EQ) and isinstance(change.this, exp.Column)):
        raise not_implemented(f"SET {change.sql(dialect='snowflake')} in {type(node).__name__.upper()}")
    return stored(change.this.this)


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    inner = condition.unnest()
    if isinstance(inner, exp.And):
        return [*_conjuncts(inner.this), *_conjuncts(inner.expression)]
    return [inner]


def _equates(part: exp.Expr, mine: set[int]) -> bool:
    """Whether the condition is `column of the target = expression without one`."""
    if not isinstance(part, exp.EQ):
        return False
    sides = [part.this.unnest(), part.expression.unnest()]
    for one, other in (sides, sides[::-1]):
        if id(one) in mine and not any(id(c) in mine for c in other.find_all(exp.Column)):
            return True
    return False
