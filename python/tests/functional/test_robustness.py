"""Junk, disconnects and strangers: an error for who sent it, no traceback, and the server goes on."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from snowflake.connector.errors import DatabaseError, OperationalError

from snowmesh.local import sessions
from snowmesh.local.login import LoginRequest
from snowmesh.local.loopback import refusal
from snowmesh.local.server import open_account
from tests.conftest import Snowflake, started

QUERY, LOGIN = "/queries/v1/query-request", "/session/v1/login-request"
ENDLESS = "with recursive r as (select 1 as n union all select n + 1 from r) select count(*) from r where n < 0"


@pytest.fixture(scope="module")
def account() -> Iterator[Snowflake]:
    with started(scale=0) as found:
        yield found


@pytest.fixture(autouse=True)
def the_server_goes_on(account: Snowflake) -> Iterator[None]:
    yield
    assert account.run("select 1", role="accountadmin") == [(1,)]


def post(account: Snowflake, path: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(account.host, account.port, timeout=30)
    try:
        connection.request("POST", path, body, headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def token(account: Snowflake) -> str:
    _, text = post(account, LOGIN, json.dumps({"data": {"LOGIN_NAME": "ADMIN"}}).encode())
    return f'Snowflake Token="{json.loads(text)["data"]["token"]}"'


def failed(found: tuple[int, str]) -> str:
    """An error in Snowflake's envelope, without a word of Python."""
    status, text = found
    assert status == 200
    answer = json.loads(text)
    assert answer["success"] is False
    assert answer["code"].isdigit() and answer["message"]
    assert "Traceback" not in text and "Internal error" not in text
    return str(answer["message"])


BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "nothing": (b"", {}),
    "no JSON": (b"{", {}),
    "bytes": (bytes(range(256)), {}),
    "a list": (b"[1]", {}),
    "null": (b"null", {}),
    "a number": (b"1e999", {}),
    "deep": (b"[" * 100_000, {}),
    "other members": (b"{}", {}),
    "wrong types": (b'{"data": 1, "sqlText": {"a": 1}, "bindings": 7}', {}),
    "wrong types inside": (b'{"data": {"SESSION_PARAMETERS": [1]}, "sqlText": "select ?", "bindings": {"1": 7}}', {}),
    "gaps in bindings": (b'{"data": [], "sqlText": "select ?", "bindings": {"2": {"type": "TEXT", "value": "x"}}}', {}),
    "no gzip": (b"plain", {"Content-Encoding": "gzip"}),
    "half a gzip": (gzip.compress(b'{"data": {}}' * 99)[:-9], {"Content-Encoding": "gzip"}),
    "a bomb": (gzip.compress(b" " * 300_000_000, 1), {"Content-Encoding": "gzip"}),
}


@pytest.mark.parametrize("path", [QUERY, LOGIN])
@pytest.mark.parametrize("name", BODIES)
def test_a_junk_body_is_an_error(account: Snowflake, path: str, name: str) -> None:
    body, headers = BODIES[name]
    failed(post(account, path, body, {**headers, "Authorization": token(account)}))


@pytest.mark.parametrize("header", ["", "junk", 'Snowflake Token="None"', 'Snowflake Token="x', "Bearer \xff"])
def test_an_unknown_token_is_an_error(account: Snowflake, header: str) -> None:
    """C16: the connector understands 390104 as: log in again."""
    body = json.dumps({"sqlText": "select 1"}).encode()
    assert "login again" in failed(post(account, QUERY, body, {"Authorization": header}))


def test_junk_on_the_socket_is_answered_or_closed(account: Snowflake) -> None:
    for junk in (
        b"\x00\xff\x16\x03\x01" * 200,
        b"GET\r\n\r\n",
        b"POST / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nA: " + b"x" * 200_000,
    ):
        with socket.create_connection((account.host, account.port), timeout=10) as raw:
            raw.sendall(junk)
            with contextlib.suppress(OSError):  # the server may have hung up already
                raw.shutdown(socket.SHUT_WR)
            try:
                while raw.recv(65536):
                    pass
            except ConnectionResetError:
                pass


