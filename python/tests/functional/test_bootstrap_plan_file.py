"""A plan that was kept is applied only to what it was made from: account, mesh file, state, and itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from snowmesh.bootstrap.cli import main
from tests.conftest import Snowflake

MESH = "domains: {kpt_sales: {}}\n"
Command = Callable[..., Result]


@pytest.fixture
def command(local_snowflake: Snowflake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Run mesh-bootstrap in a folder with the mesh; drop what it makes afterwards."""
    if local_snowflake.live:
        pytest.skip("drops databases: shown on the local Snowflake")
    monkeypatch.chdir(tmp_path)
    Path("mesh.yml").write_text(MESH)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, [*arguments, "--local", str(local_snowflake.port)])

    yield run
    drops = ("database if exists kpt_sales_db", "warehouse if exists kpt_sales_wh", "role if exists kpt_sales_role")
    local_snowflake.run(*(f"drop {what}" for what in drops), role="ACCOUNTADMIN")


def test_a_kept_plan_is_applied_without_a_question(command: Command) -> None:
    planned = command("plan", "--out", "plan.json", "--output", "json")
    assert Path("plan.json").read_text() == planned.stdout
    document = json.loads(planned.stdout)
    assert document["bound_to"]["account"] == "LOCAL"
    assert all(re.fullmatch("[0-9a-f]{64}", document["bound_to"][key]) for key in ("mesh_sha256", "state_sha256"))
    applied = command("apply", "plan.json")
    assert applied.exit_code == 0, applied.output
    assert command("plan").stdout == "No changes.\n"


def _mesh(account: Snowflake) -> None:
    Path("mesh.yml").write_text(MESH + "roles: []\n")


def _state(account: Snowflake) -> None:
    account.run("create role kpt_sales_role", role="USERADMIN")


def _statement(account: Snowflake) -> None:
    text = Path("plan.json").read_text()
    Path("plan.json").write_text(text.replace("CREATE DATABASE IF NOT EXISTS", "CREATE DATABASE"))


def _fewer(account: Snowflake) -> None:
    document = json.loads(Path("plan.json").read_text())
    document["changes"].pop()
    Path("plan.json").write_text(json.dumps(document))


def _account(account: Snowflake) -> None:
    Path("plan.json").write_text(Path("plan.json").read_text().replace('"LOCAL"', '"PROD"'))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_mesh, "mesh.yml was changed after it was made"),
        (_state, "the account was changed after it was made"),
        (_statement, "its statements are not those of the mesh file"),
        (_fewer, "its statements are not those of the mesh file"),
        (_account, "it is for account PROD, and this is LOCAL"),
    ],
)
def test_a_stale_plan_is_refused(
    command: Command, local_snowflake: Snowflake, change: Callable[[Snowflake], None], reason: str
) -> None:
    assert command("plan", "--out", "plan.json").exit_code == 0
    change(local_snowflake)
    found = command("apply", "plan.json")
    assert (found.exit_code, found.stdout) == (2, "")
    assert f"Error: the plan plan.json is stale: {reason}" in found.stderr
    assert "; nothing was changed.\nNext: make a new plan" in found.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "the plan plan.json cannot be read: No such file or directory."),
        (b"", "the plan plan.json is not the JSON that 'plan --out' writes."),
        (b"\xff\xfe\x00", "the plan plan.json is not the JSON"),
        (b"[" * 100_000, "the plan plan.json is not the JSON"),
        (b"[]", "the plan plan.json is not the JSON"),
        (b'{"version": 1}', "the plan plan.json is not the JSON"),
        (b'{"version": 99}', "the plan plan.json is of another version of mesh-bootstrap."),
    ],
)
def test_what_is_no_plan_is_said(command: Command, content: bytes | None, message: str) -> None:
    if content is not None:
        Path("plan.json").write_bytes(content)
    found = command("apply", "plan.json")
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in found.stderr


def test_a_plan_that_cannot_be_written_is_said(command: Command) -> None:
    found = command("plan", "--out", "no/such/folder/plan.json")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "the plan cannot be written to no/such/folder/plan.json: No such file or directory." in found.stderr


def test_the_statements_are_found_in_the_query_history(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """QUERY_TAG is the hash of the plan."""
    document = json.loads(command("plan", "--output", "json").stdout)
    seen: list[str] = []
    from snowmesh.bootstrap.connect import ConnectorSession

    query = ConnectorSession.query

    def recorded(self: ConnectorSession, sql: str) -> object:
        seen.append(sql)
        return query(self, sql)

    monkeypatch.setattr(ConnectorSession, "query", recorded)
    assert command("apply").exit_code == 0
    assert f"ALTER SESSION SET QUERY_TAG = 'mesh-bootstrap {document['hash']}'" in seen


def test_an_account_with_nothing_needs_no_connection(command: Command) -> None:
    found = CliRunner().invoke(main, ["plan", "--against-empty", "--output", "markdown"])
    assert found.exit_code == 0
    assert "| SYSADMIN | CREATE DATABASE | KPT\\_SALES\\_DB |" in found.stdout
    both = command("plan", "--against-empty")
    assert (both.exit_code, "--against-empty needs no connection, and --local names one." in both.stderr) == (2, True)
