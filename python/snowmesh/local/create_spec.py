"""What a CREATE TABLE or CREATE VIEW asks for, as frozen data, with its governance clauses (facts M19-M21, T15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from snowmesh.account.data_types import UnknownDataType, described
from snowmesh.account.dropping import RETENTION
from snowmesh.local import copy_clauses, create_clauses
from snowmesh.local.errors import invalid, not_implemented
from snowmesh.local.names import dotted, parts_of, stored

# properties without any effect on what is stored here or on who may read it
WITHOUT_EFFECT = (
    exp.ClusterProperty,
    exp.TransientProperty,
    exp.TemporaryProperty,
    exp.SecureProperty,
    exp.CopyGrantsProperty,
)
_UNDERSTOOD = (exp.SchemaCommentProperty, exp.Tags, exp.RowAccessProperty, exp.LikeProperty)
SETTINGS_WITHOUT_EFFECT = ("MAX_DATA_EXTENSION_TIME_IN_DAYS", "CHANGE_TRACKING")


@dataclass(frozen=True)
class InlineMask:
    """`MASKING POLICY p USING (…)` behind a column."""

    policy: tuple[str, ...]
    using: tuple[str, ...] = ()


@dataclass(frozen=True)
class InlineRowPolicy:
    """`ROW ACCESS POLICY p ON (…)` behind the column list."""

    policy: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class InlineAggregation:
    """`AGGREGATION POLICY p ENTITY KEY (…)` behind the column list."""

    policy: tuple[str, ...]
    keys: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class ColumnSpec:
    """A column of the statement; views and untyped CTAS columns have no data type."""

    name: str
    data_type: str = ""
    nullable: bool = True
    comment: str = ""
    mask: InlineMask | None = None
    projection: tuple[str, ...] = ()
    tags: tuple[tuple[tuple[str, ...], str], ...] = ()


@dataclass(frozen=True)
class CreateSpec:
    """The whole statement but its query."""

    name: tuple[str, ...]
    view: bool
    replace: bool
    if_not_exists: bool
    transient: bool
    temporary: bool
    secure: bool
    copy_grants: bool
    copy_tags: bool
    comment: str
    columns: tuple[ColumnSpec, ...]
    tags: tuple[tuple[tuple[str, ...], str], ...]
    row_policies: tuple[InlineRowPolicy, ...] = ()
    clone: tuple[str, ...] = ()
    like: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    aggregation: InlineAggregation | None = None


def read(statement: exp.Create) -> CreateSpec:
    """Read a parsed CREATE TABLE or VIEW. A clause that is not understood is refused by name."""
    found = statement.args.get("properties")
    properties: list[exp.Expr] = list(found.expressions) if found else []
    columns = statement.this.expressions if isinstance(statement.this, exp.Schema) else []
    target = statement.this.this if isinstance(statement.this, exp.Schema) else statement.this
    _refuse_unknown(properties)
    return CreateSpec(
        name=parts_of(target),
        view=str(statement.args["kind"]).upper() == "VIEW",
        replace=bool(statement.args.get("replace")),
        if_not_exists=bool(statement.args.get("exists")),
        transient=_has(properties, exp.TransientProperty),
        temporary=_has(properties, exp.TemporaryProperty),
        secure=_has(properties, exp.SecureProperty),
        copy_grants=_has(properties, exp.CopyGrantsProperty) or copy_clauses.has(statement, copy_clauses.GRANTS),
        copy_tags=copy_clauses.has(statement, copy_clauses.TAGS),
        comment=next((p.this.name for p in properties if isinstance(p, exp.SchemaCommentProperty)), ""),
        columns=tuple(c for c in (column_spec(e) for e in columns) if c is not None),
        tags=tuple(tag for p in properties if isinstance(p, exp.Tags) for tag in _tags(p)),
        row_policies=tuple(_row_policy(p) for p in properties if isinstance(p, exp.RowAccessProperty)),
        clone=_source(statement.args.get("clone")),
        like=next((_source(p) for p in properties if isinstance(p, exp.LikeProperty)), ()),
        settings=_settings(properties),
        aggregation=_aggregation(statement),
    )


def _has(properties: list[exp.Expr], kind: type[exp.Expr]) -> bool:
    return any(isinstance(p, kind) for p in properties)


def _refuse_unknown(properties: list[exp.Expr]) -> None:
    for found in properties:
        setting = type(found) is exp.Property and found.name.upper() in (RETENTION, *SETTINGS_WITHOUT_EFFECT)
        if not (setting or isinstance(found, (*WITHOUT_EFFECT, *_UNDERSTOOD))):
            raise not_implemented(f"{found.sql(dialect='snowflake')} in CREATE")


def _source(node: exp.Expr | None) -> tuple[str, ...]:
    """The table after CLONE or LIKE. Its past cannot be copied: there is no Time Travel but UNDROP."""
    if node is None:
        return ()
    table = node.this
    if not isinstance(table, exp.Table) or any(v for k, v in table.args.items() if k not in ("this", "db", "catalog")):
        raise not_implemented(f"{node.sql(dialect='snowflake')}", "name a table, without AT or BEFORE")
    return parts_of(table)


def _settings(properties: list[exp.Expr]) -> dict[str, str]:
    """The properties that are kept with the table."""
    found = [p for p in properties if type(p) is exp.Property and p.name.upper() == RETENTION]
    transient = _has(properties, exp.TransientProperty)
    values = [retention(p.args["value"].sql(), transient) for p in found]
    return {RETENTION: values[-1]} if values else {}


def retention(value: str, transient: bool) -> str:
    """The value of DATA_RETENTION_TIME_IN_DAYS: 0 to 90, of what is transient 0 or 1 (P51). Raises SnowflakeError."""
    if not value.isdigit() or int(value) > (1 if transient else 90):
        raise invalid(f"Exception: invalid value [{value}] for parameter '{RETENTION}'")
    return value


def column_spec(node: exp.Expr) -> ColumnSpec | None:
    """Read one entry of a column list; None for a table constraint."""
    if isinstance(node, exp.Identifier):
        return ColumnSpec(stored(node))
    if isinstance(node, (exp.PrimaryKey, exp.ForeignKey, exp.UniqueColumnConstraint, exp.Constraint)):
        return None  # not enforced by Snowflake either
    if not isinstance(node, exp.ColumnDef):
        raise not_implemented(f"{node.sql(dialect='snowflake')} in a column list")
    constraints = [c.args["kind"] for c in node.args.get("constraints") or [] if c.args.get("kind") is not None]
    for constraint in constraints:
        _check_constraint(constraint)
    kind = node.args.get("kind")
    return ColumnSpec(
        name=stored(node.this),
        data_type=_described(kind) if kind is not None else "",
        nullable=not any(_not_null(c) for c in constraints),
        comment=next((c.this.name for c in constraints if isinstance(c, exp.CommentColumnConstraint)), ""),
        mask=next((_mask(c) for c in constraints if isinstance(c, exp.MaskingPolicyColumnConstraint)), None),
        projection=_projection(constraints),
        tags=tuple(tag for c in constraints if isinstance(c, exp.Tags) for tag in _tags(c)),
    )


def _check_constraint(constraint: exp.Expr) -> None:
    allowed = (
        exp.NotNullColumnConstraint,
        exp.CommentColumnConstraint,
        exp.MaskingPolicyColumnConstraint,
        exp.ProjectionPolicyColumnConstraint,
        exp.Tags,
        exp.PrimaryKeyColumnConstraint,
        exp.UniqueColumnConstraint,
        exp.Reference,
        exp.DefaultColumnConstraint,
        exp.AutoIncrementColumnConstraint,
        exp.GeneratedAsIdentityColumnConstraint,
    )
    if not isinstance(constraint, allowed):
        raise not_implemented(f"column clause {constraint.sql(dialect='snowflake')}")


def _not_null(constraint: exp.Expr) -> bool:
    if isinstance(constraint, exp.PrimaryKeyColumnConstraint):
        return True
    return isinstance(constraint, exp.NotNullColumnConstraint) and not constraint.args.get("allow_null")


def _described(kind: exp.Expr) -> str:
    text = kind.sql(dialect="snowflake")
    try:
        return described(text)
    except UnknownDataType as error:
        raise invalid(str(error)) from None


def _mask(constraint: exp.MaskingPolicyColumnConstraint) -> InlineMask:
    using = constraint.expressions or []
    return InlineMask(dotted(constraint.this), tuple(dotted(u)[-1] for u in using))


def _projection(constraints: list[exp.Expr]) -> tuple[str, ...]:
    found = [dotted(c.this) for c in constraints if isinstance(c, exp.ProjectionPolicyColumnConstraint)]
    if len(found) > 1:
        raise invalid("A column has one projection policy at most.")
    return found[0] if found else ()


def _aggregation(statement: exp.Create) -> InlineAggregation | None:
    found = create_clauses.aggregation(statement)
    return InlineAggregation(*found) if found else None


def _row_policy(found: exp.RowAccessProperty) -> InlineRowPolicy:
    return InlineRowPolicy(dotted(found.this), tuple(dotted(c)[-1] for c in found.expressions or []))


def _tags(node: exp.Tags) -> list[tuple[tuple[str, ...], str]]:
    found = []
    for item in node.expressions:
        value = item.args.get("value") if isinstance(item, exp.Property) else None
        if not (isinstance(value, exp.Literal) and value.is_string):
            raise not_implemented(f"tag clause {item.sql(dialect='snowflake')}", "write TAG (name = 'value')")
        found.append((dotted(item.this), str(value.this)))
    return found
