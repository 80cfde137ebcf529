"""CREATE TABLE, CREATE TABLE AS SELECT, CLONE and CREATE VIEW, with inline governance (facts P20, P21, M19-M22, T15).

Everything is checked and the account after it computed before the engine is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from snowmesh.account import lifecycle
from snowmesh.account.objects import Column, ObjectRef, ObjectType, Relation
from snowmesh.account.state import Account, TagTarget, frozen
from snowmesh.local import (
    aggregation_attachments,
    attachments,
    constrained_results,
    copying,
    projection_attachments,
    row_attachments,
    storage,
)
from snowmesh.local.copying import created
from snowmesh.local.create_spec import CreateSpec, read
from snowmesh.local.errors import SnowflakeError, exists_already, forbidden, invalid, not_found, not_implemented
from snowmesh.local.listed_query import listed
from snowmesh.local.names import full_table
from snowmesh.local.rewrite import Reader
from snowmesh.local.session import status
from snowmesh.local.text import engine_sql
from snowmesh.local.work import Effect, Work, temporary_of


@dataclass(frozen=True)
class Dynamic:
    """What makes the new table a dynamic one: its settings, and the work as its owner does it (M59)."""

    settings: Mapping[str, str]
    inside: Work


def create(statement: exp.Create, work: Work, dynamic: Dynamic | None = None) -> Effect:
    """The effect of a CREATE TABLE, CREATE VIEW or CREATE DYNAMIC TABLE. Raises SnowflakeError."""
    spec = read(statement)
    kind = ObjectType.VIEW if spec.view else (ObjectType.DYNAMIC_TABLE if dynamic else ObjectType.TABLE)
    ref = work.session.resolve(kind, spec.name, f"CREATE {kind.value}")
    existing = _existing(spec, ref, work)
    if existing is not None and not spec.replace:
        if not spec.if_not_exists:
            raise exists_already(existing.ref)
        return Effect(work.base, status(f"{ref.name[-1]} already exists, statement succeeded."))
    _authorize(spec, ref, existing, work)
    if spec.clone or spec.like:
        return copying.table(spec, ref, existing, work)
    reader = _inside(work, ref) if spec.view else (dynamic.inside if dynamic else work).reader()
    reader.described = spec.view  # a view's rows are constrained when it is read
    query = reader.query(statement.expression) if statement.expression else None
    work.register(reader)
    if query is not None and not spec.view:
        query = constrained_results.of_stored(query, reader)
    columns = _columns(spec, query, work)
    relation = _relation(spec, ref, columns, work)
    if dynamic:
        settings = frozen({**relation.properties, **dynamic.settings})
        relation = replace(relation, kind="DYNAMIC TABLE", properties=settings)
    if spec.view or dynamic:
        relation = replace(relation, query=_view_text(statement.expression))
    after = _govern(_place(relation, existing, spec, work), relation, spec, work)
    after = copying.with_copied_tags(after, relation, existing, spec, work)
    if spec.view:
        return Effect(after, created("View", ref), reader=reader)
    target = (*work.scratch, ref.fqn) if spec.temporary else relation.physical
    sql = (_engine_create(statement, query, target),)
    if not spec.temporary:
        text = created("Dynamic table" if dynamic else "Table", ref)
        return Effect(after, text, sql, reader=reader, computes=query is not None)
    temporaries = {**work.temporaries, ref.name: temporary_of(after, relation, target)}
    return Effect(work.base, created("Table", ref), sql, temporaries, reader, computes=query is not None)


def _existing(spec: CreateSpec, ref: ObjectRef, work: Work) -> Relation | None:
    """What stands at the name: temporary and permanent tables do not replace each other (I19)."""
    if not spec.temporary:
        return work.base.relation(ref.name)
    temporary = work.temporaries.get(ref.name)
    return temporary.relation if temporary else None


def _authorize(spec: CreateSpec, ref: ObjectRef, existing: Relation | None, work: Work) -> None:
    """CREATE by the primary role alone; OR REPLACE also needs ownership of what stands there (R22, R23, P10, P21)."""
    authority = work.session.primary_authority(work.seen)
    schema = ref.parents[1]
    if not authority.reaches(schema) or not (authority.has_any(schema) and schema in work.seen.objects):
        raise not_found(schema)
    if not spec.temporary and not authority.may_create(ref.type, schema):
        raise _insufficient(schema, work, f"CREATE {ref.type.value}")
    if existing is not None and not spec.temporary and not authority.owns(existing.ref):
        raise (
            _insufficient(existing.ref, work, "OWNERSHIP") if authority.sees(existing.ref) else not_found(existing.ref)
        )


def _insufficient(ref: ObjectRef, work: Work, privilege: str) -> SnowflakeError:
    error = forbidden(ref)
    kind = "TABLE" if ref.type is ObjectType.VIEW else ref.type.value
    return SnowflakeError(
        error.code,
        error.sqlstate,
        f"{error.message} Your primary role {work.session.role} must have {privilege} granted on {kind} {ref.fqn}.",
    )


def _columns(spec: CreateSpec, query: exp.Expr | None, work: Work) -> tuple[Column, ...]:
    """The columns of the new relation: as declared, completed by what the query yields."""
    if query is None:
        if not spec.columns:
            raise invalid("CREATE TABLE needs a column list or a query.")
        untyped = [c.name for c in spec.columns if not c.data_type]
        if untyped:
            raise invalid(f"Missing data type for column {untyped[0]}.")
        return tuple(Column(c.name, c.data_type, c.nullable, c.comment) for c in spec.columns)
    found = describe(query, work)
    if not spec.columns:
        return found
    if len(spec.columns) != len(found):
        raise SnowflakeError(
            2026,
            "42601",
            f"SQL compilation error:\nInvalid column definition list: {len(spec.columns)} columns are declared, "
            f"the query yields {len(found)}.",
        )
    return tuple(
        Column(c.name, c.data_type or q.data_type, c.nullable, c.comment)
        for c, q in zip(spec.columns, found, strict=True)
    )


def describe(query: exp.Expr, work: Work) -> tuple[Column, ...]:
    """The columns a rewritten query yields. Duplicate names are refused, as Snowflake does."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    columns = work.engine.columns(engine_sql(inner))
    names = [c.name for c in columns]
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice:
        raise SnowflakeError(2025, "42S21", f"SQL compilation error:\nduplicate column name '{twice}'")
    return columns


