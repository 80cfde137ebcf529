"""The local Snowflake as a process: start, find, stop.

A server that `run` starts leaves a record, `<port>.json`, in the state folder for as long as it lives; a
detached one also leaves its log, `<port>.log`. A record proves nothing by itself: only a server that
answers on the port with the recorded process id is ever stopped.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from snowmesh.errors import UserError
from snowmesh.local.health import HOST, bind_problem, free_port, probe

_POLL_SECONDS = 0.1
_QUIET_SECONDS = 120.0  # a start that says nothing for so long is given up
_STOP_SECONDS = 15.0

Progress = Callable[[str], None]


class ProcessError(UserError):
    """The server cannot be started, found or stopped."""


@dataclass(frozen=True)
class Server:
    """A server as recorded. `state` is running, or not answering (starting, or hung)."""

    port: int
    pid: int
    scale: float = 0.0
    data: str = ""
    state: str = "running"


def state_folder() -> Path:
    """Where records and logs are: SNOWMESH_STATE_DIR, or the user's state folder."""
    return Path(os.environ.get("SNOWMESH_STATE_DIR") or platformdirs.user_state_dir("snowmesh", appauthor=False))


def log_path(port: int) -> Path:
    """Where a detached server's messages are."""
    return state_folder() / f"{port}.log"


# -- start -------------------------------------------------------------------------------------------


def run(
    port: int, data: Path | None, scale: float, progress: Progress, ready: Callable[[], None] | None = None
) -> None:
    """Serve in this process until it is interrupted; `ready` is called when the server answers.

    Raises ProcessError, SampleDataError.
    """
    try:
        from snowmesh.local import sample_data, server
    except ImportError as error:
        raise ProcessError(
            f"The local Snowflake needs {error.name}, which is not installed.", "pip install 'snowmesh[local]'"
        ) from error
    if scale:  # 0 loads none
        sample_data.check_scale(scale)
    require_free(port)
    if data:
        _require_unused(data.resolve())
    with _recorded(Server(port, os.getpid(), scale, str(data.resolve()) if data else "")):
        if ready:
            threading.Thread(target=_call_when_ready, args=(port, ready), daemon=True).start()
        try:
            server.serve(port, data, scale, progress)
        except OSError as error:
            raise ProcessError(
                f"The local Snowflake cannot start: {error}.",
                "correct the path or its permissions, or free disk space.",
            ) from error
        except SystemExit as error:  # how uvicorn says that it could not listen after all
            raise _cannot_listen(port, bind_problem(port) or "refused") from error


def _call_when_ready(port: int, ready: Callable[[], None]) -> None:
    while probe(port).pid != os.getpid():
        time.sleep(_POLL_SECONDS)
    ready()


