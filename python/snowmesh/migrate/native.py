"""What dbt-snowflake itself takes: `table_tag` and `row_access_policy` of a node, custom constraints of a column."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from snowmesh.account.identifiers import display
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.tokens import Cursor
from snowmesh.migrate.found import Drop, Note, Taken
from snowmesh.migrate.project import Owner

_NEXT = "write it as a snowmesh block yourself"


def read(owner: Owner) -> Taken:
    """The block of a node's config, or of a column's constraints."""
    if owner.column is not None:
        return _of_constraints(owner)
    config = owner.entry.get("config")
    return read_config(config, owner.where, ("config",)) if isinstance(config, Mapping) else Taken()


def read_config(config: Mapping[str, Any], where: str, path: tuple[str, ...], plus: str = "") -> Taken:
    """`table_tag` and `row_access_policy` of a config; `plus` is what stands before keys in dbt_project.yml."""
    taken = Taken()
    for key, parse in (("table_tag", _tags), ("row_access_policy", _row_access)):
        for name in dict.fromkeys((plus + key, key)):
            if isinstance(config.get(name), str):
                taken = _joined(taken, _parsed(str(config[name]), parse, Drop(path, name), f"{where}, {key}"))
    return taken


def _of_constraints(owner: Owner) -> Taken:
    taken = Taken()
    constraints = owner.entry.get("constraints")
    for constraint in constraints if isinstance(constraints, list) else []:
        text = constraint.get("expression") if isinstance(constraint, Mapping) else None
        if text and constraint.get("type") == "custom":
            where = f"{owner.where}, custom constraint"
            taken = _joined(taken, _parsed(str(text), _column_clauses, Drop(("constraints",), constraint), where))
    return taken


def _parsed(text: str, parse: Any, drop: Drop, where: str) -> Taken:
    try:
        cursor = Cursor(text)
        taken: Taken = parse(cursor)
        cursor.expect_end()
    except SnowflakeError as error:
        detail = str(error).splitlines()[-1]
        return Taken(notes=(Note(where, f"{text!r} cannot be read ({detail}), and stays as it is", _NEXT),))
    return _joined(taken, Taken(drops=(drop,)))


def _tags(cursor: Cursor) -> Taken:
    """`db.schema.tag = 'value', other = 'value'`."""
    values: dict[str, str] = {}
    schemas: list[str] = []
    while True:
        name = cursor.name()
        cursor.expect("=")
        values[_written(name[-1])] = cursor.string()
        schemas.extend(_schema(name))
        if not cursor.accept(","):
            return Taken({"tags": values}, tags=tuple(values), schemas=tuple(schemas))


def _row_access(cursor: Cursor) -> Taken:
    """`db.schema.policy on (column, …)`."""
    name = cursor.name()
    cursor.expect("ON")
    block = {"row_access_policy": {"name": _written(name[-1]), "columns": _columns(cursor)}}
    return Taken(block, other_policies=(("row_access_policies", _written(name[-1])),), schemas=_schema(name))


def _column_clauses(cursor: Cursor) -> Taken:
    """`[with] masking policy p [using (…)]`, `[with] projection policy p`, `[with] tag (t = 'v')`, in any order."""
    taken = Taken()
    while not cursor.done:
        cursor.accept("WITH")
        taken = _joined(taken, _column_clause(cursor, cursor.expect("MASKING POLICY", "PROJECTION POLICY", "TAG")))
    return taken


def _column_clause(cursor: Cursor, kind: str) -> Taken:
    if kind == "TAG":
        cursor.expect("(")
        taken = _tags(cursor)
        cursor.expect(")")
        return taken
    name = cursor.name()
    written, schemas = _written(name[-1]), _schema(name)
    if kind == "PROJECTION POLICY":
        other = (("projection_policies", written),)
        return Taken({"projection_policy": written}, other_policies=other, schemas=schemas)
    using = _columns(cursor)[1:] if cursor.accept("USING") else []
    policy: Any = {"name": written, "using": using} if using else written
    return Taken({"masking_policy": policy}, masking_policies=(written,), schemas=schemas)


def _columns(cursor: Cursor) -> list[str]:
    cursor.expect("(")
    columns = [_written(cursor.identifier())]
    while cursor.expect(",", ")") == ",":
        columns.append(_written(cursor.identifier()))
    return columns


def _written(stored: str) -> str:
    """A stored name as one writes it in YAML: lower case, or in double quotes when it needs them."""
    text = display(stored)
    return text if text.startswith('"') else text.lower()


def _schema(name: tuple[str, ...]) -> tuple[str, ...]:
    return (".".join(_written(part) for part in name[:-1]),) if len(name) > 1 else ()


def _joined(one: Taken, other: Taken) -> Taken:
    tags = {**one.block.get("tags", {}), **other.block.get("tags", {})}
    block = {**one.block, **other.block, **({"tags": tags} if tags else {})}
    return Taken(
        block,
        one.drops + other.drops,
        one.tags + other.tags,
        one.masking_policies + other.masking_policies,
        one.other_policies + other.other_policies,
        one.schemas + other.schemas,
        one.notes + other.notes,
    )
