"""Who listens on a loopback port: nobody, a local Snowflake, or another program."""

from __future__ import annotations

import errno
import http.client
import json
import os
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass

HOST = "127.0.0.1"
DEFAULT_PORT = 8765
PATH = "/healthz"
SERVICE = "snowmesh local"
_TIMEOUT = 3.0


@dataclass(frozen=True)
class Health:
    """What a port says: `pid` of the local Snowflake that answers, or why there is none."""

    pid: int = 0
    answers: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether a local Snowflake answers."""
        return self.pid > 0


def report() -> dict[str, object]:
    """What the server answers to GET /healthz once it is ready."""
    return {"service": SERVICE, "pid": os.getpid()}


def probe(port: int) -> Health:
    """Ask a loopback port who it is. Proxies of the environment are not used."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{HOST}:{port}{PATH}", timeout=_TIMEOUT) as response:
            found = json.loads(response.read(10_000))
    except urllib.error.URLError as error:
        return Health(answers=not isinstance(error.reason, ConnectionRefusedError))
    except (OSError, ValueError, http.client.HTTPException):
        return Health(answers=True)  # something is there and speaks another language
    if isinstance(found, dict) and found.get("service") == SERVICE and isinstance(found.get("pid"), int):
        return Health(pid=found["pid"], answers=True)
    return Health(answers=True)


def bind_problem(port: int) -> str:
    """Why a server cannot listen on a port; empty when it can."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe_socket:
        if os.name == "posix":  # as the server does: a port in TIME_WAIT is free
            probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe_socket.bind((HOST, port))
            probe_socket.listen(1)
        except OSError as error:
            return "in use" if error.errno == errno.EADDRINUSE else (error.strerror or str(error)).lower()
    return ""


def free_port() -> int:
    """A port that is free now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe_socket:
        probe_socket.bind((HOST, 0))
        return int(probe_socket.getsockname()[1])
