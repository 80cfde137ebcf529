"""The gateway: every statement is understood, authorized and rewritten here, or refused.

parse -> authorize -> rewrite -> engine. The account is one frozen value; a statement that changes it replaces it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from functools import reduce
from typing import Any

from fakesnow import statement_type
from sqlglot import exp

from snowmesh.account import lifecycle
from snowmesh.account.objects import ObjectRef, ObjectType, warehouse
from snowmesh.account.state import Account
from snowmesh.local import (
    change,
    column_comments,
    containers,
    create,
    denials,
    describe_result,
    dml,
    dynamic_changes,
    dynamic_tables,
    history,
    parameters,
    policy_context,
    show,
    statements,
    wire,
)
from snowmesh.local.connected import Answer, Connected
from snowmesh.local.engine import ASIDE, Engine, EngineSession, Rows
from snowmesh.local.errors import SnowflakeError, not_implemented, syntax_error
from snowmesh.local.locks import ReadWriteLock
from snowmesh.local.login import LoginRequest, login
from snowmesh.local.parse import parse
from snowmesh.local.refusals import refusal
from snowmesh.local.rewrite import Reader
from snowmesh.local.row_access import redacted
from snowmesh.local.session import Outcome, ResultSet, status
from snowmesh.local.sessions import Sessions
from snowmesh.local.store import Store
from snowmesh.local.text import engine_sql
from snowmesh.local.work import Effect, Work, overlay, refuse_temporary

Binds = Sequence[Any] | dict[str, Any] | None
_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)


class Gateway:
    """A local account: its catalog, its data, its sessions."""

    def __init__(self, engine: Engine, account: Account, store: Store) -> None:
        self.account = account
        self._engine, self._store = engine, store
        self._lock = ReadWriteLock()
        self._sessions = Sessions()

    def connect(self, request: LoginRequest, parameters: dict[str, Any]) -> Connected:
        """Open a session. Raises SnowflakeError for an unknown user or a role that is not granted."""
        session = login(self.account, request)
        for token in self._sessions.expired():
            self.disconnect(token)
        connected = Connected(uuid.uuid4().hex, session, self._engine.session(), str(uuid.uuid4().int >> 75))
        connected.parameters.update({k.upper(): str(v) for k, v in parameters.items()})
        try:
            self._sessions.add(connected)
        except SnowflakeError:
            connected.engine.close()
            raise
        return connected

    def connected(self, token: str) -> Connected | None:
        """The session of a token."""
        return self._sessions.get(token)

    def disconnect(self, token: str) -> None:
        """Close a session; its temporary tables go with it (P51)."""
        connected = self._sessions.remove(token)
        if connected is not None:
            with connected.lock:
                if connected.temporaries:
                    self._engine.drop_schema(*connected.scratch)
                connected.engine.close()

    def execute(self, connected: Connected, sql: str, binds: Binds = None, describe_only: bool = False) -> Answer:
        """Run one statement. Raises SnowflakeError."""
        with connected.lock:
            *first, last = history.steps(sql)
            if first and (binds or describe_only):
                raise not_implemented("bind variables or DESCRIBE with the pipe operator ->>")
            try:
                for step in first:
                    connected.piped += (self._step(connected, step, None, False).query_id,)
                return self._step(connected, last, binds, describe_only)
            except RecursionError:
                raise syntax_error("the statement is nested too deeply") from None
            finally:
                connected.piped = ()

    def _step(self, connected: Connected, sql: str, binds: Binds, describe_only: bool) -> Answer:
        try:
            rows, type_id = self._run(connected, sql, binds, describe_only)
        except SnowflakeError as error:
            raise denials.told(error, self.account, connected.session) from error
        answer = Answer(str(uuid.uuid4()), rows, type_id)
        connected.remember(answer)
        return answer

    # -- dispatch --------------------------------------------------------------------------------

    def _run(self, connected: Connected, sql: str, binds: Binds, describe_only: bool) -> tuple[Rows, int]:
        described = describe_result.execute(sql, connected)
        if described is not None:
            return wire.rows_of(described), statement_type.SHOW
        shown = show.parse(sql)
        if shown is not None:
            with self._lock.reading():
                work = self._work(connected)
                return wire.rows_of(
                    show.execute(shown, work.seen, work.session, connected.parameters)
                ), statement_type.SHOW
        simulated = policy_context.parse(sql)
        if simulated is not None:
            return self._query(
                connected, parse(simulated.query), binds, describe_only, simulated=simulated
            ), statement_type.SELECT
        governance = statements.parse(sql)
        if governance is not None:
            if describe_only:
                return wire.rows_of(status("Statement executed successfully.")), statement_type.DDL
            return wire.rows_of(self._govern(connected, governance)), statement_type.DDL
        comments = column_comments.parse(sql)
        if comments is not None:
            return self._effect(connected, lambda work: change.comment_columns(comments, work)), statement_type.DDL
        dynamic = dynamic_tables.parse(sql)
        if dynamic is not None:
            if describe_only:
                return wire.rows_of(status("Statement executed successfully.")), statement_type.DDL
            return self._effect(connected, lambda work: dynamic_changes.effect(dynamic, work)), statement_type.DDL
        node = parse(sql)
        if isinstance(node, _QUERIES):
            return self._query(connected, node, binds, describe_only), statement_type.SELECT
        if isinstance(node, dml.DML):
            type_id = statement_type.statement_type_id(node)
            return self._dml(connected, node, binds, describe_only), type_id
        if describe_only:
            return wire.rows_of(status("Statement executed successfully.")), statement_type.DDL
        return self._other(connected, node, sql), statement_type.DDL

    def _other(self, connected: Connected, node: exp.Expr, sql: str) -> Rows:
        kind = str(node.args.get("kind") or "").upper()
        if isinstance(node, exp.Create) and kind in ("TABLE", "VIEW"):
            return self._effect(connected, lambda work: create.create(node, work))
        if isinstance(node, exp.Drop) and kind in ("TABLE", "VIEW"):
            return self._effect(connected, lambda work: change.drop(node, work))
        if isinstance(node, exp.Alter) and kind in ("TABLE", "VIEW"):
            return self._effect(connected, lambda work: change.alter(node, work))
        if isinstance(node, exp.Comment) and kind in ("TABLE", "VIEW", "COLUMN"):
            return self._effect(connected, lambda work: change.comment(node, work))
        if isinstance(node, exp.Alter) and kind == "SESSION":
            connected.parameters = parameters.alter(sql, connected.parameters)
            return wire.rows_of(status("Statement executed successfully."))
        if isinstance(node, (exp.Transaction, exp.Commit, exp.Rollback)):
            return self._transaction(connected, node)
        raise refusal(sql) or not_implemented(statements.unparsed(sql), "see docs/local-snowflake.md for what it does")

    # -- one kind of statement each ----------------------------------------------------------------

    def _govern(self, connected: Connected, statement: statements.Statement) -> ResultSet:
        with self._lock.writing():
            refuse_temporary(statement, connected.session, connected.temporaries)
            try:
                outcome = statements.execute(statement, self.account, connected.session)
            except statements.PartiallyExecuted as partial:  # what was done stays done (P30)
                self._settle(connected, partial.outcome)
                raise
            self._settle(connected, outcome)
            return outcome.result

    def _settle(self, connected: Connected, outcome: Outcome) -> None:
        """Make a governance statement's outcome the account and the session."""
        before = self.account
        after = lifecycle.stamped(before, outcome.account, datetime.now(timezone.utc))
        if after is not before:
            self._end_transaction(connected)
            containers.move(self._engine, before, after)
            self._commit(after)
        connected.session = outcome.session

    def _query(
        self,
        connected: Connected,
        node: exp.Expr,
        binds: Binds,
        describe_only: bool,
        *,
        simulated: policy_context.Simulated | None = None,
    ) -> Rows:
        with self._lock.reading():
            work = self._work(connected)
            reader = work.reader()
            query = simulated.rewrite(node, reader) if simulated else reader.query(node)
            self._refuse_changed(connected, reader.findings.reads)
            self._need_warehouse(reader)
            try:
                self._register(connected, reader)
                sql = engine_sql(query)
                with redacted(reader), connected.engine.interruptible():
                    if describe_only:
                        return _empty(connected.engine, sql, binds)
                    return connected.engine.execute(sql, binds)
            finally:
                connected.engine.release()

    def _dml(self, connected: Connected, node: exp.Expr, binds: Binds, describe_only: bool) -> Rows:
        with self._lock.writing():
            reader = self._work(connected).reader()
            written, target = dml.rewrite(node, reader)
            self._refuse_changed(connected, {*reader.findings.reads, target.ref})
            self._need_warehouse(reader, always=True)
            if describe_only:
                return wire.rows_of(status("Statement executed successfully."))
            try:
                self._register(connected, reader)
                with redacted(reader):
                    if isinstance(written, exp.Insert) and written.args.get("overwrite"):
                        return self._overwrite(connected, written, binds)
                    return connected.engine.execute(engine_sql(written), binds)
            finally:
                connected.engine.release()

    def _overwrite(self, connected: Connected, written: exp.Insert, binds: Binds) -> Rows:
        """INSERT OVERWRITE may read its own target: the new rows are set aside before the old ones go."""
        query, target = engine_sql(written.expression), written.this
        table = target.this if isinstance(target, exp.Schema) else target
        connected.engine.set_aside(query, binds)
        written.set("overwrite", False)
        written.set("expression", exp.select("*").from_(ASIDE))
        with connected.engine.transaction(open_already=connected.in_transaction):
            connected.engine.execute(f"DELETE FROM {table.sql(dialect='snowflake')}")
            return connected.engine.execute(engine_sql(written))

    def _effect(self, connected: Connected, compute: Any) -> Rows:
        with self._lock.writing():
            self._end_transaction(connected)
            work = self._work(connected)
            try:
                effect: Effect = compute(work)
                self._apply(connected, effect)
            finally:
                connected.engine.release()
            return wire.rows_of(effect.result)

    def _apply(self, connected: Connected, effect: Effect) -> None:
        """Data first, then the catalog, both under the lock; what is in between a crash leaves unreadable."""
        if effect.reader is not None:
            if effect.sql:
                self._need_warehouse(effect.reader, always=effect.computes)
            self._register(connected, effect.reader)
        if effect.temporaries is not None:
            self._engine.create_schema(*connected.scratch)
        if effect.sql and effect.account is not self.account:
            self._store.begin(_touched(self.account, effect.account))
        with redacted(effect.reader):
            self._change_data(connected, effect)
        if effect.temporaries is not None:
            connected.temporaries = effect.temporaries
        if effect.account is not self.account:
            self._commit(lifecycle.stamped(self.account, effect.account, datetime.now(timezone.utc)))

    def _change_data(self, connected: Connected, effect: Effect) -> None:
        """Run an effect's statements. Where one of several fails, what they touch is given up: its rows are unknown."""
        for number, sql in enumerate(effect.sql):
            try:
                connected.engine.execute(sql)
            except SnowflakeError:
                if number:
                    touched = {ref for ref in _touched(self.account, effect.account) if ref in self.account.objects}
                    self._commit(reduce(Account.without_object, sorted(touched), self.account))
                raise

    def _transaction(self, connected: Connected, node: exp.Expr) -> Rows:
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

    def _work(self, connected: Connected) -> Work:
        return Work(
            base=self.account,
            seen=overlay(self.account, connected.temporaries),
            session=connected.session,
            temporaries=connected.temporaries,
            engine=connected.engine,
            scratch=connected.scratch,
            history=connected.history,
            session_id=connected.id,
        )

    def _need_warehouse(self, reader: Reader, always: bool = False) -> None:
        """Reading a relation takes a warehouse that the session may use (P17)."""
        session = reader.context.session
        if not always and not reader.findings.reads:
            return
        if not session.warehouse or not reader.authority.holds("USAGE", warehouse(session.warehouse)):
            raise SnowflakeError(
                606,
                "57P03",
                "No active warehouse selected in the current session.  Select an active warehouse with the "
                "'use warehouse' command.",
            )

    def _register(self, connected: Connected, reader: Reader) -> None:
        for name, result in reader.findings.virtual.items():
            connected.engine.register(name, wire.rows_of(result).table)
        for name, query_id in reader.findings.scanned.items():
            found = connected.result(query_id)
            if found is None:
                raise SnowflakeError(709, "02000", f"Statement {query_id} not found")
            connected.engine.register(name, found.table)

    def _commit(self, account: Account) -> None:
        self._store.save(account)
        self.account = account


def _touched(before: Account, after: Account) -> list[ObjectRef]:
    """The tables whose data a statement may change: those that differ between the two accounts."""
    refs = {r for r in (*before.objects, *after.objects) if r.type in (ObjectType.TABLE, ObjectType.DYNAMIC_TABLE)}
    return sorted(r for r in refs if before.objects.get(r) is not after.objects.get(r))


def _empty(engine: EngineSession, sql: str, binds: Binds) -> Rows:
    return engine.execute(f"SELECT * FROM ({sql}) LIMIT 0", binds)
