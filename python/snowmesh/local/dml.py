"""Authorize and rewrite INSERT, UPDATE, DELETE, MERGE and TRUNCATE (facts P24, M44, M48-M50)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from snowmesh.account.objects import ObjectType, Relation
from snowmesh.local import dml_checks, dml_constraints, errors, visible_dml
from snowmesh.local.errors import SnowflakeError, not_found, not_implemented
from snowmesh.local.functions import fold
from snowmesh.local.masks import masked_column, masks_of
from snowmesh.local.names import full_table, parts_of, quoted, stored, strip_qualifiers, visit_tables
from snowmesh.local.rewrite import Reader, refuse_unsafe
from snowmesh.local.row_access import row_filter

DML = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.TruncateTable)


def rewrite(statement: exp.Expr, reader: Reader) -> tuple[exp.Expr, Relation]:
    """Return the statement as the engine runs it, and its target. Raises SnowflakeError."""
    refuse_unsafe(statement)
    if isinstance(statement, exp.TruncateTable):
        return _truncate(statement, reader)
    dml_checks.refuse_clauses(statement)
    node = fold(statement, reader.context)
    if isinstance(node, exp.Merge):
        _qualify_inserted(node)
    slot = node.this if isinstance(node.this, exp.Schema) else node
    target: exp.Table = slot.this
    if not isinstance(target, exp.Table):
        raise not_implemented(f"{type(statement).__name__.upper()} into {target.sql(dialect='snowflake')}")
    relation = _target(target, reader)
    own = _own_columns(node, target, relation)
    _authorize(node, own, relation, reader)
    dml_constraints.check(node, relation, reader)
    protected = relation.ref in reader.context.account.row_policies or bool(masks_of(reader, relation))
    if isinstance(node, (exp.Update, exp.Delete)) and protected:
        return visible_dml.rewrite(node, relation, reader), relation
    if isinstance(node, exp.Merge) and protected:
        dml_checks.refuse_indirect(node, own.name, relation)
    # the target is written to, not read: keep it out of the reading rewrite
    slot.set("this", exp.Placeholder())
    visit_tables(node, reader.replace_reference)
    strip_qualifiers(node)
    if isinstance(node, exp.Insert):
        dml_constraints.of_insert(node, reader)
    _protect(node, own, relation, reader)
    slot.set("this", _physical(target, relation, reader))
    return node, relation


def _qualify_inserted(node: exp.Merge) -> None:
    """WHEN NOT MATCHED sees the source only, so bare names there are the source's, also where the target has them."""
    source = node.args["using"]
    alias = source.args.get("alias")
    name = alias.this if alias else source.this
    if not isinstance(name, exp.Identifier):
        return
    for when in node.args["whens"].expressions:
        inserted = when.args["then"].args.get("expression") if isinstance(when.args["then"], exp.Insert) else None
        for part in (inserted, when.args.get("condition")) if inserted else ():
            for column in part.find_all(exp.Column) if part else ():
                if not column.args.get("table") and column.find_ancestor(exp.Select) is None:
                    column.set("table", name.copy())


def _truncate(statement: exp.TruncateTable, reader: Reader) -> tuple[exp.Expr, Relation]:
    node = statement.copy()
    if len(node.expressions) != 1 or node.args.get("is_database"):
        raise not_implemented("TRUNCATE of anything but one table")
    relation = _target(node.expressions[0], reader)
    _require(relation, reader, "TRUNCATE")
    node.set("expressions", [full_table(reader.physical.get(relation.ref, relation.physical))])  # takes no alias
    return node, relation


def _target(table: exp.Table, reader: Reader) -> Relation:
    """DML resolves names in the current schema only (I12)."""
    ref = reader.context.session.resolve(ObjectType.TABLE, parts_of(table))
    found = reader.context.account.relation(ref.name)
    if found is None:
        raise not_found(ref)
    if found.ref.type is not ObjectType.TABLE:
        raise SnowflakeError(2014, "42601", f"SQL compilation error:\n{found.ref.fqn} is a {found.kind}, not a table.")
    return found


