"""What a request says: body, token, bind values. Junk is an error of Snowflake's shape, never a traceback."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from fakesnow.converter import from_binding
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from snowmesh.local.connected import Connected
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.interrupts import Running, cancelled, timed_out
from snowmesh.local.loopback import MAX_BODY, TooLarge
from snowmesh.local.runner import Binds

MAX_UNPACKED = 4 * MAX_BODY
_ASK_AGAIN_SECONDS = 0.05
T = TypeVar("T")


def bad_request(problem: str) -> SnowflakeError:
    """The request is not one of the connector's."""
    return SnowflakeError(390400, "08004", f"Bad request: {problem}.")


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request, packed or not. Raises SnowflakeError."""
    try:
        raw = await request.body()
    except ClientDisconnect:
        raise bad_request("the client went away") from None
    except TooLarge as error:
        raise bad_request(str(error)) from None
    if request.headers.get("Content-Encoding") == "gzip":
        raw = _unpacked(raw)
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        raise bad_request("the body is not JSON") from None
    if not isinstance(found, dict):
        raise bad_request("the body is not a JSON object")
    return found


def member(body: dict[str, Any], name: str, kind: type[T]) -> T:
    """A member of a body, of its type. Raises SnowflakeError."""
    found = body.get(name)
    if not isinstance(found, kind):
        raise bad_request(f"{name} is missing or of another type")
    return found


def sql_of(body: dict[str, Any]) -> str:
    """The statement. Raises SnowflakeError when it is no text that can be stored."""
    found = member(body, "sqlText", str)
    try:
        found.encode()
    except UnicodeEncodeError:
        raise bad_request("sqlText holds half of a character") from None
    return found


def token_of(request: Request) -> str:
    """The session token of a request."""
    header = request.headers.get("Authorization", "")
    return header.removeprefix('Snowflake Token="').removesuffix('"')


def binds_of(bindings: Any) -> list[Binds]:
    """The bind values of each run of the statement: one run, or one for each row of an array binding."""
    if not bindings:
        return [None]
    try:
        return _binds(bindings)
    except (AttributeError, KeyError, TypeError, ValueError, NotImplementedError):
        raise bad_request("bindings are not those of a connector") from None


def _binds(bindings: dict[str, Any]) -> list[Binds]:
    if not all(key.isdigit() for key in bindings):
        return [{name: from_binding(b) for name, b in bindings.items()}]
    ordered = [bindings[str(i)] for i in range(1, len(bindings) + 1)]
    if not any(isinstance(b["value"], list) for b in ordered):
        return [tuple(from_binding(b) for b in ordered)]
    columns = [[from_binding({**b, "value": v}) for v in b["value"]] for b in ordered]
    return list(zip(*columns, strict=True))


def _unpacked(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(raw, MAX_UNPACKED)
    except zlib.error:
        raise bad_request("the body is not gzip, as its header says") from None
    if not unpacker.eof:
        raise bad_request("the gzip body is cut off or too large")
    return found


@contextmanager
def followed(request: Request, connected: Connected) -> Iterator[Running]:
    """The statement of a request, known to its session as long as it runs."""
    running = Running(request.query_params.get("requestId", ""))
    connected.running.append(running)
    try:
        yield running
    finally:
        connected.running.remove(running)


async def while_connected(
    request: Request, connected: Connected, running: Running, seconds: int, call: Callable[..., T], *arguments: Any
) -> T:
    """Run a statement in a thread; end it when its client goes away, when somebody stops it, or after `seconds`.

    0 is no limit. The statement may still wait for its turn, so the engine is told more than once.
    """
    deadline = time.monotonic() + seconds
    work = asyncio.ensure_future(run_in_threadpool(call, *arguments, running=running))
    gone = asyncio.ensure_future(_gone(request))
    try:
        while not work.done():
            waiting: set[asyncio.Future[Any]] = {work} if gone.done() else {work, gone}
            await asyncio.wait(waiting, timeout=_ASK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                running.stop(cancelled())
            elif seconds and time.monotonic() > deadline:
                running.stop(timed_out(seconds))
            if running.stopped and not work.done():
                connected.engine.calls.interrupt(running)
    finally:
        gone.cancel()
    return work.result()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
