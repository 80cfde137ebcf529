"""The HTTP face of the local Snowflake: what snowflake-connector-python and dbt-snowflake speak. Loopback only.

Run by hand: `python -m snowmesh.local.server --port 8765`.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from snowmesh.account import dropping
from snowmesh.account.objects import Database, ObjectRef, ObjectType, Schema
from snowmesh.account.state import Account
from snowmesh.account.system import fresh_account
from snowmesh.local import health, sample_data, storage, wire
from snowmesh.local.connected import Answer, Connected
from snowmesh.local.engine import Engine
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.gateway import Gateway
from snowmesh.local.interrupts import cancelled
from snowmesh.local.login import LoginRequest
from snowmesh.local.loopback import LoopbackOnly
from snowmesh.local.requests import bad_request, binds_of, body_of, followed, member, sql_of, token_of, while_connected
from snowmesh.local.store import FolderStore, Store
from snowmesh.local.virtual import account_usage

log = logging.getLogger("snowmesh.local")
SERVER_VERSION = "9.99.0"
SAMPLE = "SNOWFLAKE_SAMPLE_DATA"
Progress = Callable[[str], None]


def open_account(data: Path | None, scale: float, progress: Progress) -> Gateway:
    """Open (or create) a local account with its sample data. `scale` 1 is the true TPC-H SF1; 0 loads none."""
    store: Store = FolderStore(data) if data else Store()
    engine = Engine(data)
    account = account_usage.installed(store.load() or fresh_account())
    account = dropping.purged(account, datetime.now(timezone.utc))
    storage.opened(engine, account)
    account = _with_sample(account, engine, scale, progress)
    engine.seal()
    store.save(account)
    return Gateway(engine, account, store)


def _with_sample(account: Account, engine: Engine, scale: float, progress: Progress) -> Account:
    """The shared database SNOWFLAKE_SAMPLE_DATA: owned by ACCOUNTADMIN, readable with IMPORTED PRIVILEGES only (L7)."""
    if not scale:
        return account
    engine.create_database(SAMPLE, shared=True)
    database = ObjectRef(ObjectType.DATABASE, (SAMPLE,))
    relations = sample_data.load(engine.duck, scale, sample_data.default_cache(), progress)
    if database not in account.objects:
        account = account.with_object(Database(ref=database, owner="ACCOUNTADMIN", shared=True))
        schema = ObjectRef(ObjectType.SCHEMA, (SAMPLE, "TPCH_SF1"))
        account = account.with_object(Schema(ref=schema, owner=""))
    for relation in relations:
        account = account.with_object(relation)
    return account


def create_app(gateway: Gateway) -> Starlette:
    """The ASGI application in front of an account."""
    app = Starlette(
        routes=[
            Route("/session/v1/login-request", _guarded(_login), methods=["POST"]),
            Route("/session/token-request", _guarded(_renew), methods=["POST"]),
            Route("/session", _guarded(_session), methods=["POST"]),
            Route("/session/heartbeat", _guarded(_session), methods=["POST"]),
            Route("/queries/v1/query-request", _guarded(_query), methods=["POST"]),
            Route("/queries/v1/abort-request", _guarded(_abort), methods=["POST"]),
            Route("/queries/{query_id}/abort-request", _guarded(_abort_finished), methods=["POST"]),
            Route("/monitoring/queries/{query_id}", _guarded(_monitor), methods=["GET"]),
            Route("/telemetry/send", _guarded(_session), methods=["POST"]),
            Route(health.PATH, _health, methods=["GET"]),
        ],
        middleware=[Middleware(LoopbackOnly)],
    )
    app.state.gateway = gateway
    return app


# -- requests ------------------------------------------------------------------------------------


async def _login(request: Request) -> dict[str, Any]:
    data = member(await body_of(request), "data", dict)
    query = request.query_params
    parameters = data.get("SESSION_PARAMETERS") or {}
    if not isinstance(parameters, dict):
        raise bad_request("SESSION_PARAMETERS is of another type")
    wanted = LoginRequest(
        user=str(data.get("LOGIN_NAME") or ""),
        role=query.get("roleName", ""),
        warehouse=query.get("warehouse", ""),
        database=query.get("databaseName", ""),
        schema=query.get("schemaName", ""),
    )
    gateway: Gateway = request.app.state.gateway
    connected = await run_in_threadpool(gateway.connect, wanted, parameters)
    session = connected.session
    return {
        "token": connected.token,
        "masterToken": secrets.token_urlsafe(16),
        "serverVersion": SERVER_VERSION,
        "sessionId": int(connected.id),
        "displayUserName": session.user,
        "parameters": [
            {"name": "AUTOCOMMIT", "value": True},
            {"name": "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "value": 3600},
            {"name": "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", "value": 0},
            {"name": "CLIENT_TELEMETRY_ENABLED", "value": False},
            {"name": "TIMEZONE", "value": "Etc/UTC"},
        ],
        "sessionInfo": _place(connected),
    }


async def _query(request: Request) -> dict[str, Any]:
    connected = _connected(request)
    body = await body_of(request)
    gateway: Gateway = request.app.state.gateway
    sql = sql_of(body)
    runs = binds_of(body.get("bindings"))
    describe_only = bool(body.get("describeOnly"))
    answer: Answer | None = None
    affected = 0
    seconds = gateway.timeout(connected)
    with followed(request, connected) as running:
        for binds in runs:
            arguments = (gateway.execute, connected, sql, binds, describe_only)
            answer = await while_connected(request, connected, running, seconds, *arguments)
            affected += answer.rows.affected
    if answer is None:
        raise SnowflakeError(2049, "42601", "SQL compilation error: a bind array is empty.")
    place = _place(connected)
    data = wire.data(answer.rows, answer.type_id)
    if len(runs) > 1:
        data = {**data, "queryResultFormat": "json", "rowset": [[str(affected)]], "total": 1, "returned": 1}
    return {
        **data,
        "parameters": [{"name": "TIMEZONE", "value": "Etc/UTC"}],
        "queryId": answer.query_id,
        "statementTypeId": answer.type_id,
        **{f"final{key[0].upper()}{key[1:]}": value for key, value in place.items()},
    }


async def _session(request: Request) -> None:
    gateway: Gateway = request.app.state.gateway
    token = token_of(request)
    if request.query_params.get("delete"):
        await run_in_threadpool(gateway.disconnect, token)
    elif request.url.path.startswith("/session"):
        _connected(request)


async def _abort(request: Request) -> None:
    """The connector's cancel: of the request that its timeout or an interrupt gives up."""
    connected = _connected(request)
    wanted = (await body_of(request)).get("requestId")
    for running in connected.running:
        if running.request_id == wanted:
            running.stop(cancelled())