def start_detached(port: int, data: Path | None, scale: float, progress: Progress) -> Server:
    """Start a server of its own and return when it answers; its messages are passed on meanwhile."""
    require_free(port)
    log = log_path(port)
    _make_folder(log.parent)
    command = [sys.executable, "-m", "snowmesh", "local", "up", "--port", str(port), "--scale", f"{scale:g}", "--quiet"]
    command += ["--data", str(data.resolve())] if data else []
    with log.open("w", encoding="utf-8") as output:
        child = subprocess.Popen(  # noqa: S603 - our own arguments
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _await_ready(child, port, log, progress)
    except BaseException:  # also an interrupt: nothing half-started stays behind
        child.terminate()
        child.wait(timeout=_STOP_SECONDS)
        raise
    return find(port)


def _require_unused(data: Path) -> None:
    """Two servers on one folder would overwrite each other's state."""
    user = next((server for server in servers() if server.data == str(data)), None)
    if user:
        raise ProcessError(
            f"The folder {data} is used by the local Snowflake on port {user.port} (process {user.pid}).",
            f"use that one, stop it with `snowmesh local down --port {user.port}`, or name another --data folder.",
        )


def require_free(port: int) -> None:
    """Raise ProcessError when a server cannot listen on the port, saying who holds it."""
    problem = bind_problem(port)
    if problem:
        raise _cannot_listen(port, problem)
    server = _read(state_folder() / f"{port}.json")
    if server and _alive(server.pid):
        raise ProcessError(
            f"A local Snowflake is starting on port {port} (process {server.pid}).",
            f"wait for it, choose another --port, or delete {state_folder() / f'{port}.json'} if that process is "
            "something else.",
        )


def _cannot_listen(port: int, problem: str) -> ProcessError:
    health = probe(port) if problem == "in use" else None
    if health and health.is_ours:
        return ProcessError(
            f"A local Snowflake runs on port {port} already (process {health.pid}).",
            f"use it, stop it with `snowmesh local down --port {port}`, or choose another --port.",
        )
    if health:
        return ProcessError(
            f"Port {port} of {HOST} is used by another program.",
            f"choose another port, for instance --port {free_port()}.",
        )
    return ProcessError(
        f"Port {port} of {HOST} cannot be listened on: {problem}.", "choose a --port from 1024 to 65535."
    )


def _await_ready(child: subprocess.Popen[bytes], port: int, log: Path, progress: Progress) -> None:
    heard, lines = time.monotonic(), _new_lines(log)
    told: list[str] = []
    while True:
        ready, ended = probe(port).pid == child.pid, child.poll() is not None
        new = list(iter(lambda: next(lines), ""))
        told, heard = told + new, time.monotonic() if new else heard
        if ended:
            raise ProcessError("\n".join(told).rpartition("Error: ")[2] or f"The server ended at once; see {log}.")
        if not any(line.startswith("Error: ") for line in told):  # an error is raised, not told twice
            for line in new:
                progress(line)
        if ready:
            return
        if time.monotonic() - heard > _QUIET_SECONDS:
            raise ProcessError(f"The server did not answer on port {port} within {_QUIET_SECONDS:g}s.", f"read {log}.")
        time.sleep(_POLL_SECONDS)


def _new_lines(log: Path) -> Iterator[str]:
    """The lines of a growing file; an empty text when there is none for now."""
    with log.open(encoding="utf-8", errors="replace") as stream:
        part = ""
        while True:
            part += stream.readline()
            if part.endswith("\n"):
                yield part.rstrip() or " "
                part = ""
            else:
                yield ""


@contextmanager
def _recorded(server: Server) -> Iterator[None]:
    path = state_folder() / f"{server.port}.json"
    _make_folder(path.parent)
    path.write_text(json.dumps(asdict(server), indent=1), encoding="utf-8")
    try:
        yield
    finally:
        recorded = _read(path)
        if recorded and recorded.pid == server.pid:
            path.unlink(missing_ok=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ProcessError(
            f"The state folder {folder} cannot be made: {error.strerror}.",
            "correct its permissions, or name another folder in SNOWMESH_STATE_DIR.",
        ) from error


# -- find and stop -----------------------------------------------------------------------------------


def servers() -> list[Server]:
    """Every server that `run` started and that still lives, by port."""
    found = [_checked(server) for path in state_folder().glob("*.json") if (server := _read(path))]
    return sorted((server for server in found if server), key=lambda server: server.port)


def find(port: int) -> Server:
    """The server on a port, recorded or not. Raises ProcessError when no local Snowflake answers there."""
    health = probe(port)
    if health.is_ours:
        server = _read(state_folder() / f"{port}.json")
        return server if server and server.pid == health.pid else Server(port, health.pid)
    running = ", ".join(str(server.port) for server in servers() if server.state == "running")
    next_step = f"name its port: --port {running}." if running else "start one: snowmesh local up --detach"
    log = log_path(port)
    raise ProcessError(
        f"Port {port} of {HOST} answers, and is not a local Snowflake."
        if health.answers
        else f"No local Snowflake answers on port {port} of {HOST}.",
        next_step + (f"\nThe last one on this port logged to {log}" if log.exists() else ""),
    )


def stop(port: int) -> Server:
    """Stop the server on a port and return when it has ended. Raises ProcessError."""
    server = find(port)
    recorded = _read(state_folder() / f"{port}.json")
    if recorded is None or recorded.pid != server.pid:
        raise ProcessError(
            f"The local Snowflake on port {port} (process {server.pid}) was not started by `snowmesh local up`.",
            "stop it where it was started.",
        )
    os.kill(server.pid, signal.SIGTERM)
    if not _ended(server, _STOP_SECONDS):
        os.kill(server.pid, signal.SIGKILL)
        if not _ended(server, _STOP_SECONDS):
            raise ProcessError(f"Process {server.pid} on port {port} does not end.", f"stop it: kill -9 {server.pid}")
    return server


def _ended(server: Server, seconds: float) -> bool:
    """Whether the process is gone; it removes its record last, so a folder of data can be used again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _alive(server.pid):
            (state_folder() / f"{server.port}.json").unlink(missing_ok=True)
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _checked(server: Server) -> Server | None:
    if probe(server.port).pid == server.pid:
        return server
    return Server(**{**asdict(server), "state": "not answering"}) if _alive(server.pid) else None


def _read(path: Path) -> Server | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Server(**found)
    except (OSError, ValueError, TypeError):
        return None


def _alive(pid: int) -> bool:
    """Whether a process lives; one that has ended and waits for its parent does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:  # no /proc on this system
        return True