def _physical(table: exp.Table, relation: Relation, reader: Reader) -> exp.Table:
    place = reader.physical.get(relation.ref, relation.physical)
    written = full_table(place)
    alias = table.args.get("alias")
    if alias is None and place[-1] != relation.ref.name[-1]:  # its rows stand under another name
        alias = exp.TableAlias(this=quoted(relation.ref.name[-1]))
    written.set("alias", alias.copy() if alias else None)
    return written


def _authorize(node: exp.Expr, own: _Own, relation: Relation, reader: Reader) -> None:
    for privilege in _privileges(node, own):
        _require(relation, reader, privilege)


def _require(relation: Relation, reader: Reader, privilege: str) -> None:
    authority = reader.authority
    if authority.may_use(relation.ref, privilege):
        return
    visible = authority.reaches(relation.ref) and authority.has_any(relation.ref)
    raise errors.forbidden(relation.ref, privilege) if visible else not_found(relation.ref)


def _privileges(node: exp.Expr, own: _Own) -> list[str]:
    if isinstance(node, exp.Insert):
        return ["INSERT", "DELETE"] if node.args.get("overwrite") else ["INSERT"]
    if isinstance(node, exp.Merge):
        actions = [when.args["then"] for when in node.args["whens"].expressions]
        found = {"SELECT", *(_action(a) for a in actions)}
        return sorted(found)
    chooses = own.columns or any(node.args.get(clause) for clause in ("where", "from_", "using"))
    return ["UPDATE" if isinstance(node, exp.Update) else "DELETE", *(["SELECT"] if chooses else [])]


def _action(then: exp.Expr) -> str:
    if isinstance(then, exp.Update):
        return "UPDATE"
    return "INSERT" if isinstance(then, exp.Insert) else "DELETE"


@dataclass(frozen=True)
class _Own:
    """The columns of its own target that a statement reads, and the name of the target in it."""

    name: str
    columns: tuple[exp.Column, ...]


def _own_columns(node: exp.Expr, target: exp.Table, relation: Relation) -> _Own:
    name = stored(target.args["alias"].this) if target.args.get("alias") else relation.ref.name[-1]
    if isinstance(node, exp.Insert):
        return _Own(name, ())
    names = {c.name for c in relation.columns}
    return _Own(
        name,
        tuple(
            column
            for column in _read_columns(node)
            if isinstance(column.this, exp.Identifier)
            and stored(column.this) in names
            and (not column.args.get("table") or stored(column.args["table"]) == name)
        ),
    )


def _protect(node: exp.Expr, own: _Own, relation: Relation, reader: Reader) -> None:
    """What UPDATE, DELETE and MERGE read of their own target is masked too (M44, M50); a hidden row is NULL (A11)."""
    if isinstance(node, exp.Insert):
        return
    masks = masks_of(reader, relation)
    visible = row_filter(reader, relation, own.name)
    if visible is not None and isinstance(node, exp.Merge):
        visible_dml.check_merge(node, own.columns, visible)
    for column in own.columns:
        name = stored(column.this)
        value: exp.Expr = column.copy()
        if name in masks:
            value = masked_column(reader, relation, name, masks[name], own.name)
        if visible is not None:
            value = exp.Case(ifs=[exp.If(this=visible.copy(), true=value)])
        if name in masks or visible is not None:
            column.replace(value)


def _read_columns(node: exp.Expr) -> list[exp.Column]:
    """The columns that a statement reads: all but the left sides of SET and the insert lists."""
    written = set()
    for update in node.find_all(exp.Update):
        written |= {id(e.this) for e in update.expressions if isinstance(e, exp.EQ)}
    for insert in node.find_all(exp.Insert):
        if isinstance(insert.this, exp.Tuple):
            written |= {id(c) for c in insert.this.expressions}
    return [c for c in node.find_all(exp.Column) if id(c) not in written and not _inside_query(c, node)]


def _inside_query(column: exp.Column, node: exp.Expr) -> bool:
    """Columns of a sub-query or source belong to it unless they name the target."""
    inner = column.find_ancestor(exp.Select)
    return inner is not None and inner is not node and not column.args.get("table")