async def _abort_finished(request: Request) -> None:
    """A statement has an id for its client when it is done: then there is nothing to end."""
    _connected(request)
    raise SnowflakeError(605, "22000", "Identified SQL statement is not currently executing.")


async def _renew(request: Request) -> dict[str, Any]:
    raise SnowflakeError(390114, "08004", "Authentication token has expired.  The user must authenticate again.")


async def _monitor(request: Request) -> dict[str, Any]:
    known = request.path_params["query_id"] in _connected(request).results
    return {"queries": [{"status": "SUCCESS"}] if known else []}


async def _health(request: Request) -> Response:
    return JSONResponse(health.report())


# -- helpers -------------------------------------------------------------------------------------

Handler = Callable[[Request], Awaitable[dict[str, Any] | None]]


def _guarded(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    """Snowflake's envelope around a handler; an error of ours never shows a traceback to a client."""

    async def endpoint(request: Request) -> Response:
        try:
            data = await handler(request)
            return JSONResponse({"data": data, "code": None, "message": None, "success": True})
        except SnowflakeError as error:
            return _failure(error)
        except Exception as error:
            log.exception("internal error")
            what = f"Internal error of the local Snowflake ({type(error).__name__}); its log says more."
            return _failure(SnowflakeError(370001, "XX000", what))

    return endpoint


def _failure(error: SnowflakeError) -> JSONResponse:
    code = f"{error.code:06d}"
    data = {"errorCode": code, "sqlState": error.sqlstate, "internalError": False, "queryId": None}
    return JSONResponse({"data": data, "code": code, "message": error.message, "success": False})


def _connected(request: Request) -> Connected:
    gateway: Gateway = request.app.state.gateway
    found = gateway.connected(token_of(request))
    if found is None:
        raise SnowflakeError(390104, "08004", "User must login again to access the service.")
    return found


def _place(connected: Connected) -> dict[str, str | None]:
    session = connected.session
    return {
        "databaseName": session.database or None,
        "schemaName": session.schema or None,
        "warehouseName": session.warehouse or None,
        "roleName": session.role,
    }


def serve(port: int, data: Path | None = None, scale: float = 0.01, progress: Progress = print) -> None:
    """Load and serve until stopped; listens on loopback only."""
    gateway = open_account(data, scale, progress)
    progress(f"listening on {health.HOST}:{port}")
    uvicorn.run(create_app(gateway), host=health.HOST, port=port, log_level="warning", access_log=False)


def main() -> None:
    """Entry point of `python -m snowmesh.local.server`."""
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--data", type=Path, default=None)
    parser.add_argument("--scale", type=float, default=0.01)
    given = parser.parse_args()
    serve(given.port, given.data, given.scale)


if __name__ == "__main__":
    main()
