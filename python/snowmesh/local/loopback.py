"""Who may talk to the server: programs of this machine. Other machines and browser pages are refused.

A web page can send requests to a loopback address, and with a name of its own that resolves there (DNS rebinding) it
could read the answers too. So the Host must be a loopback name with the server's own port, and a request that a
browser made for a page - it carries Origin, or Sec-Fetch-Site - is refused.
"""

from __future__ import annotations

import ipaddress

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 64 * 1024 * 1024
_NAMES = ("localhost",)
_TYPED_BY_THE_USER = b"none"  # Sec-Fetch-Site of an address that was typed or bookmarked


class LoopbackOnly:
    """ASGI middleware: refuse what does not come from a program on this machine, and bodies beyond any use."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 or 413, or pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        problem = refusal(scope)
        if problem:
            await _answer(403, problem)(scope, receive, send)
            return
        length = _header(scope, b"content-length")
        if len(length) == 1 and length[0].isdigit() and int(length[0]) > MAX_BODY:
            await _answer(413, f"The request is larger than {MAX_BODY} bytes.")(scope, receive, send)
            return
        await self._app(scope, _bounded(receive), send)


class TooLarge(Exception):
    """A request body without a declared length went beyond MAX_BODY."""


def refusal(scope: Scope) -> str:
    """Why a request is refused; empty when it is not."""
    client, server = scope.get("client"), scope.get("server")
    if client is not None and not _is_loopback(str(client[0])):
        return "The local Snowflake answers programs on its own machine only."
    hosts = _header(scope, b"host")
    if len(hosts) != 1 or not _is_own_host(hosts[0].decode("latin-1"), int(server[1] or 0) if server else 0):
        return "The Host of the request must be a loopback address with the port of the local Snowflake."
    if _header(scope, b"origin") or any(v != _TYPED_BY_THE_USER for v in _header(scope, b"sec-fetch-site")):
        return "The local Snowflake does not answer web pages."
    return ""


def _is_own_host(host: str, port: int) -> bool:
    name, _, written = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    if not name:
        name, written = host, ""
    if written and not (written.isascii() and written.isdigit() and int(written) == port):
        return False
    if not written and port != 80:
        return False
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    return name.lower() in _NAMES or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _header(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]


def _bounded(receive: Receive) -> Receive:
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > MAX_BODY:
            raise TooLarge(f"The request is larger than {MAX_BODY} bytes.")
        return message

    return bounded


def _answer(status: int, text: str) -> JSONResponse:
    body = {"data": None, "code": "390000", "message": text, "success": False}
    return JSONResponse(body, status_code=status)
