"""What changed between two states of one product. Severity is decided later, by who reads it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import SqlglotError

from snowmesh.impact.mesh import Column, Product

ACCESS = ("private", "protected", "public")


@dataclass(frozen=True)
class Change:
    """One change: `kind` is a key of KINDS; `column` is upper case, or empty for the product.

    `moved_to` is the version that refs without a version mean from now on; then only those are reached.
    """

    kind: str
    product: Product
    column: str = ""
    before: str = ""
    after: str = ""
    moved_to: Product | None = None


def compare(base: Product, head: Product) -> list[Change]:
    """Every change of a product that is there in both states."""
    return [*_of_model(base, head), *_of_columns(base, head)]


def _of_model(base: Product, head: Product) -> Iterator[Change]:
    pairs = (
        ("relation-moved", base.relation, head.relation),
        ("materialization-changed", base.materialized, head.materialized),
        ("group-changed", base.group, head.group),
        ("owner-changed", base.owner, head.owner),
        ("deprecation-changed", base.deprecation_date, head.deprecation_date),
        ("sql-changed", base.checksum, head.checksum),
        ("row-access-changed", _value(base, "row_access_policy"), _value(head, "row_access_policy")),
        ("aggregation-changed", _value(base, "aggregation_policy"), _value(head, "aggregation_policy")),
        ("tags-changed", _value(base, "tags"), _value(head, "tags")),
    )
    for kind, before, after in pairs:
        if before != after:
            yield Change(kind, head, "", before, after)
    if base.access != head.access:
        is_lower = ACCESS.index(head.access) < ACCESS.index(base.access)
        yield Change("access-lowered" if is_lower else "access-raised", head, "", base.access, head.access)
    if base.contracted != head.contracted:
        yield Change("contract-added" if head.contracted else "contract-removed", head)
    for promise in sorted(base.promises - head.promises):
        yield Change("promise-removed", head, "", promise)
    yield from _of_grants(base, head)


def _of_grants(base: Product, head: Product) -> Iterator[Change]:
    for privilege in sorted({*base.grants, *head.grants}):
        before, after = base.grants.get(privilege, frozenset()), head.grants.get(privilege, frozenset())
        for role in sorted(before - after):
            yield Change("grant-removed", head, "", f"{privilege} to {role}")
        for role in sorted(after - before):
            yield Change("grant-added", head, "", "", f"{privilege} to {role}")


def _of_columns(base: Product, head: Product) -> Iterator[Change]:
    for name, column in base.columns.items():
        other = head.columns.get(name)
        if other is None:
            yield Change("column-removed", head, name, column.data_type)
        else:
            yield from _of_column(head, name, column, other)
    for name, column in head.columns.items():
        if name not in base.columns:
            yield Change("column-added", head, name, "", column.data_type)
    kept = [name for name in head.columns if name in base.columns]
    if kept != [name for name in base.columns if name in head.columns]:
        yield Change("columns-reordered", head, "", ", ".join(base.columns), ", ".join(head.columns))


def _of_column(head: Product, name: str, before: Column, after: Column) -> Iterator[Change]:
    if before.data_type.lower() != after.data_type.lower():
        is_same = _family(before.data_type) == _family(after.data_type)
        kind = "column-precision-changed" if is_same else "column-type-changed"
        yield Change(kind, head, name, before.data_type, after.data_type)
    if before.block != after.block:
        kind = "column-unprotected" if before.block and not after.block else "column-protection-changed"
        yield Change(kind, head, name, _shown(before.block), _shown(after.block))
    for promise in sorted(before.promises - after.promises):
        yield Change("column-promise-removed", head, name, promise)
    if before.description != after.description:
        yield Change("column-description-changed", head, name)


def _family(data_type: str) -> str:
    """`number(38, 0)` and `decimal(10, 2)` are one family."""
    try:
        built = exp.DataType.build(data_type, dialect="snowflake")
    except SqlglotError:
        return data_type.lower()
    kind = built.this
    families = (
        exp.DataType.TEXT_TYPES,
        exp.DataType.NUMERIC_TYPES - exp.DataType.FLOAT_TYPES,
        exp.DataType.FLOAT_TYPES,
    )
    return next((str(i) for i, family in enumerate(families) if kind in family), str(kind))


def _value(product: Product, key: str) -> str:
    found = product.block.get(key)
    return _shown(found) if found else ""


def _shown(found: object) -> str:
    """A block in one line, the same for the same content."""
    if isinstance(found, dict):
        return ", ".join(f"{key}: {_shown(value)}" for key, value in sorted(found.items()))
    if isinstance(found, (list, tuple)):
        return "[" + ", ".join(_shown(item) for item in found) + "]"
    return "" if found is None else str(found)
