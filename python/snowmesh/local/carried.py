"""What queries over a constrained table hand on: hidden columns that tell its rows, or entities, apart (A23)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from snowmesh.local.errors import SnowflakeError
from snowmesh.local.names import quoted, stored
from snowmesh.local.shapes import Shape


@dataclass(frozen=True)
class Group:
    """A hidden column by name, and how many of its values a group must have; `once`: no value is there twice."""

    column: str
    minimum: int
    once: bool = False


@dataclass(frozen=True)
class Known:
    """What a query yields: its columns, each with whether it is a column of a table as it is, and what it carries."""

    columns: tuple[tuple[str, bool], ...] | None
    carried: tuple[Group, ...] = ()

    def names(self, name: str) -> list[bool]:
        """Whether each column of that name is one of a table."""
        return [plain for other, plain in self.columns or () if other.upper() == name.upper()]


@dataclass(frozen=True)
class Source:
    """What a FROM or JOIN names."""

    alias: str
    known: Known


@dataclass
class Names:
    """The common table expressions at one place, as this module and as lineage know them."""

    known: dict[str, Known]
    shapes: dict[str, Shape]

    def copy(self) -> Names:
        """The same, to be added to."""
        return Names(dict(self.known), dict(self.shapes))


def required() -> SnowflakeError:
    """Rows would leave the statement."""
    return violated("aggregation required")


def violated(what: str) -> SnowflakeError:
    """A query that does not meet the requirements of the policy."""
    return SnowflakeError(3549, "42601", f"SQL compilation error: Aggregation policy violation: {what}.")


def renamed(node: exp.Expr, known: Known) -> Known:
    """What is known under the column names of an alias."""
    alias = node.args.get("alias")
    names = [stored(c) for c in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return known
    if known.columns is None:
        return Known(tuple((name, False) for name in names), known.carried)
    if len(names) != len(known.columns):
        raise violated("the column names of an alias do not fit the columns")
    return Known(tuple((n, is_plain) for n, (_, is_plain) in zip(names, known.columns, strict=True)), known.carried)


def name_hidden(node: exp.Expr, known: Known) -> None:
    """Where an alias names the columns, let it name the hidden ones too."""
    alias = node.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.args.get("columns"):
        hidden = [quoted(group.column) for group in known.carried]
        alias.set("columns", [*alias.args["columns"], *hidden])


def insert_nulls(branch: exp.Expr, count: int, before: int) -> None:
    """Put NULL for the hidden columns of the other branch before the last `before` columns of this one."""
    if isinstance(branch, exp.SetOperation):
        insert_nulls(branch.this, count, before)
        insert_nulls(branch.expression, count, before)
    elif isinstance(branch, (exp.Subquery, exp.Paren)):
        insert_nulls(branch.this, count, before)
    elif isinstance(branch, exp.Select):
        at = len(branch.expressions) - before
        nulls: list[exp.Expr] = [exp.alias_(exp.Null(), quoted(f"_NULL_{n}")) for n in range(count)]
        branch.set("expressions", [*branch.expressions[:at], *nulls, *branch.expressions[at:]])
    elif count:
        raise violated("VALUES in UNION ALL is not allowed")


def rename_last(branch: exp.Expr, names: list[str]) -> None:
    """Name the last columns of the first query of a set operation: its names are those of the result."""
    while not isinstance(branch, exp.Select):
        branch = branch.this
    for item, name in zip(branch.expressions[len(branch.expressions) - len(names) :], names, strict=True):
        item.set("alias", quoted(name))
