"""What one statement works on, and the effect it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from snowmesh.account.objects import RELATION_TYPES, ObjectRef, Relation
from snowmesh.account.state import Account, AggregationReference, PolicyReference, RowPolicyReference, TagTarget
from snowmesh.local import statements
from snowmesh.local.engine import EngineSession
from snowmesh.local.functions import Context
from snowmesh.local.history import History
from snowmesh.local.rewrite import Findings, Reader
from snowmesh.local.session import Copy, ResultSet, Session
from snowmesh.local.statements.base import Alter
from snowmesh.local.text import engine_sql


@dataclass(frozen=True)
class TemporaryTable:
    """A temporary table of one session: where its rows are, and its own tags and masks (I19, P51)."""

    relation: Relation
    physical: tuple[str, ...]
    masks: Mapping[str, PolicyReference] = field(default_factory=dict)
    tags: Mapping[str, Mapping[ObjectRef, str]] = field(default_factory=dict)
    row_policy: RowPolicyReference | None = None
    projections: Mapping[str, ObjectRef] = field(default_factory=dict)
    aggregation: AggregationReference | None = None


Temporaries = Mapping[tuple[str, ...], TemporaryTable]


@dataclass(frozen=True)
class Work:
    """The account as committed, as this session sees it (temporary tables over permanent ones), the session."""

    base: Account
    seen: Account
    session: Session
    temporaries: Temporaries
    engine: EngineSession
    scratch: tuple[str, str]
    history: History = field(default_factory=History)
    session_id: str = ""
    register: Callable[[Reader], None] = lambda _: None
    """Make readable for the engine what a reader answers from the catalog or from an earlier result."""

    def reader(self) -> Reader:
        """A reader with the rights of all active roles."""
        context = Context(
            account=self.seen,
            session=self.session,
            database=self.session.database,
            schema=self.session.schema,
            invoker=self.session.role,
            history=self.history,
            session_id=self.session_id,
        )
        physical = {t.relation.ref: t.physical for t in self.temporaries.values()}
        reader = Reader(context, self.session.authority(self.seen), physical, Findings.none())
        reader.compute = self._compute
        return reader

    def _compute(self, expression: exp.Expr) -> str | None:
        """The value of an expression, for the bodies of policies that decide before a query runs."""
        table = self.engine.execute(engine_sql(exp.select(expression))).table
        value = table.column(0)[0].as_py()
        return None if value is None else str(value)


@dataclass(frozen=True)
class Effect:
    """Copies of tables and statements for the engine, then the account and temporary tables that hold after them.

    `computes`: a query runs, which takes a warehouse even when it reads no table.
    """

    account: Account
    result: ResultSet
    sql: tuple[str, ...] = ()
    temporaries: Temporaries | None = None
    reader: Reader | None = None
    computes: bool = False
    copies: tuple[Copy, ...] = ()


def overlay(account: Account, temporaries: Temporaries) -> Account:
    """The account as a session sees it: its temporary tables shadow permanent ones (I19)."""
    for name, temporary in sorted(temporaries.items()):
        shadowed = account.relation(name)
        account = account.without_object(shadowed.ref) if shadowed else account
        ref = temporary.relation.ref
        account = account.with_object(temporary.relation)
        if temporary.row_policy is not None:
            account = account.with_row_policy(ref, temporary.row_policy)
        if temporary.aggregation is not None:
            account = account.with_aggregation(ref, temporary.aggregation)
        for column, policy in temporary.projections.items():
            account = account.with_projection(ref, column, policy)
        for column, mask in temporary.masks.items():
            account = account.with_mask(ref, column, mask)
        for column, values in temporary.tags.items():
            for tag, value in values.items():
                account = account.with_tag_value(TagTarget(ref, column), tag, value)
    return account


def temporary_of(account: Account, relation: Relation, physical: tuple[str, ...]) -> TemporaryTable:
    """Take a temporary table, with its tags and masks, out of the account that a statement computed."""
    return TemporaryTable(
        relation,
        physical,
        masks={column: mask for (ref, column), mask in account.masks.items() if ref == relation.ref},
        tags={target.column: dict(v) for target, v in account.tag_values.items() if target.object == relation.ref},
        row_policy=account.row_policies.get(relation.ref),
        projections={column: policy for (ref, column), policy in account.projections.items() if ref == relation.ref},
        aggregation=account.aggregations.get(relation.ref),
    )


def altered_temporary(
    statement: statements.Statement, session: Session, temporaries: Temporaries
) -> tuple[str, ...] | None:
    """The temporary table whose tags or policies a statement changes: it shadows a permanent one of its name (I19)."""
    if not isinstance(statement, Alter) or statement.object_type not in RELATION_TYPES or not temporaries:
        return None
    ref = session.resolve(statement.object_type, statement.parts, "ALTER")
    return ref.name if ref.name in temporaries else None
