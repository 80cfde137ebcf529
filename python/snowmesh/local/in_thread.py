"""A private local Snowflake in a thread of this process, for tests."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snowmesh.errors import UserError
from snowmesh.local import health

START_SECONDS = 30.0


class StartError(UserError):
    """The local Snowflake did not start."""


@contextmanager
def started(scale: float = 0.0, data: Path | None = None, port: int = 0) -> Iterator[int]:
    """Serve a local account until the block ends; gives its port, a free one unless `port` names it.

    Raises StartError. `scale` 0 loads no sample data.
    """
    import uvicorn

    from snowmesh.local.server import create_app, open_account

    listener = _listen(port)  # bound here, so that no other process can take the port in between
    gateway = open_account(data, scale, lambda text: None)
    server = uvicorn.Server(uvicorn.Config(create_app(gateway), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        _await(server, thread)
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def _listen(port: int) -> socket.socket:
    # the protocol by name: asyncio turns Nagle's algorithm off only then, and each answer would wait 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((health.HOST, port))
    except OSError as error:
        listener.close()
        raise StartError(
            f"The local Snowflake cannot listen on port {port} of {health.HOST}: {error.strerror}.",
            "choose another --snowmesh-port, or 0 for a free one.",
        ) from error
    return listener


def _await(server: object, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not getattr(server, "started", False):
        if not thread.is_alive() or time.monotonic() > deadline:
            raise StartError(
                f"The local Snowflake did not start within {START_SECONDS:g}s.", "run it with `snowmesh local up`."
            )
        time.sleep(0.01)
