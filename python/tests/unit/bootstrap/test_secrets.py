"""No secret is ever shown: not by a server that throws it back, not in a plan, a log, an exception, or a list of processes.

C1-C5: key pair with passphrase, OAuth, programmatic access token, password; from the environment or from connections.toml.
"""

from __future__ import annotations

import gzip
import http.server
import json
import logging
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from snowmesh.bootstrap import connect
from snowmesh.bootstrap.problems import BootstrapError
from tests.unit.bootstrap.test_bootstrap_sources import _run as run

SECRET = 'topsecret-42%/+  "é$'


class Echo(http.server.BaseHTTPRequestHandler):
    """Refuses every login, and says everything that it was sent, also what processes are called meanwhile."""

    seen: list[str]

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = (gzip.decompress(data) if self.headers.get("Content-Encoding") == "gzip" else data).decode()
        self.seen.append(body)
        self.seen.extend(_processes())
        told = f"{body} {self.headers} {urllib.parse.quote(body)}"
        answer = json.dumps({"success": False, "message": told, "code": "390100", "data": None}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def _processes() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append("process " + path.read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    Echo.seen = []
    found = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "mesh.yml").write_text("domains: {sales: {}}\n")
    (tmp_path / "token").write_text(SECRET + "\n")
    (tmp_path / "token").chmod(0o600)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    password = serialization.BestAvailableEncryption(SECRET.encode())
    encoded = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, password)
    (tmp_path / "key.p8").write_bytes(encoded)
    (tmp_path / "config.toml").write_text(f'[log]\nsave_logs = true\nlevel = "DEBUG"\npath = "{tmp_path}/logs"\n')
    (tmp_path / "config.toml").chmod(0o600)
    return tmp_path


WAYS: dict[str, dict[str, str]] = {
    "password": {"password": SECRET},
    "key pair": {"authenticator": "SNOWFLAKE_JWT", "private_key_file": "key.p8", "private_key_file_pwd": SECRET},
    "wrong passphrase": {
        "authenticator": "SNOWFLAKE_JWT",
        "private_key_file": "key.p8",
        "private_key_file_pwd": SECRET + "x",
    },
    "oauth": {"authenticator": "oauth", "token": SECRET},
    "access token": {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token": SECRET},
    "access token in a file": {"authenticator": "PROGRAMMATIC_ACCESS_TOKEN", "token_file_path": "token"},
    "client credentials": {
        "authenticator": "OAUTH_CLIENT_CREDENTIALS",
        "oauth_client_id": "me",
        "oauth_client_secret": SECRET,
        "oauth_token_request_url": "http://127.0.0.1:PORT/token",
    },
    "one-time code": {"authenticator": "username_password_mfa", "password": SECRET, "passcode": "918273"},
}
ENVIRONMENT = {
    "password",
    "authenticator",
    "private_key_file",
    "private_key_file_pwd",
    "token",
    "token_file_path",
    "oauth_client_id",
    "oauth_client_secret",
    "passcode",
}


def shown(text: str) -> list[str]:
    """The forms of the secrets that a text shows."""
    forms = {SECRET, urllib.parse.quote(SECRET), urllib.parse.quote_plus(SECRET), urllib.parse.quote(SECRET, safe="")}
    return [form for form in (*forms, json.dumps(SECRET)[1:-1], "918273", "topsecret") if form in text]


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("where", ["environment", "connections.toml"])
def test_no_way_of_logging_in_shows_its_secret(
    server: http.server.HTTPServer, home: Path, name: str, where: str
) -> None:
    port = str(server.server_port)
    base = {"account": "acme", "user": "u", "host": "127.0.0.1", "port": port, "protocol": "http"}
    way = {key: value.replace("PORT", port) for key, value in WAYS[name].items()}
    if where == "environment":
        if not set(way) <= ENVIRONMENT:
            pytest.skip("only a file names the token's URL")
        found = run(
            home, "plan", "--output", "json", **{f"SNOWFLAKE_{k.upper()}": v for k, v in {**base, **way}.items()}
        )
    else:
        lines = [f"{key} = {json.dumps(value)}" for key, value in {**base, **way}.items() if key != "port"]
        (home / "connections.toml").write_text("\n".join(["[x]", f"port = {port}", *lines]) + "\n")
        (home / "connections.toml").chmod(0o600)
        found = run(home, "plan", "--output", "json", "-c", "x")
    assert (found.returncode, found.stdout) == (2, ""), found.stderr
    assert found.stderr.startswith(("Error: ", "Warning: "))
    assert "Traceback" not in found.stderr
    assert shown(found.stderr) == []
    logs = "".join(path.read_text(errors="replace") for path in (home / "logs").rglob("*") if path.is_file())
    assert shown(logs) == []
    assert not [line for line in Echo.seen if line.startswith("process") and shown(line)]
    if name in ("password", "oauth", "access token", "one-time code"):
        assert any(SECRET in line or json.dumps(SECRET)[1:-1] in line for line in Echo.seen), "it was sent and told"


def test_no_option_takes_a_secret() -> None:
    """What is on a command line is in the list of processes and in the shell's history."""
    import click

    from snowmesh.bootstrap.cli import main

    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        options = {option for parameter in command.params for option in parameter.opts}
        assert not [
            o for o in options if any(word in o for word in ("password", "token", "secret", "key", "passphrase"))
        ]


def test_nothing_is_logged_and_the_exception_has_no_secret(
    server: http.server.HTTPServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    parameters = {"account": "a", "user": "u", "password": SECRET, "host": "127.0.0.1", "protocol": "http"}
    with pytest.raises(BootstrapError) as caught:
        connect.open_session({**parameters, "port": server.server_port})
    assert "****" in str(caught.value)
    assert shown(f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r} {caplog.text}") == []


# -- permissions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "said"),
    [(0o600, ""), (0o644, "Warning: Bad owner or permissions on"), (0o620, "is writable by group or others")],
)
def test_the_permissions_of_connections_toml_are_checked_as_the_connector_does(
    home: Path, mode: int, said: str
) -> None:
    """C2: who else may read it is warned about, who else may write it stops everything."""
    path = home / "connections.toml"
    path.write_text(f'[x]\naccount = "a"\nuser = "u"\npassword = {json.dumps(SECRET)}\nhost = "127.0.0.1"\nport = 1\n')
    path.chmod(mode)
    found = run(home, "plan", "-c", "x")
    assert found.returncode == 2
    assert said in found.stderr
    assert ("nothing answers on 127.0.0.1:1" in found.stderr) is (mode != 0o620)
    assert "config_manager.py" not in found.stderr
    assert shown(found.stderr) == []


@pytest.mark.parametrize("value", ['"abc"', "-1", "true", "[1]"])
def test_a_port_that_is_none_is_one_message(home: Path, value: str) -> None:
    path = home / "connections.toml"
    path.write_text(f'[x]\naccount = "a"\nuser = "u"\nhost = "localhost"\nport = {value}\n')
    path.chmod(0o600)
    found = run(home, "plan", "-c", "x")
    assert found.returncode == 2
    assert "which is no port" in found.stderr
    assert "Traceback" not in found.stderr
