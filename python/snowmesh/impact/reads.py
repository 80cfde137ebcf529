"""Which columns of which product a consumer's SQL reads. What cannot be told is said to read everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from snowmesh.impact.mesh import Consumer, Product

_DIALECT = "snowflake"


@dataclass(frozen=True)
class Read:
    """What one model reads of one product: upper-case columns, whether `*` is used, whether that is a guess."""

    consumer: Consumer
    product: str
    pinned: str
    columns: frozenset[str] = frozenset()
    star: bool = False
    unknown: str = ""

    def touches(self, column: str) -> bool:
        """Whether a change of the column reaches this model."""
        return bool(self.unknown) or self.star or column in self.columns

    def line(self, word: str) -> int:
        """The first line of the model's file that has the word, or 1."""
        for number, line in enumerate(self.consumer.raw.splitlines(), start=1):
            if word.upper() in _words(line):
                return number
        return 1


def reads_of(consumer: Consumer, products: Mapping[str, Sequence[Product]]) -> list[Read]:
    """The reads of a model, one for each product it depends on; a product may be known in several states."""
    names = [name for name in sorted(consumer.reads) if name in products]
    states = [product for name in names for product in products[name]]
    pinned = {name: _pinned(consumer, products[name][0]) for name in names}
    try:
        found = _columns(consumer.compiled or _rendered(consumer, states), states)
    except (TemplateError, SqlglotError, RecursionError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        return [Read(consumer, name, pinned[name], unknown=reason) for name in names]
    return [Read(consumer, name, pinned[name], *found[name]) for name in names]


def _pinned(consumer: Consumer, product: Product) -> str:
    versions = (v for _, name, v in consumer.refs if name == product.name)
    return next((v for v in versions if v and v == product.version), "")


def _rendered(consumer: Consumer, products: Sequence[Product]) -> str:
    """The SQL of a model that was only parsed: refs become relations; what else dbt would render is unknown."""
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    environment.globals.update(ref=_ref(list(products)), config=lambda *_, **__: "", source=_source)
    return environment.from_string(consumer.raw).render()


def _ref(products: list[Product]) -> Callable[..., str]:
    def ref(*names: str, v: Any = None, version: Any = None) -> str:
        pinned = str(v if v is not None else version if version is not None else "")
        for product in products:
            if product.name == names[-1] and (pinned == product.version or (not pinned and product.is_latest)):
                return product.relation
        return '"?"."?".' + '"' + str(names[-1]) + '"'

    return ref


def _source(*names: str) -> str:
    return ".".join(f'"{name}"' for name in names)


def _columns(sql: str, products: list[Product]) -> dict[str, tuple[frozenset[str], bool]]:
    """(columns, whether by `*`) for each product."""
    tree = normalize_identifiers(parse_one(sql, dialect=_DIALECT), dialect=_DIALECT)
    relations = {_relation(product.relation): product for product in products}
    schema: dict[str, Any] = {}
    for (database, schema_name, table), product in relations.items():
        columns = {name: column.data_type or "varchar" for name, column in product.columns.items()}
        schema.setdefault(database, {}).setdefault(schema_name, {})[table] = columns
    starred = {u for scope in traverse_scope(tree) for u in _starred(scope, relations)}
    qualified = qualify(tree, dialect=_DIALECT, schema=schema, validate_qualify_columns=False, quote_identifiers=False)
    found: dict[str, set[str]] = {product.unique_id: set() for product in products}
    for scope in traverse_scope(qualified):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            read = relations.get(_name(source)) if isinstance(source, exp.Table) else None
            if read is not None:
                found[read.unique_id].add(column.name.upper())
            elif not column.table:  # nobody knows whose it is: it may be anybody's
                for names in found.values():
                    names.add(column.name.upper())
    return {unique_id: (frozenset(names), unique_id in starred) for unique_id, names in found.items()}


def _starred(scope: Scope, relations: Mapping[tuple[str, str, str], Product]) -> Iterable[str]:
    """The products that a scope selects `*` of."""
    if not isinstance(scope.expression, exp.Select):
        return
    for projection in scope.expression.expressions:
        if not projection.is_star:
            continue
        alias = projection.table if isinstance(projection, exp.Column) else ""
        for name, source in scope.sources.items():
            product = relations.get(_name(source)) if isinstance(source, exp.Table) else None
            if product is not None and (not alias or alias == name):
                yield product.unique_id


def _relation(written: str) -> tuple[str, str, str]:
    table = normalize_identifiers(exp.to_table(written, dialect=_DIALECT), dialect=_DIALECT)
    return _name(table)


def _name(table: exp.Table) -> tuple[str, str, str]:
    return table.catalog, table.db, table.name


def _words(line: str) -> set[str]:
    return set("".join(c if c.isalnum() or c in "_$" else " " for c in line).upper().split())
