"""Run one kind of statement each: queries share the lock, everything else holds it alone.

Data first, then the catalog; the account is one frozen value that a statement replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from typing import Any

from sqlglot import exp

from snowmesh.account import lifecycle
from snowmesh.account.objects import ObjectRef, Relation
from snowmesh.account.state import Account
from snowmesh.local import (
    compute,
    constrained_results,
    dml,
    policy_context,
    show,
    statements,
    storage,
    wire,
)
from snowmesh.local.connected import Connected
from snowmesh.local.engine import ASIDE, Engine, EngineSession, Rows
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.locks import ReadWriteLock
from snowmesh.local.rewrite import Reader
from snowmesh.local.row_access import redacted
from snowmesh.local.session import Copy, Outcome, ResultSet, status
from snowmesh.local.statements.use import USES
from snowmesh.local.store import Store
from snowmesh.local.text import engine_sql
from snowmesh.local.work import Effect, Work, altered_temporary, overlay, temporary_of

Binds = Sequence[Any] | dict[str, Any] | None


class Runner:
    """The account and its data, changed one statement at a time."""

    def __init__(self, engine: Engine, account: Account, store: Store) -> None:
        self.account = account
        self._engine, self._store = engine, store
        self._lock = ReadWriteLock()

    def show(self, connected: Connected, statement: show.ShowStatement) -> Rows:
        """SHOW or DESCRIBE: of the account as it is now; waits for nobody."""
        work = self.work(connected)
        return wire.rows_of(show.execute(statement, work.seen, work.session, connected.parameters))

    def use(self, connected: Connected, statement: statements.Statement) -> ResultSet:
        """A statement that changes the session only; waits for nobody."""
        outcome = statements.execute(statement, self.account, connected.session)
        connected.session = outcome.session
        return outcome.result

    def govern(self, connected: Connected, statement: statements.Statement) -> ResultSet:
        """A governance statement."""
        if isinstance(statement, USES):
            return self.use(connected, statement)
        with self._lock.writing():
            temporary = altered_temporary(statement, connected.session, connected.temporaries)
            if temporary is not None:
                return self._govern_temporary(connected, statement, temporary)
            try:
                outcome = statements.execute(statement, self.account, connected.session)
            except statements.PartiallyExecuted as partial:  # what was done stays done (P30)
                self._settle(connected, partial.outcome)
                raise
            self._settle(connected, outcome)
            return outcome.result

    def _govern_temporary(
        self, connected: Connected, statement: statements.Statement, name: tuple[str, ...]
    ) -> ResultSet:
        """Tags and policies of a temporary table, which the session alone has."""
        before = connected.temporaries[name]
        outcome = statements.execute(statement, self.work(connected).seen, connected.session)
        self._end_transaction(connected)
        after = temporary_of(outcome.account, outcome.account.relation(name) or before.relation, before.physical)
        connected.temporaries = {**connected.temporaries, name: after}
        return outcome.result

    def _settle(self, connected: Connected, outcome: Outcome) -> None:
        """Make a governance statement's outcome the account and the session."""
        before = self.account
        after = lifecycle.stamped(before, outcome.account, datetime.now(timezone.utc))
        if after is not before:
            self._end_transaction(connected)
            storage.follow(self._engine, before, after)
            self._copy(connected, after, outcome.copies)
            self._commit(after)
        connected.session = outcome.session

    def query(
        self,
        connected: Connected,
        node: exp.Expr,
        binds: Binds,
        describe_only: bool,
        *,
        simulated: policy_context.Simulated | None = None,
    ) -> Rows:
        """A query, or only the shape of its result."""
        with self._lock.reading():
            work = self.work(connected)
            reader = work.reader()
            query = simulated.rewrite(node, reader) if simulated else reader.query(node)
            query = constrained_results.of_result(query, reader)
            self._refuse_changed(connected, reader.findings.reads)
            computes = compute.require(reader)
            try:
                self._register(connected, reader)
                sql = engine_sql(query)
                with connected.engine.calls.interruptible(), redacted(reader):
                    engine = connected.engine
                    rows = _empty(engine, sql, binds) if describe_only else engine.execute(sql, binds)
            finally:
                connected.engine.release()
        if computes and compute.resumed(self.account, connected.session.warehouse) is not self.account:
            with self._lock.writing():
                self._resume(connected)
        return rows

    def dml(self, connected: Connected, node: exp.Expr, binds: Binds, describe_only: bool) -> Rows:
        """INSERT, UPDATE, DELETE, MERGE, TRUNCATE."""
        with self._lock.writing():
            reader = self.work(connected).reader()
            written, target = dml.rewrite(node, reader)
            self._refuse_changed(connected, {*reader.findings.reads, target.ref})
            compute.require(reader, always=True)
            if describe_only:
                return wire.rows_of(status("Statement executed successfully."))
            self._resume(connected)
            try:
                self._register(connected, reader)
                with redacted(reader):
                    return self._change(connected, written, binds)
            finally:
                connected.engine.release()

    def _change(self, connected: Connected, written: exp.Expr, binds: Binds) -> Rows:
        """Whole or not at all, also when it is ended from outside."""
        engine = connected.engine
        if isinstance(written, exp.Insert) and written.args.get("overwrite"):
            return self._overwrite(connected, written, binds)
        with engine.calls.interruptible(calls=1):
            return engine.execute(engine_sql(written), binds)

    def _overwrite(self, connected: Connected, written: exp.Insert, binds: Binds) -> Rows:
        """INSERT OVERWRITE may read its own target: the new rows are set aside before the old ones go."""
        query, target = engine_sql(written.expression), written.this
        table = target.this if isinstance(target, exp.Schema) else target
        with connected.engine.calls.interruptible():
            connected.engine.set_aside(query, binds)
        written.set("overwrite", False)
        written.set("expression", exp.select("*").from_(ASIDE))
        with connected.engine.transaction(open_already=connected.in_transaction):
            connected.engine.execute(f"DELETE FROM {table.sql(dialect='snowflake')}")
            return connected.engine.execute(engine_sql(written))

    def effect(self, connected: Connected, asked: Callable[[Work], Effect]) -> Rows:
        """DDL of tables and views: `asked` says what it does to the data and the catalog."""
        with self._lock.writing():
            self._end_transaction(connected)
            work = self.work(connected)
            try:
                effect = asked(work)
                self._apply(connected, effect)
            finally:
                connected.engine.release()
            return wire.rows_of(effect.result)

    def _apply(self, connected: Connected, effect: Effect) -> None:
        """Data first, then the catalog, both under the lock; what is in between a crash leaves unreadable."""
        reader = effect.reader
        if reader is not None:
            if effect.sql and compute.require(reader, always=effect.computes):
                used = reader.context.session.warehouse
                effect = replace(effect, account=compute.resumed(effect.account, used))
            self._register(connected, reader)
        if effect.temporaries is not None:
            self._engine.create_schema(*connected.scratch)
        with redacted(effect.reader):
            self._change_data(connected, effect)
        if effect.temporaries is not None:
            connected.temporaries = effect.temporaries
        if effect.account is not self.account:
            self._commit(lifecycle.stamped(self.account, effect.account, datetime.now(timezone.utc)))

    def _change_data(self, connected: Connected, effect: Effect) -> None:
        """Run an effect's statements. New tables stand beside the old ones until the catalog says otherwise.

        What is changed in place (columns) is noted before: after a crash in between its rows are unknown.
        """
        touched = _changed_in_place(self.account, effect.account) if effect.sql else []
        if touched:
            self._store.begin(touched)
        storage.follow(self._engine, self.account, effect.account)
        self._copy(connected, effect.account, effect.copies)
        calls, engine = connected.engine.calls, connected.engine
        try:
            with engine.transaction(open_already=not touched), calls.interruptible(calls=0 if touched else 1):
                for sql in effect.sql:
                    engine.execute(sql)
        except SnowflakeError:
            storage.sweep(self._engine, effect.account, self.account)
            if touched:  # rolled back: the table is as it was
                self._store.save(self.account)
            raise

    def _copy(self, connected: Connected, after: Account, copies: Iterable[Copy]) -> None:
        """Make the new tables of a clone; where one fails, those that are there go again."""
        try:
            for copy in copies:
                connected.engine.copy_table(copy.source, copy.target, rows=copy.rows)
        except SnowflakeError:
            storage.sweep(self._engine, after, self.account)
            raise

    def transaction(self, connected: Connected, node: exp.Expr) -> Rows:
        """BEGIN, COMMIT or ROLLBACK."""
        begins = isinstance(node, exp.Transaction)
        if begins == connected.in_transaction:
            return wire.rows_of(status("Statement executed successfully."))
        connected.engine.execute("BEGIN" if begins else node.sql(dialect="snowflake"))
        connected.began = self.account if begins else None
        return wire.rows_of(status("Statement executed successfully."))

    def _end_transaction(self, connected: Connected) -> None:
        """DDL commits the open transaction first (P52)."""
        if connected.in_transaction:
            connected.engine.execute("COMMIT")
            connected.began = None

    def _refuse_changed(self, connected: Connected, refs: Iterable[ObjectRef]) -> None:
        """An open transaction reads rows of when it began: not under a catalog that has another table at the name."""
        before = connected.began
        if before is None:
            return
        for ref in refs:
            if before.objects.get(ref) is not self.account.objects.get(ref):
                raise SnowflakeError(
                    625,
                    "57014",
                    f"Object '{ref.fqn}' was changed by another session since this transaction began; roll it back.",
                )

    # -- helpers ---------------------------------------------------------------------------------

    def work(self, connected: Connected) -> Work:
        """What a statement of this session works on."""
        return Work(
            base=self.account,
            seen=overlay(self.account, connected.temporaries),
            session=connected.session,
            temporaries=connected.temporaries,
            engine=connected.engine,
            scratch=connected.scratch,
            history=connected.history,
            session_id=connected.id,
            register=partial(self._register, connected),
        )

    def _resume(self, connected: Connected) -> None:
        """A warehouse that a statement has used runs from then on. Called with the lock held alone."""
        after = compute.resumed(self.account, connected.session.warehouse)
        if after is not self.account:
            self._commit(after)

    def _register(self, connected: Connected, reader: Reader) -> None:
        for name, result in reader.findings.virtual.items():
            connected.engine.register(name, wire.rows_of(result).table)
        for name, query_id in reader.findings.scanned.items():
            found = connected.result(query_id)
            if found is None:
                raise SnowflakeError(709, "02000", f"Statement {query_id} not found")
            connected.engine.register(name, found.table)

    def _commit(self, account: Account) -> None:
        """Replace the account. Rows that nothing refers to any more go last: a crash before leaves them unknown."""
        before = self.account
        self._store.save(account)
        self.account = account
        storage.sweep(self._engine, before, account)


def _changed_in_place(before: Account, after: Account) -> list[ObjectRef]:
    """The tables that are another object after a statement, and still have their rows at the same place."""
    found = (o for o in before.objects.values() if isinstance(o, Relation) and not o.is_view)
    changed = ((o, after.objects.get(o.ref)) for o in found if after.objects.get(o.ref) is not o)
    return sorted(o.ref for o, new in changed if isinstance(new, Relation) and new.physical == o.physical)


def _empty(engine: EngineSession, sql: str, binds: Binds) -> Rows:
    return engine.execute(f"SELECT * FROM ({sql}) LIMIT 0", binds)
