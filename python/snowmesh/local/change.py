"""DROP, ALTER and COMMENT of tables and views (facts P22, and the life cycle table 3.6)."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from snowmesh.account import attached, data_types, dropping, renaming
from snowmesh.account.dropping import RETENTION
from snowmesh.account.objects import Column, ObjectRef, ObjectType, Relation
from snowmesh.account.state import Account, TagTarget, frozen
from snowmesh.local import errors, moving
from snowmesh.local.column_comments import ColumnComments
from snowmesh.local.create_spec import SETTINGS_WITHOUT_EFFECT, ColumnSpec, column_spec, retention
from snowmesh.local.errors import SnowflakeError, exists_already, not_found, not_implemented
from snowmesh.local.names import full_table, parts_of, quoted, stored
from snowmesh.local.session import status
from snowmesh.local.text import engine_sql
from snowmesh.local.work import Effect, Work


def drop(statement: exp.Drop, work: Work) -> Effect:
    """DROP TABLE or DROP VIEW; IF EXISTS does not forgive missing ownership (P22)."""
    kind = str(statement.args["kind"]).upper()
    tables = statement.args.get("tables") or [statement.this]
    if len(tables) != 1:
        raise not_implemented("DROP of several objects in one statement")
    if statement.args.get("restrict"):
        raise not_implemented(f"DROP {kind} RESTRICT", "leave the word out: foreign keys are not kept")
    ref = work.session.resolve(ObjectType(kind), parts_of(tables[0]), f"DROP {kind}")
    found = work.seen.relation(ref.name)
    if found is None or not work.session.authority(work.seen).sees(found.ref):
        if statement.args.get("exists"):
            return Effect(work.base, status("Drop statement executed successfully (object already dropped)."))
        raise not_found(ref)
    _require_kind(found, kind)
    if ref.name in work.temporaries:
        temporary = work.temporaries[ref.name]
        rest = {name: t for name, t in work.temporaries.items() if name != ref.name}
        sql = f"DROP TABLE IF EXISTS {full_table(temporary.physical).sql(dialect='snowflake')}"
        return Effect(work.base, status(f"{ref.name[-1]} successfully dropped."), (sql,), rest)
    _require_ownership(found, work)
    return Effect(dropping.drop(work.base, found.ref), status(f"{ref.name[-1]} successfully dropped."))


def alter(statement: exp.Alter, work: Work) -> Effect:
    """ALTER TABLE / VIEW: rename, swap, add, drop, rename and retype columns, set or unset a comment."""
    kind = str(statement.args["kind"]).upper()
    ref = work.session.resolve(ObjectType(kind), parts_of(statement.this), f"ALTER {kind}")
    found = work.seen.relation(ref.name)
    if found is None or not work.session.authority(work.seen).sees(found.ref):
        if statement.args.get("exists"):
            return Effect(work.base, status("Statement executed successfully."))
        raise not_found(ref)
    if ref.name in work.temporaries:
        raise not_implemented("ALTER of a temporary table")
    _require_kind(found, kind)
    _require_ownership(found, work)
    account = work.base
    sql: tuple[str, ...] = ()
    for action in statement.args["actions"]:
        account, more = _action(action, found, account, work)
        sql = (*sql, *more)
        found = account.relation(found.ref.name) or found
    return Effect(account, status("Statement executed successfully."), sql)


def comment(statement: exp.Comment, work: Work) -> Effect:
    """COMMENT ON TABLE | VIEW | COLUMN."""
    kind = str(statement.args["kind"]).upper()
    is_column = kind == "COLUMN"
    parts = tuple(stored(p) for p in statement.this.parts)
    name = parts[:-1] if is_column else parts
    ref = work.session.resolve(ObjectType.TABLE, name, "COMMENT")
    found = work.base.relation(ref.name)
    if found is None or not work.session.authority(work.seen).sees(found.ref):
        if statement.args.get("exists"):
            return Effect(work.base, status("Statement executed successfully."))
        raise not_found(ref)
    _require_ownership(found, work)
    text = statement.expression.name
    changed = _column_comment(found, parts[-1], text) if is_column else replace(found, comment=text)
    return Effect(work.base.with_object(changed), status("Statement executed successfully."))


def comment_columns(statement: ColumnComments, work: Work) -> Effect:
    """ALTER TABLE | VIEW ... ALTER column COMMENT: all or nothing."""
    ref = work.session.resolve(ObjectType(statement.kind), statement.name, f"ALTER {statement.kind}")
    found = work.base.relation(ref.name)
    if found is None or not work.session.authority(work.seen).sees(found.ref):
        if statement.if_exists:
            return Effect(work.base, status("Statement executed successfully."))
        raise not_found(ref)
    _require_ownership(found, work)
    for column, text in statement.comments:
        found = _column_comment(found, column, text)
    return Effect(work.base.with_object(found), status("Statement executed successfully."))


# -- the actions of ALTER ------------------------------------------------------------------------

_Step = tuple[Account, tuple[str, ...]]


def _action(action: exp.Expr, found: Relation, account: Account, work: Work) -> _Step:
    if isinstance(action, exp.AlterRename):
        return rename(found, parts_of(action.this), account, work), ()
    if isinstance(action, exp.SwapTable):
        return swap(found, parts_of(action.this), account, work), ()
    if isinstance(action, exp.AlterSet):
        return _set(action, found, account)
    if isinstance(action, exp.Set) and action.args.get("unset") and not action.args.get("tag"):
        return _unset(action, found, account)
    if isinstance(action, exp.ClusterProperty) and not found.is_view:
        keys = ", ".join(e.sql(dialect="snowflake", comments=False) for e in action.expressions)
        return _cluster(found, keys, account)
    if found.is_view:
        raise not_implemented(f"ALTER VIEW ... {action.sql(dialect='snowflake')}")
    if isinstance(action, exp.ColumnDef):
        return _add_column(action, found, account, work)
    if isinstance(action, exp.RenameColumn):
        return _rename_column(found, stored(action.this.this), stored(action.args["to"].this), account)
    if isinstance(action, exp.Drop) and str(action.args.get("kind")).upper() == "COLUMN":
        return _drop_columns([stored(c.this) for c in action.args["tables"]], found, account)
    if isinstance(action, exp.AlterColumn) and action.args.get("dtype") is not None:
        return _retype(found, stored(action.this), action.args["dtype"].sql(dialect="snowflake"), account)
    raise not_implemented(f"ALTER {found.ref.type.value} ... {action.sql(dialect='snowflake')}")


def rename(found: Relation, parts: tuple[str, ...], account: Account, work: Work) -> Account:
    """RENAME keeps grants, tags and masks; it also needs CREATE on the target schema (P22, P47, R50)."""
    new = work.session.resolve(found.ref.type, parts, "RENAME")
    schema = new.parents[1]
    authority = work.session.authority(account)
    if schema not in account.objects or not authority.reaches(schema) or not authority.has_any(schema):
        raise not_found(schema)
    if not work.session.primary_authority(account).may_create(found.ref.type, schema):
        raise errors.forbidden(schema, f"CREATE {found.ref.type.value}")
    if taken := account.relation(new.name):
        raise exists_already(taken.ref)
    moving.check(account, found.ref, new, found.owner)
    return moving.settled(renaming.renamed(account, found.ref, new))


def swap(found: Relation, parts: tuple[str, ...], account: Account, work: Work) -> Account:
    """SWAP exchanges names; each table keeps its own grants, tags and masks (table 3.6)."""
    ref = work.session.resolve(found.ref.type, parts, "SWAP")
    other = account.relation(ref.name)
    if other is None or not work.session.authority(account).sees(other.ref):
        raise not_found(ref)
    if other.is_view or found.is_view:
        raise not_implemented("SWAP of a view")
    _require_ownership(other, work)
    _require_kind(other, found.ref.type.value)
    moving.check(account, found.ref, other.ref, found.owner)
    moving.check(account, other.ref, found.ref, other.owner)
    return moving.settled(renaming.swapped(account, found.ref, other.ref))


def _add_column(action: exp.ColumnDef, found: Relation, account: Account, work: Work) -> _Step:
    spec = column_spec(action)
    if spec is None or not spec.data_type:
        raise errors.invalid(f"Missing data type for column {action.this.name}.")
    if found.column(spec.name):
        if action.args.get("exists"):
            return account, ()
        raise SnowflakeError(1430, "42711", f"SQL compilation error:\ncolumn '{spec.name}' already exists")
    column = Column(spec.name, spec.data_type, spec.nullable, spec.comment)
    after = account.with_object(replace(found, columns=(*found.columns, column)))
    name = quoted(spec.name).sql(dialect="snowflake")
    sql = f"ALTER TABLE {_place(found)} ADD COLUMN {name} {spec.data_type}{_default(action)}"
    return _governed(after, found.ref, spec, work), (sql,)


def _default(action: exp.ColumnDef) -> str:
    """The DEFAULT of a new column, for the rows that are there and those to come."""
    constraint = action.find(exp.DefaultColumnConstraint)
    return f" DEFAULT {engine_sql(constraint.this.copy())}" if constraint else ""


def _governed(account: Account, ref: ObjectRef, spec: ColumnSpec, work: Work) -> Account:
    from snowmesh.local import attachments, projection_attachments

    if spec.mask is not None:
        account = attachments.set_mask(account, work.session, ref, spec.name, spec.mask.policy, using=spec.mask.using)
    if spec.projection:
        account = projection_attachments.set_policy(account, work.session, ref, spec.name, spec.projection)
    for tag, value in spec.tags:
        account = attachments.set_tag(account, work.session, TagTarget(ref, spec.name), tag, value)
    return account


def _rename_column(found: Relation, old: str, new: str, account: Account) -> _Step:
    """Tags and masks follow the column (P-table: RENAME COLUMN)."""
    _require_column(found, old)
    columns = tuple(replace(c, name=new) if c.name == old else c for c in found.columns)
    after = attached.column_renamed(account.with_object(replace(found, columns=columns)), found.ref, old, new)
    sql = f"ALTER TABLE {_place(found)} RENAME COLUMN {_sql(old)} TO {_sql(new)}"
    return after, (sql,)


def _drop_columns(names: list[str], found: Relation, account: Account) -> _Step:
    """A dropped column takes its tags and mask along; one that another mask reads stays (M57)."""
    for name in names:
        _require_column(found, name)
        for (ref, column), mask in account.masks.items():
            if ref == found.ref and column != name and name in mask.using:
                raise errors.invalid(f"Column {name} is an argument of the masking policy on column {column}.")
        row_policy = account.row_policies.get(found.ref)
        if row_policy is not None and name in row_policy.columns:
            raise errors.invalid(f"Column {name} is an argument of the row access policy on {found.ref.fqn}.")
        aggregation = account.aggregations.get(found.ref)
        if aggregation is not None and any(name in key for key in aggregation.entity_keys):
            raise errors.invalid(f"Column {name} is in an entity key of the aggregation policy on {found.ref.fqn}.")
        account = attached.column_dropped(account, found.ref, name)
    kept = tuple(c for c in found.columns if c.name not in names)
    sql = tuple(f"ALTER TABLE {_place(found)} DROP COLUMN {_sql(n)}" for n in names)
    return account.with_object(replace(found, columns=kept)), sql


def _retype(found: Relation, name: str, data_type: str, account: Account) -> _Step:
    _require_column(found, name)
    described = data_types.described(data_type)
    old = found.column(name)
    if old is not None and data_types.family(old.data_type) != data_types.family(described):
        raise SnowflakeError(
            2108,
            "22000",
            f"SQL compilation error:\ncannot change column {name} from type {old.data_type} to {described}",
        )
    columns = tuple(replace(c, data_type=described) if c.name == name else c for c in found.columns)
    sql = f"ALTER TABLE {_place(found)} ALTER COLUMN {_sql(name)} SET DATA TYPE {described}"
    return account.with_object(replace(found, columns=columns)), (sql,)


def _set(action: exp.AlterSet, found: Relation, account: Account) -> _Step:
    """SET COMMENT, SET SECURE, and the settings of CREATE TABLE."""
    for given in [p for group in action.expressions for p in group.expressions]:
        name = given.name.upper()
        if isinstance(given, exp.SchemaCommentProperty):
            found = replace(found, comment=given.this.name)
        elif isinstance(given, exp.SecureProperty) and found.is_view:
            found = replace(found, secure=True)
        elif type(given) is exp.Property and name == RETENTION and not found.is_view:
            value = retention(given.args["value"].sql(), found.kind == "TRANSIENT")
            found = replace(found, properties=frozen({**found.properties, name: value}))
        elif type(given) is not exp.Property or name not in SETTINGS_WITHOUT_EFFECT:
            raise not_implemented(f"ALTER {found.ref.type.value} ... SET {given.sql(dialect='snowflake')}")
    return account.with_object(found), ()


def _unset(action: exp.Set, found: Relation, account: Account) -> _Step:
    """UNSET of what `_set` sets."""
    for name in (e.name.upper() for e in action.expressions):
        if name == "COMMENT":
            found = replace(found, comment="")
        elif name == "SECURE" and found.is_view:
            found = replace(found, secure=False)
        elif name == RETENTION and not found.is_view:
            kept = {k: v for k, v in found.properties.items() if k != name}
            found = replace(found, properties=frozen(kept))
        elif name not in SETTINGS_WITHOUT_EFFECT:
            raise not_implemented(f"ALTER {found.ref.type.value} ... UNSET {name}")
    return account.with_object(found), ()


def _cluster(found: Relation, keys: str, account: Account) -> _Step:
    """The clustering key is shown and has no other effect."""
    properties = {**found.properties, "CLUSTER_BY": f"LINEAR({keys})"}
    return account.with_object(replace(found, properties=frozen(properties))), ()


def _column_comment(found: Relation, name: str, text: str) -> Relation:
    _require_column(found, name)
    return replace(found, columns=tuple(replace(c, comment=text) if c.name == name else c for c in found.columns))


def _require_column(found: Relation, name: str) -> None:
    if found.column(name) is None:
        raise SnowflakeError(904, "42000", f"SQL compilation error:\ninvalid identifier '{name}'")


def _require_kind(found: Relation, kind: str) -> None:
    if found.ref.type.value != kind:
        raise SnowflakeError(
            2203,
            "42601",
            f"SQL compilation error:\nObject found is of type '{found.ref.type.value}', not specified type '{kind}'.",
        )


def _require_ownership(found: Relation, work: Work) -> None:
    if not work.session.authority(work.seen).owns(found.ref):
        raise errors.forbidden(found.ref, "OWNERSHIP")


def _place(found: Relation) -> str:
    """Where the rows are, as SQL."""
    return str(full_table(found.physical).sql(dialect="snowflake"))


def _sql(name: str) -> str:
    return str(quoted(name).sql(dialect="snowflake"))
