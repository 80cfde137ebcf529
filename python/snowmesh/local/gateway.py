"""The gateway: every statement is understood, authorized and rewritten here, or refused.

parse -> authorize -> rewrite -> engine. The account is one frozen value; a statement that changes it replaces it.
"""

from __future__ import annotations

import uuid
from typing import Any

from fakesnow import statement_type
from sqlglot import exp

from snowmesh.account.objects import warehouse
from snowmesh.account.state import Account
from snowmesh.local import (
    cancelling,
    change,
    column_comments,
    create,
    denials,
    describe_result,
    dml,
    dynamic_changes,
    dynamic_tables,
    history,
    long_values,
    parameters,
    policy_context,
    show,
    statements,
    watch,
    wire,
)
from snowmesh.local.connected import Answer, Connected
from snowmesh.local.engine import Engine, Rows
from snowmesh.local.errors import SnowflakeError, not_implemented, syntax_error
from snowmesh.local.interrupts import Running
from snowmesh.local.login import LoginRequest, login
from snowmesh.local.parse import parse
from snowmesh.local.refusals import refusal
from snowmesh.local.runner import Binds, Runner
from snowmesh.local.session import status
from snowmesh.local.sessions import Sessions
from snowmesh.local.store import Store

_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)


class Gateway:
    """A local account: its catalog, its data, its sessions."""

    def __init__(self, engine: Engine, account: Account, store: Store) -> None:
        self._engine = engine
        self._runner = Runner(engine, account, store)
        self._sessions = Sessions()

    @property
    def account(self) -> Account:
        """The account as it is now."""
        return self._runner.account

    def connect(self, request: LoginRequest, brought: dict[str, Any]) -> Connected:
        """Open a session. Raises SnowflakeError for an unknown user or a role that is not granted."""
        session = login(self.account, request)
        given = parameters.at_login(brought)
        for token in self._sessions.expired():
            self.disconnect(token)
        connected = Connected(uuid.uuid4().hex, session, self._engine.session(), str(uuid.uuid4().int >> 75))
        connected.parameters.update(given)
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

    def execute(
        self,
        connected: Connected,
        sql: str,
        binds: Binds = None,
        describe_only: bool = False,
        running: Running | None = None,
    ) -> Answer:
        """Run one statement. Raises SnowflakeError. `running` is how another thread ends it."""
        with connected.lock, watch.watched(self, connected, sql):
            connected.engine.calls.running = running or Running()
            connected.engine.calls.running.check()
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
            short, connected.engine.aside = long_values.set_aside(sql)
            rows, type_id = self._run(connected, short, binds, describe_only)
        except SnowflakeError as error:
            raise denials.told(error, self.account, connected.session) from error
        answer = Answer(str(uuid.uuid4()), rows, type_id)
        connected.remember(answer)
        return answer

    def timeout(self, connected: Connected) -> int:
        """Seconds that a statement may take: the lower one of session and warehouse, 0 for no limit."""
        found = (
            self.account.objects.get(warehouse(connected.session.warehouse)) if connected.session.warehouse else None
        )
        return parameters.timeout(connected.parameters, found.properties if found else {})

    # -- dispatch --------------------------------------------------------------------------------

    def _run(self, connected: Connected, sql: str, binds: Binds, describe_only: bool) -> tuple[Rows, int]:
        described = describe_result.execute(sql, connected)
        if described is not None:
            return wire.rows_of(described), statement_type.SHOW
        session_id = cancelling.parse(sql)
        if session_id is not None:
            answer = cancelling.execute(session_id, self.account, connected, self._sessions.all())
            return wire.rows_of(answer), statement_type.SELECT
        shown = show.parse(sql)
        if shown is not None:
            return self._runner.show(connected, shown), statement_type.SHOW
        simulated = policy_context.parse(sql)
        if simulated is not None:
            return self._runner.query(
                connected, parse(simulated.query), binds, describe_only, simulated=simulated
            ), statement_type.SELECT
        governance = statements.parse(sql)
        if governance is not None:
            if describe_only:
                return wire.rows_of(status("Statement executed successfully.")), statement_type.DDL
            return wire.rows_of(self._runner.govern(connected, governance)), statement_type.DDL
        comments = column_comments.parse(sql)
        if comments is not None:
            return self._runner.effect(
                connected, lambda work: change.comment_columns(comments, work)
            ), statement_type.DDL
        dynamic = dynamic_tables.parse(sql)
        if dynamic is not None:
            if describe_only:
                return wire.rows_of(status("Statement executed successfully.")), statement_type.DDL
            return self._runner.effect(
                connected, lambda work: dynamic_changes.effect(dynamic, work)
            ), statement_type.DDL
        node = parse(sql)
        if isinstance(node, _QUERIES):
            return self._runner.query(connected, node, binds, describe_only), statement_type.SELECT
        if isinstance(node, dml.DML):
            type_id = statement_type.statement_type_id(node)
            return self._runner.dml(connected, node, binds, describe_only), type_id
        if describe_only:
            return wire.rows_of(status("Statement executed successfully.")), statement_type.DDL
        return self._other(connected, node, sql), statement_type.DDL

    def _other(self, connected: Connected, node: exp.Expr, sql: str) -> Rows:
        kind = str(node.args.get("kind") or "").upper()
        if isinstance(node, exp.Create) and kind in ("TABLE", "VIEW"):
            return self._runner.effect(connected, lambda work: create.create(node, work))
        if isinstance(node, exp.Drop) and kind in ("TABLE", "VIEW"):
            return self._runner.effect(connected, lambda work: change.drop(node, work))
        if isinstance(node, exp.Alter) and kind in ("TABLE", "VIEW"):
            return self._runner.effect(connected, lambda work: change.alter(node, work))
        if isinstance(node, exp.Comment) and kind in ("TABLE", "VIEW", "COLUMN"):
            return self._runner.effect(connected, lambda work: change.comment(node, work))
        if isinstance(node, exp.Alter) and kind == "SESSION":
            connected.parameters = parameters.alter(sql, connected.parameters)
            return wire.rows_of(status("Statement executed successfully."))
        if isinstance(node, (exp.Transaction, exp.Commit, exp.Rollback)):
            return self._runner.transaction(connected, node)
        raise refusal(sql) or not_implemented(statements.unparsed(sql), "see docs/local-snowflake.md for what it does")
