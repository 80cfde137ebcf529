"""CREATE TABLE, CREATE TABLE AS SELECT, CLONE and CREATE VIEW, with inline governance (facts P20, P21, M19-M22, T15).

Everything is checked and the account after it computed before the engine is touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from snowmesh.account import attached, lifecycle
from snowmesh.account.objects import Column, ObjectRef, ObjectType, Relation
from snowmesh.account.state import Account, TagTarget, frozen
from snowmesh.local import aggregation_attachments, attachments, projection_attachments, row_attachments
from snowmesh.local.create_spec import CreateSpec, read
from snowmesh.local.errors import SnowflakeError, exists_already, forbidden, invalid, not_found, not_implemented
from snowmesh.local.listed_query import listed
from snowmesh.local.names import TableLike, full_table, parts_of, quoted, visit_tables
from snowmesh.local.rewrite import Reader
from snowmesh.local.session import ResultSet, status
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
    _check_name(work.seen, ref)
    if existing is not None and not spec.replace:
        if not spec.if_not_exists:
            raise exists_already(existing.ref)
        return Effect(work.base, status(f"{ref.name[-1]} already exists, statement succeeded."))
    _authorize(spec, ref, existing, work)
    reader = (dynamic.inside if dynamic else work).reader()
    if statement.args.get("clone"):
        return _clone(statement, spec, ref, work, reader)
    reader.described = spec.view  # a view's rows are constrained when it is read
    query = reader.query(statement.expression) if statement.expression else None
    columns = _columns(spec, query, work)
    relation = _relation(spec, ref, columns, work)
    if dynamic:
        relation = replace(relation, kind="DYNAMIC TABLE", properties=frozen(dynamic.settings))
    if spec.view or dynamic:
        relation = replace(relation, query=_view_text(statement.expression, ref, work))
    after = _govern(_place(relation, existing, spec, work), relation, spec, work)
    after = _with_copied_tags(after, relation, existing, spec, work)
    if spec.view:
        return Effect(after, _created("View", ref), _drop_table(existing), reader=reader)
    target = (*work.scratch, ref.fqn) if spec.temporary else ref.name
    sql = (_engine_create(statement, query, target),)
    if not spec.temporary:
        text = _created("Dynamic table" if dynamic else "Table", ref)
        return Effect(after, text, sql, reader=reader, computes=query is not None)
    temporaries = {**work.temporaries, ref.name: temporary_of(after, relation, target)}
    return Effect(work.base, _created("Table", ref), sql, temporaries, reader, computes=query is not None)


def _created(kind: str, ref: ObjectRef) -> ResultSet:
    return status(f"{kind} {ref.name[-1]} successfully created.")


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


def _check_name(account: Account, ref: ObjectRef) -> None:
    """The engine ignores case in names; two objects that differ in case only would share their rows."""
    for other in account.of_type(ObjectType.TABLE, ObjectType.VIEW):
        same = other.ref.name[:2] == ref.name[:2] and other.ref.name[2].upper() == ref.name[2].upper()
        if same and other.ref.name[2] != ref.name[2]:
            raise not_implemented(f"{ref.fqn} beside {other.ref.fqn}, which differs in case only", "rename one of them")


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
    return Relation(
        ref=ref,
        owner=work.session.role,
        comment=spec.comment,
        columns=columns,
        kind="TEMPORARY" if spec.temporary else kind,
        secure=spec.secure,
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


def _with_copied_tags(
    account: Account, relation: Relation, existing: Relation | None, spec: CreateSpec, work: Work
) -> Account:
    """COPY TAGS: those of the replaced object, and they win over WITH TAG (T46)."""
    if not spec.copy_tags or existing is None:
        return account
    declared = {c.name for c in spec.columns if c.data_type}

    def same_type(old: Column, new: Column) -> bool:
        # the engine does not tell the length of a text that a query computes
        texts = old.data_type.startswith("VARCHAR") and new.data_type.startswith("VARCHAR")
        return old.data_type == new.data_type or (texts and new.name not in declared)

    before = work.seen if spec.temporary else work.base
    return lifecycle.copy_tags(account, relation, existing, before.tag_values, same_type)


def _view_text(query: exp.Expr, ref: ObjectRef, work: Work) -> str:
    """The view's query with its names in full: they mean the view's own schema for ever (I13)."""
    inner = query.unnest() if isinstance(query, exp.Subquery) else query
    if inner.find(exp.Placeholder):
        raise not_implemented("a bind variable in a view")
    holder = exp.Paren(this=inner.copy())
    here = replace(work.session, database=ref.name[0], schema=ref.name[1])

    def qualify(node: TableLike) -> None:
        if not isinstance(node, exp.Table):
            return
        parts = parts_of(node)
        if parts[-2:-1] == ("INFORMATION_SCHEMA",):
            full = parts if len(parts) == 3 else (ref.name[0], *parts)
        else:
            full = here.resolve(ObjectType.TABLE, parts).name
            if work.seen.relation(full) is None and len(parts) == 1:
                full = (full[0], "PUBLIC", full[2])
        if not node.args.get("alias"):
            node.set("alias", exp.TableAlias(this=quoted(parts[-1])))
        for key, part in zip(("catalog", "db", "this"), full, strict=True):
            node.set(key, quoted(part))

    visit_tables(holder, qualify)
    for column in holder.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    return str(holder.this.sql(dialect="snowflake"))


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


def _clone(statement: exp.Create, spec: CreateSpec, ref: ObjectRef, work: Work, reader: Reader) -> Effect:
    """CLONE copies rows as stored and carries tags and masks; grants only with COPY GRANTS (table 3.6)."""
    source = reader.resolve(parts_of(statement.args["clone"].this))
    reader.authorize(source)
    if source.ref.type is not ObjectType.TABLE or spec.temporary or source.kind == "TEMPORARY":
        raise not_implemented("CLONE of anything but a permanent table")
    if spec.tags or spec.row_policies or spec.aggregation:
        raise not_implemented("tags and policies in CREATE TABLE … CLONE", "set them with ALTER TABLE")
    existing = work.base.relation(ref.name)
    kind = "TRANSIENT" if spec.transient or source.kind == "TRANSIENT" else "TABLE"
    relation = replace(source, ref=ref, owner=work.session.role, kind=kind)
    copied_from = (existing.ref if existing else source.ref) if spec.copy_grants else None
    after = lifecycle.create(work.base, relation, copy_grants_from=copied_from)
    after = attached.copied(after, work.base, source.ref, ref)  # A15, M52
    after = _with_copied_tags(after, relation, existing, spec, work)
    select = exp.select("*").from_(full_table(source.ref.name))
    sql = engine_sql(exp.Create(this=full_table(ref.name), kind="TABLE", replace=True, expression=select))
    return Effect(after, _created("Table", ref), (sql,), reader=reader)


def _drop_table(existing: Relation | None) -> tuple[str, ...]:
    """A view has no rows in the engine; the table that it replaces has."""
    if existing is None or existing.is_view:
        return ()
    return (f"DROP TABLE IF EXISTS {existing.ref.sql}",)