def _relation(spec: CreateSpec, ref: ObjectRef, columns: tuple[Column, ...], work: Work) -> Relation:
    kind = "VIEW" if spec.view else ("TRANSIENT" if spec.transient else "TABLE")
    stays = spec.view or spec.temporary
    return Relation(
        ref=ref,
        owner=work.session.role,
        comment=spec.comment,
        columns=columns,
        kind="TEMPORARY" if spec.temporary else kind,
        secure=spec.secure,
        properties=frozen(spec.settings),
        storage=() if stays else storage.place_for(work.base, ref),
    )


def _place(relation: Relation, existing: Relation | None, spec: CreateSpec, work: Work) -> Account:
    account = work.seen if spec.temporary else work.base
    source = existing.ref if existing is not None and spec.copy_grants else None
    return lifecycle.create(account, relation, copy_grants_from=source)


def _govern(account: Account, relation: Relation, spec: CreateSpec, work: Work) -> Account:
    """Apply WITH TAG and WITH … POLICY clauses, after COPY GRANTS (table 3.6)."""
    for tag, value in spec.tags:
        account = attachments.set_tag(account, work.session, TagTarget(relation.ref), tag, value, creating=True)
    for column in spec.columns:
        if column.mask is not None:
            mask, name = column.mask, column.name
            account = attachments.set_mask(
                account, work.session, relation.ref, name, mask.policy, using=mask.using, creating=True
            )
        for tag, value in column.tags:
            target = TagTarget(relation.ref, column.name)
            account = attachments.set_tag(account, work.session, target, tag, value, creating=True)
        if column.projection:
            account = projection_attachments.set_policy(
                account, work.session, relation.ref, column.name, column.projection, creating=True
            )
    for row in spec.row_policies:  # after the masks: a masked column is no argument (A8)
        account = row_attachments.add(account, work.session, relation.ref, row.policy, row.columns, creating=True)
    if spec.aggregation is not None:
        account = aggregation_attachments.set_policy(
            account, work.session, relation.ref, spec.aggregation.policy, keys=spec.aggregation.keys, creating=True
        )
    return account


def _view_text(query: exp.Expr) -> str:
    """The view's query with its names as they were written: they mean the view's own schema for ever (I13)."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if inner.find(exp.Placeholder):
        raise not_implemented("a bind variable in a view")
    return str(inner.sql(dialect="snowflake"))


def _inside(work: Work, ref: ObjectRef) -> Reader:
    """What reads the query of a view in the making: in the view's own schema, and nowhere else (I13)."""
    reader = work.reader()
    reader.context = replace(reader.context, database=ref.name[0], schema=ref.name[1])
    reader.searches_public = False
    return reader


def _engine_create(statement: exp.Create, query: exp.Expr | None, target: tuple[str, ...]) -> str:
    """The statement without its governance, which the catalog holds; so is whether something is replaced."""
    node = statement.copy()
    table = full_table(target)
    if isinstance(node.this, exp.Schema):
        node.this.set("this", table)
        for column in node.this.find_all(exp.ColumnDef):
            column.set("constraints", [c for c in column.args.get("constraints") or [] if _for_engine(c)])
        # keys are not enforced, and a column list of a query counts its entries
        columns = [e for e in node.this.expressions if isinstance(e, (exp.ColumnDef, exp.Identifier))]
        node.this.set("expressions", columns)
    else:
        node.set("this", table)
    node.set("properties", None)
    node.set("replace", True)
    node.set("exists", False)
    if query is not None:
        if isinstance(node.this, exp.Schema):
            query = listed(query, node.this.expressions)
            node.set("this", table)
        node.set("expression", query)
    return engine_sql(node)


def _for_engine(constraint: exp.ColumnConstraint) -> bool:
    kept = (
        exp.NotNullColumnConstraint,
        exp.DefaultColumnConstraint,
        exp.AutoIncrementColumnConstraint,
        exp.GeneratedAsIdentityColumnConstraint,
    )
    return isinstance(constraint.args.get("kind"), kept)
