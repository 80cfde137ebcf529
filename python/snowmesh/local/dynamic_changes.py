"""What the statements about dynamic tables do (M59, P14).

A dynamic table is its query and a table with the query's rows of the last refresh. Both are computed as its owner:
with the owner's rights and under the masks that the owner sees. Nothing refreshes by itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import sqlglot
from sqlglot import exp

from snowmesh.account import dropping
from snowmesh.account.objects import ObjectRef, ObjectType, Relation, warehouse
from snowmesh.account.state import frozen
from snowmesh.local import change, constrained_results, create, denials, storage
from snowmesh.local.dynamic_tables import ChangeDynamicTable, CreateDynamicTable, Statement
from snowmesh.local.errors import SnowflakeError, not_found, not_implemented
from snowmesh.local.names import full_table, parts_of, quoted
from snowmesh.local.session import status
from snowmesh.local.text import engine_sql
from snowmesh.local.work import Effect, Work

_DONE = "Statement executed successfully."


def effect(statement: Statement, work: Work) -> Effect:
    """The effect of a statement about a dynamic table. Raises SnowflakeError."""
    if isinstance(statement, CreateDynamicTable):
        return _create(statement, work)
    ref = work.session.resolve(ObjectType.DYNAMIC_TABLE, statement.name, f"ALTER {ObjectType.DYNAMIC_TABLE.value}")
    found = work.seen.relation(ref.name)
    if found is None or not work.session.authority(work.seen).sees(found.ref):
        if statement.if_exists:
            gone = "Drop statement executed successfully (object already dropped)."
            return Effect(work.base, status(gone if statement.verb == "DROP" else _DONE))
        raise not_found(ref)
    if found.ref.type is not ObjectType.DYNAMIC_TABLE:
        raise denials.wrong_type(found.ref.type, ref.type)
    return _change(statement, found, work)


def _create(statement: CreateDynamicTable, work: Work) -> Effect:
    node = statement.statement
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    ref = work.session.resolve(ObjectType.DYNAMIC_TABLE, parts_of(target), "CREATE DYNAMIC TABLE")
    for key in ("WAREHOUSE", "INITIALIZATION_WAREHOUSE"):
        if key in statement.settings:
            require_warehouse(statement.settings[key], work)
    inside = _as_owner(work, ref, work.session.role, statement.settings["WAREHOUSE"])
    return create.create(node, work, create.Dynamic(statement.settings, inside))


def _as_owner(work: Work, ref: ObjectRef, owner: str, warehouse_name: str) -> Work:
    """The work as the owner alone does it, in the dynamic table's schema: no secondary roles, no temporary tables."""
    database, schema, _ = ref.name
    session = replace(
        work.session, role=owner, secondary="NONE", database=database, schema=schema, warehouse=warehouse_name
    )
    return replace(work, seen=work.base, session=session, temporaries={})


def _change(statement: ChangeDynamicTable, found: Relation, work: Work) -> Effect:
    verb = statement.verb
    if verb in ("REFRESH", "SUSPEND", "RESUME"):
        _require_operate(found, work)
    else:
        denials.require(work.seen, work.session, "OWNERSHIP", found.ref)
    if verb == "REFRESH":
        return _refresh(found, work)
    if verb in ("SUSPEND", "RESUME"):
        return _with(found, {"SCHEDULING_STATE": "SUSPENDED" if verb == "SUSPEND" else "RUNNING"}, work)
    if verb == "DROP":
        return Effect(dropping.drop(work.base, found.ref), status(f"{found.ref.name[-1]} successfully dropped."))
    if verb == "RENAME":
        return Effect(change.rename(found, statement.new_name, work.base, work), status(_DONE))
    if verb == "SWAP":
        return Effect(change.swap(found, statement.new_name, work.base, work), status(_DONE))
    if verb in ("SET", "UNSET"):
        return _set(statement, found, work)
    raise not_implemented(f"ALTER DYNAMIC TABLE ... {verb}")


def _set(statement: ChangeDynamicTable, found: Relation, work: Work) -> Effect:
    settings = dict(statement.settings)
    if "COMMENT" in settings:
        found = replace(found, comment=settings.pop("COMMENT"))
    for key in ("WAREHOUSE", "INITIALIZATION_WAREHOUSE"):
        if settings.get(key):
            require_warehouse(settings[key], work)
    return _with(found, settings, work)


def _with(found: Relation, settings: dict[str, str], work: Work) -> Effect:
    """The table with settings changed; an empty one goes."""
    values = {k: v for k, v in {**found.properties, **settings}.items() if v}
    return Effect(work.base.with_object(replace(found, properties=frozen(values))), status(_DONE))


def _refresh(found: Relation, work: Work) -> Effect:
    """Run the query again as the owner; a query that now yields other columns needs a new dynamic table."""
    if not isinstance(found.owner, str):
        raise not_implemented("REFRESH of a dynamic table that a database role owns")
    inside = _as_owner(work, found.ref, found.owner, found.properties["WAREHOUSE"])
    reader = inside.reader()
    query = constrained_results.of_stored(reader.query(sqlglot.parse_one(found.query, read="snowflake")), reader)
    types = [column.data_type for column in create.describe(query, inside)]
    if types != [column.data_type for column in found.columns]:
        raise SnowflakeError(
            2037,
            "42601",
            f"SQL compilation error:\nThe query of dynamic table '{found.ref.name[-1]}' yields other columns than when "
            "it was created. Recreate it with CREATE OR REPLACE DYNAMIC TABLE.",
        )
    names = ", ".join(quoted(column.name).sql(dialect="snowflake") for column in found.columns)
    rows = f"SELECT * FROM ({engine_sql(query)}) AS _ROWS ({names})"
    refreshed = {**found.properties, "DATA_TIMESTAMP": datetime.now(timezone.utc).isoformat()}
    place = storage.place_for(work.base, found.ref)
    account = work.base.with_object(replace(found, properties=frozen(refreshed), storage=place))
    sql = f"CREATE OR REPLACE TABLE {full_table(place).sql(dialect='snowflake')} AS {rows}"
    return Effect(account, status(_DONE), (sql,), reader=reader, computes=True)


def _require_operate(found: Relation, work: Work) -> None:
    """OPERATE, which the owner holds; a reader must not choose when data moves."""
    if not work.session.authority(work.seen).holds("OPERATE", found.ref):
        raise denials.denied(work.seen, work.session, "OPERATE", found.ref)


def require_warehouse(name: str, work: Work) -> ObjectRef:
    """The warehouse that a dynamic table is to use: its owner needs USAGE on it."""
    ref = warehouse(name)
    if not work.session.primary_authority(work.seen).holds("USAGE", ref):
        raise not_found(ref)
    return ref
