"""Ways to name an account: each gives the connector's parameters, one at a time, and never prints a secret."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from snowmesh.bootstrap import connect, sources
from snowmesh.bootstrap.problems import BootstrapError
from snowmesh.bootstrap.sources import Options

SECRET = "topsecret-42-%$"


def test_the_environment_gives_the_connectors_words() -> None:
    environment = {
        "SNOWFLAKE_ACCOUNT": "org-acc",
        "SNOWFLAKE_USER": "me",
        "SNOWFLAKE_PRIVATE_KEY_PATH": "/k.p8",
        "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": SECRET,
        "SNOWFLAKE_PORT": "8443",
        "SNOWFLAKE_ROLE": "not used",
        "SNOWFLAKE_TOKEN": "",
    }
    assert sources.parameters(Options(), environment) == {
        "account": "org-acc",
        "user": "me",
        "private_key_file": "/k.p8",
        "private_key_file_pwd": SECRET,
        "port": 8443,
    }


def test_no_account_names_the_ways() -> None:
    with pytest.raises(BootstrapError, match="no connection is named") as caught:
        sources.parameters(Options(), {"SNOWFLAKE_USER": "me"})
    assert "-c" in caught.value.next_step
    assert "--local" in caught.value.next_step


def test_a_port_that_is_no_number_is_refused() -> None:
    with pytest.raises(BootstrapError, match="SNOWFLAKE_PORT is not a number"):
        sources.parameters(Options(), {"SNOWFLAKE_ACCOUNT": "a", "SNOWFLAKE_PORT": "x"})


@pytest.mark.parametrize("text", ["0", "65536", "-1", "abc", "9999999999", "٣"])
def test_a_wrong_local_port_is_refused(text: str) -> None:
    with pytest.raises(BootstrapError, match=r"--local is '.*', which is no port"):
        sources.local_port(text, {})


def test_the_local_port_is_given_or_in_the_environment_or_the_default() -> None:
    assert sources.local_port("1234", {"SNOWMESH_LOCAL_PORT": "5"}) == 1234
    assert sources.local_port("", {"SNOWMESH_LOCAL_PORT": "5"}) == 5
    assert sources.local_port("", {}) == sources.LOCAL_PORT


def test_two_ways_at_once_are_refused() -> None:
    with pytest.raises(BootstrapError, match="-c/--connection and a dbt target and --local were given together"):
        sources.parameters(Options(connection="a", target="b", local=1))


def _run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with nothing of this user's configuration."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SNOWFLAKE_", "SNOWMESH_", "DBT_"))}
    return subprocess.run(
        [sys.executable, "-m", "snowmesh.bootstrap.cli", *arguments],
        cwd=home,
        env={**kept, "HOME": str(home), "SNOWFLAKE_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "mesh.yml").write_text("domains: {sales: {}}\n")
    (tmp_path / "connections.toml").write_text(
        f'[admin]\naccount = "a"\nuser = "u"\npassword = "{SECRET}"\nhost = "127.0.0.1"\nport = 1\nprotocol = "http"\n'
    )
    (tmp_path / "connections.toml").chmod(0o600)
    (tmp_path / "profiles.yml").write_text(
        "shop:\n  target: here\n  outputs:\n"
        "    here: {type: snowflake, account: a, user: \"{{ env_var('WHO') }}\", password: x, host: 127.0.0.1, port: 2,\n"
        "           protocol: http, database: d, schema: s, role: r, warehouse: w}\n"
        "    there: {type: snowflake, account: a, user: u, password: x, host: 127.0.0.1, port: 3, database: d, schema: s}\n"
    )
    return tmp_path


def test_a_connection_of_connections_toml(home: Path) -> None:
    """C2. Port 1 is where it points, so that is where nothing answers."""
    found = _run(home, "plan", "-c", "admin")
    assert (found.returncode, found.stdout) == (2, "")
    assert "Error: nothing answers on 127.0.0.1:1 " in found.stderr
    assert SECRET not in found.stderr
    assert "Traceback" not in found.stderr


def test_an_unknown_connection_lists_the_known_ones(home: Path) -> None:
    found = _run(home, "plan", "-c", "admn")
    assert found.returncode == 2
    assert f"connections.toml has no connection 'admn' ({home}); allowed: admin; did you mean 'admin'?" in found.stderr


@pytest.mark.parametrize(
    ("options", "port"), [(("--project-dir", "."), 2), (("--profile", "shop", "--target", "there"), 3)]
)
def test_a_dbt_target_is_read_by_dbt(home: Path, options: tuple[str, ...], port: int) -> None:
    """By the profile of a project with its default target, or by name."""
    if "--project-dir" in options:
        (home / "dbt_project.yml").write_text("name: shop_project\nprofile: shop\n")
    found = _run(home, "plan", *options, WHO="me")
    assert (found.returncode, found.stdout) == (2, "")
    assert f"Error: nothing answers on 127.0.0.1:{port} " in found.stderr


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--profile", "shop", "--target", "nowhere"), "does not have a target named 'nowhere'"),
        (("--profile", "shop"), "Env var required but not provided: 'WHO'"),
    ],
)
def test_what_dbt_cannot_read_is_said_in_dbts_words(home: Path, options: tuple[str, ...], what: str) -> None:
    found = _run(home, "plan", *options)
    assert found.returncode == 2
    assert "Error: dbt cannot read the target: " in found.stderr
    assert what in found.stderr
    assert "Traceback" not in found.stderr


def test_a_wrong_file_is_reported_before_any_connection(home: Path) -> None:
    (home / "mesh.yml").write_text("domain: {}\n")
    found = _run(home, "apply")
    assert found.returncode == 2
    assert found.stderr.startswith("Error: mesh.yml has 2 errors; nothing was changed.\n  mesh.yml:1:1: ")


@pytest.mark.parametrize(
    ("parameters", "warned"),
    [
        ({"password": "x", "host": "a.snowflakecomputing.com"}, True),
        ({"password": "x", "authenticator": "SNOWFLAKE"}, True),
        ({"password": "x", "authenticator": "username_password_mfa"}, False),
        ({"password": "x", "host": "127.0.0.1"}, False),
        ({"private_key_file": "x"}, False),
    ],
)
def test_a_password_is_accepted_and_warned_about(parameters: dict[str, str], warned: bool) -> None:
    """C4, C5: Snowflake ends password logins; the local Snowflake has no other."""
    assert bool(connect.warning(parameters)) is warned


def test_secrets_are_taken_out_of_what_the_connector_says() -> None:
    with pytest.raises(BootstrapError) as caught:
        connect.open_session({"account": "a", "user": "u", "password": SECRET, "authenticator": f"http:{SECRET}"})
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_port_on_which_something_else_answers_is_no_snowflake() -> None:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(BootstrapError, match="no connection to account local as user ADMIN: "):
            connect.open_session(sources.local(server.server_port))
    finally:
        server.shutdown()


def test_help_is_quick_and_loads_neither_the_connector_nor_dbt_nor_yaml() -> None:
    code = (
        "import sys; from snowmesh.bootstrap.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('snowflake', 'dbt', 'yaml', 'sqlglot')], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.strip() == "[]"
    assert "Examples:" in found.stdout