def test_huge_headers_are_refused(account: Snowflake) -> None:
    try:
        status, _ = post(account, QUERY, b"{}", {"X-Junk": "x" * 1_000_000})
    except (ConnectionError, http.client.HTTPException):
        return
    assert status in (400, 431)


def test_a_declared_body_beyond_any_use_is_refused(account: Snowflake) -> None:
    with socket.create_connection((account.host, account.port), timeout=10) as raw:
        raw.sendall(
            f"POST {QUERY} HTTP/1.1\r\nHost: 127.0.0.1:{account.port}\r\nContent-Length: 999999999999\r\n\r\n".encode()
        )
        assert raw.recv(100).startswith(b"HTTP/1.1 413")


STATEMENTS = {
    "empty": "",
    "blanks": " \n\t",
    "a comment": "-- nothing",
    "a semicolon": ";",
    "no statement": "blah blah",
    "an open quote": "select 'abc",
    "an open comment": "select 1 /* ",
    "an open dollar quote": "select $$abc",
    "a lone quote": "'",
    "control characters": "select \x00\x01\x02",
    "a lone surrogate": "select '\ud800'",
    "parentheses": "select " + "(" * 5000 + "1" + ")" * 5000,
    "deep sub-queries": "select * from (" * 400 + "select 1" + ")" * 400,
    "deep cases": "select " + "case when 1=1 then " * 2000 + "1" + " end" * 2000,
    "two statements": "select 1; select 2",
    "only keywords": "grant grant grant",
    "cut off": "create table t (",
    "cut off grant": "grant select on table",
    "cut off show": "show tables like",
    "cut off policy": "create masking policy p as (v string) returns string ->",
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_malformed_sql_is_an_error(account: Snowflake, name: str) -> None:
    body = json.dumps({"sqlText": STATEMENTS[name]}).encode()
    failed(post(account, QUERY, body, {"Authorization": token(account)}))


def test_a_statement_of_ten_thousand_lines_runs(account: Snowflake) -> None:
    rows = ",\n".join(f"({n}, 'row {n}')" + "\n" * 99 for n in range(100))
    assert account.run(f"select count(*), max(n) from (values\n{rows}) as v(n, t)", role="accountadmin") == [(100, 99)]
    sums = "\n+ ".join(["1"] * 300)
    assert account.run(f"select {sums}", role="accountadmin") == [(300,)]


def test_ten_thousand_lines_of_nonsense_are_an_error(account: Snowflake) -> None:
    text = "select from where\n" * 10_000
    failed(post(account, QUERY, json.dumps({"sqlText": text}).encode(), {"Authorization": token(account)}))


def test_a_query_ends_when_its_client_goes_away(account: Snowflake) -> None:
    """Else it would keep every statement that changes something waiting for ever."""
    body = json.dumps({"sqlText": ENDLESS}).encode()
    head = f"POST {QUERY} HTTP/1.1\r\nHost: 127.0.0.1:{account.port}\r\nAuthorization: {token(account)}\r\n"
    with socket.create_connection((account.host, account.port), timeout=10) as raw:
        raw.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        time.sleep(0.7)
    began = time.monotonic()
    account.run(f"create role r_{uuid.uuid4().hex}", role="accountadmin")
    assert time.monotonic() - began < 5


def test_a_client_that_goes_away_while_it_sends_does_no_harm(account: Snowflake) -> None:
    with socket.create_connection((account.host, account.port), timeout=10) as raw:
        raw.sendall(
            f"POST {QUERY} HTTP/1.1\r\nHost: 127.0.0.1:{account.port}\r\nContent-Length: 500\r\n\r\n{{".encode()
        )


def test_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """C11: after four idle hours a session is over; and there is a limit, with an error that says what to do."""
    now = 0.0
    gateway = open_account(None, 0, lambda text: None)
    gateway._sessions = sessions.Sessions(lambda: now)
    monkeypatch.setattr(sessions, "MAX_SESSIONS", 20)
    admin = LoginRequest(user="ADMIN")
    opened = [gateway.connect(admin, {}) for _ in range(20)]
    with pytest.raises(Exception, match=r"20 sessions are open.*Close sessions"):
        gateway.connect(admin, {})
    now = sessions.IDLE_SECONDS - 1.0
    assert gateway.connected(opened[0].token) is opened[0]  # used: its time starts again
    now += 2
    assert gateway.connected(opened[1].token) is None
    again = [gateway.connect(admin, {}) for _ in range(19)]
    assert gateway.connected(opened[0].token) is opened[0]
    assert all(gateway.connected(c.token) for c in again)


def test_many_sessions_are_opened_and_never_closed(account: Snowflake) -> None:
    for _ in range(60):
        token(account)


# -- strangers -----------------------------------------------------------------------------------

STRANGERS: dict[str, dict[str, str]] = {
    "a name that resolves here": {"Host": "evil.example:{port}"},
    "another port": {"Host": "127.0.0.1:1"},
    "no port": {"Host": "127.0.0.1"},
    "an address of this network": {"Host": "192.168.1.7:{port}"},
    "every address": {"Host": "0.0.0.0:{port}"},
    "a name that looks like one": {"Host": "localhost.evil.example:{port}"},
    "an address in a name": {"Host": "127.0.0.1.evil.example:{port}"},
    "junk": {"Host": "[::1:{port}"},
    "a page": {"Origin": "https://evil.example"},
    "a page without an origin": {"Origin": "null"},
    "a page on this machine": {"Origin": "http://127.0.0.1:{port}"},
    "a cross-site fetch": {"Sec-Fetch-Site": "cross-site"},
    "a same-site fetch": {"Sec-Fetch-Site": "same-site"},
}


@pytest.mark.parametrize("name", STRANGERS)
def test_a_browser_page_is_refused(account: Snowflake, name: str) -> None:
    headers = {key: value.format(port=account.port) for key, value in STRANGERS[name].items()}
    status, text = post(account, LOGIN, json.dumps({"data": {"LOGIN_NAME": "ADMIN"}}).encode(), headers)
    assert status == 403
    assert json.loads(text)["success"] is False
    assert "token" not in text


@pytest.mark.parametrize(
    "host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}", "127.0.0.2:{port}"]
)
def test_programs_of_this_machine_are_answered(account: Snowflake, host: str) -> None:
    headers = {"Host": host.format(port=account.port)}
    status, text = post(account, LOGIN, json.dumps({"data": {"LOGIN_NAME": "ADMIN"}}).encode(), headers)
    assert status == 200 and json.loads(text)["success"] is True


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.7", "::ffff:10.0.0.5", "fe80::1", "not an address"])
def test_other_machines_are_refused(address: str) -> None:
    """Also when somebody makes the server listen on more than loopback."""
    scope = {"client": (address, 5), "server": ("0.0.0.0", 8765), "headers": [(b"host", b"127.0.0.1:8765")]}
    assert "its own machine only" in refusal(scope)
    assert refusal({**scope, "client": ("127.0.0.1", 5)}) == ""


def test_the_server_listens_on_loopback_only(account: Snowflake) -> None:
    others = {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for address in others - {"127.0.0.1", "127.0.1.1"}:
        with pytest.raises(OSError), socket.create_connection((address, account.port), timeout=2):
            pass


def test_a_dead_server_is_an_error_of_the_connector() -> None:
    with pytest.raises((DatabaseError, OperationalError)):
        Snowflake("127.0.0.1", 1).connect(login_timeout=1)


def test_an_internal_error_says_nothing_of_the_data(account: Snowflake, monkeypatch: pytest.MonkeyPatch) -> None:
    from snowmesh.local.gateway import Gateway

    header = token(account)

    def broken(*_: Any) -> None:
        raise RuntimeError("SECRET")

    with monkeypatch.context() as patch:
        patch.setattr(Gateway, "_run", broken)
        _, text = post(account, QUERY, json.dumps({"sqlText": "select 1"}).encode(), {"Authorization": header})
    assert "SECRET" not in text and "Traceback" not in text and json.loads(text)["success"] is False
