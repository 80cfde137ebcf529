"""mesh-bootstrap against an account: plan, apply, nothing left to do, drift, failures, and what the roles then can do.

Every test has names of its own and drops them at the end.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from snowmesh.account.objects import ObjectType
from snowmesh.bootstrap import connect, expand, mesh_file, sources
from snowmesh.bootstrap.cli import main
from snowmesh.bootstrap.current import read_account
from snowmesh.bootstrap.plan import make_plan
from snowmesh.bootstrap.session import SYNTAX_ERROR, Row, StatementError
from tests.conftest import Snowflake

REFUSED = r"does not exist or not authorized|Insufficient privileges"

MESH = """
domains:
  bst_sales:
    comment: It's "sales" \\ more
    warehouse: {size: xsmall, auto_suspend: 120}
    readers: [bst_sales_reader]
    governance: {schema: rules}
    products: [orders]
    imports: [snowflake_sample_data]
  bst_money:
    consumes: [bst_sales.orders]
roles: [bst_nobody]
users:
  bst_sales_dbt: {type: service, domain: bst_sales}
"""
Command = Callable[..., Result]


@pytest.fixture
def command(local_snowflake: Snowflake, tmp_path: Path) -> Iterator[Command]:
    """Run mesh-bootstrap on a mesh file of the test; drop what the file declares afterwards."""
    path = tmp_path / "mesh.yml"
    account = ["-c", local_snowflake.live] if local_snowflake.live else ["--local", str(local_snowflake.port)]

    def run(name: str, *options: str, text: str = MESH) -> Result:
        path.write_text(text)
        return CliRunner().invoke(main, [name, "--file", str(path), *account, *options])

    yield run
    _drop(local_snowflake, path)


def _drop(account: Snowflake, path: Path) -> None:
    declared = expand.expand(mesh_file.load(path)).account
    owners = {ObjectType.ROLE: "USERADMIN", ObjectType.USER: "USERADMIN"}
    for kind in (ObjectType.USER, ObjectType.DATABASE, ObjectType.WAREHOUSE, ObjectType.ROLE):
        for item in declared.of_type(kind):
            account.run(f"drop {kind.value} if exists {item.ref.sql}", role=owners.get(kind, "SYSADMIN"))


def changes(result: Result) -> list[str]:
    """The statements of a JSON plan."""
    return [change["statement"] for change in json.loads(result.stdout)["changes"]]


def test_apply_then_nothing_is_left_to_do(command: Command) -> None:
    before = command("plan", "--output", "json")
    applied = command("apply", "--yes")
    assert applied.exit_code == 0, applied.output
    count = len(changes(before))
    assert f"Applied {count} of {count} changes.\nRead back from the account: nothing is missing." in applied.stdout
    assert f"[{count}/{count}] GRANT IMPORTED PRIVILEGES" in applied.stderr
    for name, text in (("plan", "No changes."), ("apply", "No changes."), ("verify", "No drift.")):
        again = command(name)
        assert (again.exit_code, again.stdout, again.stderr) == (0, f"{text}\n", "")


def test_plans_are_equal_to_the_byte_and_exit_0_unless_asked(command: Command) -> None:
    for output in ("text", "json", "sql"):
        first, second = command("plan", "--output", output), command("plan", "--output", output)
        assert first.exit_code == 0
        assert first.stdout_bytes == second.stdout_bytes
    assert command("plan", "--detailed-exitcode").exit_code == 1
    assert command("verify").exit_code == 1


def test_the_sql_plan_can_be_run_by_hand(command: Command, local_snowflake: Snowflake) -> None:
    script = command("plan", "--output", "sql").stdout
    local_snowflake.run(*(line.removesuffix(";") for line in script.splitlines()))
    assert command("plan").stdout == "No changes.\n"


def test_quiet_prints_the_result_only(command: Command) -> None:
    applied = command("apply", "--yes", "--quiet")
    assert applied.stderr == ""
    assert [line.split()[0] for line in applied.stdout.splitlines()] == ["Planned", "Applied", "Read"]


@pytest.mark.parametrize(
    ("role", "drift", "repair"),
    [
        (
            "SECURITYADMIN",
            "revoke create view on schema bst_money_db.prod from role bst_money_role",
            'GRANT CREATE VIEW ON SCHEMA "BST_MONEY_DB"."PROD" TO ROLE "BST_MONEY_ROLE"',
        ),
        (
            "SECURITYADMIN",
            "revoke role bst_nobody from role sysadmin",
            'GRANT ROLE "BST_NOBODY" TO ROLE "SYSADMIN"',
        ),
        (
            "SECURITYADMIN",
            "revoke role bst_sales_role from user bst_sales_dbt",
            'GRANT ROLE "BST_SALES_ROLE" TO USER "BST_SALES_DBT"',
        ),
        (
            "ACCOUNTADMIN",
            "revoke apply masking policy on account from role bst_sales_role",
            'GRANT APPLY MASKING POLICY ON ACCOUNT TO ROLE "BST_SALES_ROLE"',
        ),
        (
            "ACCOUNTADMIN",
            "revoke imported privileges on database snowflake_sample_data from role bst_sales_role",
            'GRANT IMPORTED PRIVILEGES ON DATABASE "SNOWFLAKE_SAMPLE_DATA" TO ROLE "BST_SALES_ROLE"',
        ),
        (
            "SYSADMIN",
            "alter warehouse bst_sales_wh set warehouse_size = small auto_suspend = 60",
            'ALTER WAREHOUSE "BST_SALES_WH" SET WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 120',
        ),
        (
            "SYSADMIN",
            "alter database bst_sales_db set comment = 'other'",
            "ALTER DATABASE \"BST_SALES_DB\" SET COMMENT = 'It''s \"sales\" \\\\ more'",
        ),
        (
            "USERADMIN",
            "alter user bst_sales_dbt set default_role = public",
            'ALTER USER "BST_SALES_DBT" SET DEFAULT_ROLE = "BST_SALES_ROLE"',
        ),
        (
            "SYSADMIN",
            "drop schema bst_money_db.prod",
            'CREATE SCHEMA IF NOT EXISTS "BST_MONEY_DB"."PROD" COMMENT = \'[mesh-bootstrap]\'',
        ),
    ],
)
def test_drift_is_planned_verified_and_mended(
    command: Command, local_snowflake: Snowflake, role: str, drift: str, repair: str
) -> None:
    assert command("apply", "--yes").exit_code == 0
    local_snowflake.run(drift, role=role)
    found = changes(command("plan", "--output", "json"))
    assert found[0] == repair
    assert len(found) == (2 if "SCHEMA IF NOT" in repair else 1)
    assert command("verify").exit_code == 1
    assert command("apply", "--yes").exit_code == 0
    assert command("plan").stdout == "No changes.\n"


def test_a_failing_statement_says_why_and_the_rest_is_done(command: Command) -> None:
    text = MESH.replace("snowflake_sample_data", "bst_no_such_share")
    applied = command("apply", "--yes", text=text)
    assert applied.exit_code == 1
    assert "Warning: database BST_NO_SUCH_SHARE is not in the account" in applied.stderr
    assert "; 1 failed, 0 skipped." in applied.stdout
    assert "failed: GRANT IMPORTED PRIVILEGES ON DATABASE" in applied.stdout
    assert "as ACCOUNTADMIN: 002003 (" in applied.stdout
    left = changes(command("plan", "--output", "json", text=text))
    assert left == ['GRANT IMPORTED PRIVILEGES ON DATABASE "BST_NO_SUCH_SHARE" TO ROLE "BST_SALES_ROLE"']


def test_an_apply_that_stopped_half_way_is_completed_by_the_next(command: Command, local_snowflake: Snowflake) -> None:
    """Whatever the last statement was, the next apply does only the rest."""
    script = command("plan", "--output", "sql").stdout.splitlines()
    total = sum(not line.startswith("USE") for line in script)
    for stop in (3, 9, 17, 23):
        local_snowflake.run(*(line.removesuffix(";") for line in script[:stop]))
        done = sum(not line.startswith("USE") for line in script[:stop])
        assert len(changes(command("plan", "--output", "json"))) == total - done
    assert command("apply", "--yes").exit_code == 0
    assert command("plan").stdout == "No changes.\n"


def test_names_of_every_kind_converge(command: Command) -> None:
    """I2: case, dots, blanks, quotes and letters of any alphabet in names."""
    text = r"""
domains:
  odd: {database: bst_odd_db, schemas: ['"a""b"', '"select"'], warehouse: '"bst wh;--"', owner: '"bst rôle"',
        comment: "x' ; DROP DATABASE y; -- \\"}
users: {'"bst u.ser"': {type: service, domain: odd}}
"""
    applied = command("apply", "--yes", text=text)
    assert applied.exit_code == 0, applied.output
    again = command("plan", text=text)
    assert (again.stdout, again.stderr) == ("No changes.\n", "")


def test_the_owner_builds_and_the_consumer_reads_what_it_is_granted_and_nothing_else(
    command: Command, local_snowflake: Snowflake
) -> None:
    """P17, P20, L7: the expansion is enough to build and to read, and no more."""
    assert command("apply", "--yes").exit_code == 0
    run = local_snowflake.run
    table = "bst_sales_db.prod.orders"
    source = "select c_custkey from snowflake_sample_data.tpch_sf1.customer limit 2"
    run("use warehouse bst_sales_wh", f"create table {table} as {source}", role="BST_SALES_ROLE")
    run(f"create view {table}_v as select * from {table}", role="BST_SALES_ROLE")
    with pytest.raises(Exception, match=REFUSED):
        run("use warehouse bst_money_wh", f"select * from {table}", role="BST_MONEY_ROLE")
    run(f"grant select on {table} to role bst_money_role", role="BST_SALES_ROLE")
    assert len(run("use warehouse bst_money_wh", f"select * from {table}", role="BST_MONEY_ROLE")) == 2
    for refused in ("create table bst_sales_db.prod.mine (a int)", "create schema bst_money_db.more", source):
        with pytest.raises(Exception, match=REFUSED):
            run("use warehouse bst_money_wh", refused, role="BST_MONEY_ROLE")
    with pytest.raises(Exception, match=REFUSED):
        run(f"select * from {table}", role="BST_NOBODY")


def test_the_owner_governs(command: Command, local_snowflake: Snowflake) -> None:
    """T20, T23: tags and policies in the governance schema, and a policy on a tag."""
    assert command("apply", "--yes").exit_code == 0
    rules = "bst_sales_db.rules"
    local_snowflake.run(
        f"create tag {rules}.pii",
        f"create masking policy {rules}.hide as (v string) returns string -> '****'",
        f"alter tag {rules}.pii set masking policy {rules}.hide",
        role="BST_SALES_ROLE",
    )
    with pytest.raises(Exception, match=REFUSED):
        local_snowflake.run(f"create tag {rules}.other", role="BST_MONEY_ROLE")
    local_snowflake.run(f"alter tag {rules}.pii unset masking policy {rules}.hide", role="BST_SALES_ROLE")


class RoleByRole:
    """A session of an account that does not know INCLUDE HIERARCHY."""

    def __init__(self, session: Any) -> None:
        self.session, self.sent = session, 0
        self.account, self.user = session.account, session.user

    def query(self, sql: str) -> list[Row]:
        self.sent += 1
        if sql.endswith("INCLUDE HIERARCHY"):
            raise StatementError(sql, SYNTAX_ERROR, "syntax error")
        return self.session.query(sql)

    def use_role(self, role: str) -> None:
        self.session.use_role(role)


def test_both_ways_to_read_grants_find_the_same(command: Command, local_snowflake: Snowflake) -> None:
    if local_snowflake.live:
        pytest.skip("the fallback is shown on the local Snowflake; an account has one of the two forms")
    assert command("apply", "--yes").exit_code == 0
    declared = expand.expand(mesh_file.loads(MESH))
    session = connect.open_session(sources.local(local_snowflake.port))
    usual, fallback = read_account(session, declared), read_account(RoleByRole(session), declared)
    assert make_plan(declared, usual) == make_plan(declared, fallback) == replace(make_plan(declared, usual), steps=())


def test_a_user_who_lacks_a_role_is_told_which_before_anything_changes(
    command: Command, local_snowflake: Snowflake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if local_snowflake.live:
        pytest.skip("logs in as another user, for whom an account would need a key")
    local_snowflake.run("create user bst_clerk", "grant role sysadmin to user bst_clerk", role="ACCOUNTADMIN")
    environment = {"ACCOUNT": "local", "USER": "bst_clerk", "PASSWORD": "local-secret", "HOST": "127.0.0.1"}
    for key, value in {**environment, "PORT": str(local_snowflake.port), "PROTOCOL": "http"}.items():
        monkeypatch.setenv(f"SNOWFLAKE_{key}", value)
    (tmp_path / "mesh.yml").write_text(MESH)
    try:
        found = CliRunner().invoke(main, ["apply", "--file", str(tmp_path / "mesh.yml")])
        assert (found.exit_code, found.stdout) == (2, "")
        assert "the account cannot be read: 003013" in found.stderr
        assert 'Next: ACCOUNTADMIN runs: GRANT ROLE "SECURITYADMIN" TO USER "BST_CLERK"' in found.stderr
        local_snowflake.run("grant role securityadmin to user bst_clerk", role="ACCOUNTADMIN")
        found = CliRunner().invoke(main, ["apply", "--file", str(tmp_path / "mesh.yml")])
        assert found.exit_code == 2
        assert "user BST_CLERK does not hold the roles that this plan runs with; nothing was changed." in found.stderr
        assert 'ACCOUNTADMIN for 1 statement: GRANT ROLE "ACCOUNTADMIN" TO USER "BST_CLERK"' in found.stderr
        assert len(changes(command("plan", "--output", "json"))) > 20
    finally:
        local_snowflake.run("drop user bst_clerk", role="ACCOUNTADMIN")


def test_a_service_user_starts_in_its_domain(command: Command, local_snowflake: Snowflake) -> None:
    if local_snowflake.live:
        pytest.skip("logs in as a new user, for whom an account would need a key")
    assert command("apply", "--yes").exit_code == 0
    row = local_snowflake.run(
        "select current_role(), current_warehouse(), current_database(), current_schema()", user="BST_SALES_DBT"
    )
    assert row == [("BST_SALES_ROLE", "BST_SALES_WH", "BST_SALES_DB", "PROD")]


def test_secondary_roles_are_off(local_snowflake: Snowflake) -> None:
    """R21, R31: else a statement could work by a role that the plan does not name."""
    if local_snowflake.live:
        pytest.skip("shown on the local Snowflake")
    session = connect.open_session(sources.local(local_snowflake.port))
    (row,) = session.query("select current_secondary_roles() as found")
    session.close()
    assert json.loads(row["FOUND"])["roles"] == ""


def test_an_unknown_user_is_refused_in_one_message(
    local_snowflake: Snowflake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if local_snowflake.live:
        pytest.skip("five failed logins lock a user")
    environment = {"ACCOUNT": "local", "USER": "bst_ghost", "PASSWORD": "local-secret", "HOST": "127.0.0.1"}
    for key, value in {**environment, "PORT": str(local_snowflake.port), "PROTOCOL": "http"}.items():
        monkeypatch.setenv(f"SNOWFLAKE_{key}", value)
    (tmp_path / "mesh.yml").write_text(MESH)
    found = CliRunner().invoke(main, ["plan", "--file", str(tmp_path / "mesh.yml")])
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.startswith("Error: no connection to account local as user bst_ghost: ")
    assert "local-secret" not in found.stderr


def test_apply_without_a_terminal_needs_yes(
    local_snowflake: Snowflake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only the local Snowflake is not asked about; here it is taken for another account."""
    if local_snowflake.live:
        pytest.skip("shown on the local Snowflake")
    monkeypatch.setattr(connect, "is_local", lambda parameters: False)
    (tmp_path / "mesh.yml").write_text(MESH)
    options = ["apply", "--file", str(tmp_path / "mesh.yml"), "--local", str(local_snowflake.port)]
    found = CliRunner().invoke(main, options)
    assert found.exit_code == 2
    assert "apply wants to ask and there is no terminal; nothing was changed." in found.stderr
    assert "add --yes" in found.stderr


@pytest.mark.parametrize(
    ("role", "drift", "repair"),
    [
        (
            "SECURITYADMIN",
            "grant monitor on database bst_sales_db to role bst_money_role",
            'REVOKE MONITOR ON DATABASE "BST_SALES_DB" FROM ROLE "BST_MONEY_ROLE"',
        ),
        (
            "SECURITYADMIN",
            "grant usage on warehouse bst_sales_wh to role public",
            'REVOKE USAGE ON WAREHOUSE "BST_SALES_WH" FROM ROLE "PUBLIC"',
        ),
        (
            "ACCOUNTADMIN",
            "grant create database on account to role bst_money_role",
            'REVOKE CREATE DATABASE ON ACCOUNT FROM ROLE "BST_MONEY_ROLE"',
        ),
        (
            "ACCOUNTADMIN",
            "grant imported privileges on database snowflake_sample_data to role bst_money_role",
            'REVOKE IMPORTED PRIVILEGES ON DATABASE "SNOWFLAKE_SAMPLE_DATA" FROM ROLE "BST_MONEY_ROLE"',
        ),
        (
            "SECURITYADMIN",
            "grant create schema, modify on database bst_sales_db to role bst_sales_role with grant option",
            'REVOKE CREATE SCHEMA, MODIFY ON DATABASE "BST_SALES_DB" FROM ROLE "BST_SALES_ROLE"',
        ),
        (
            "SECURITYADMIN",
            "grant create view on schema bst_money_db.prod to role bst_money_role with grant option",
            'REVOKE GRANT OPTION FOR CREATE VIEW ON SCHEMA "BST_MONEY_DB"."PROD" FROM ROLE "BST_MONEY_ROLE"',
        ),
        (
            "SECURITYADMIN",
            "grant select on future tables in schema bst_sales_db.prod to role bst_money_role",
            'REVOKE SELECT ON FUTURE TABLES IN SCHEMA "BST_SALES_DB"."PROD" FROM ROLE "BST_MONEY_ROLE"',
        ),
        (
            "SECURITYADMIN",
            "grant select on future views in database bst_sales_db to role public",
            'REVOKE SELECT ON FUTURE VIEWS IN DATABASE "BST_SALES_DB" FROM ROLE "PUBLIC"',
        ),
        (
            "SECURITYADMIN",
            "grant role bst_sales_role to role bst_nobody",
            'REVOKE ROLE "BST_SALES_ROLE" FROM ROLE "BST_NOBODY"',
        ),
        (
            "SECURITYADMIN",
            "grant role bst_money_role to role public",
            'REVOKE ROLE "BST_MONEY_ROLE" FROM ROLE "PUBLIC"',
        ),
        (
            "ACCOUNTADMIN",
            "grant role useradmin to role bst_money_role",
            'REVOKE ROLE "USERADMIN" FROM ROLE "BST_MONEY_ROLE"',
        ),
        (
            "SECURITYADMIN",
            "grant role bst_nobody to user bst_sales_dbt",
            'REVOKE ROLE "BST_NOBODY" FROM USER "BST_SALES_DBT"',
        ),
        (
            "SECURITYADMIN",
            "grant usage on database bst_money_db to user bst_sales_dbt",
            'REVOKE USAGE ON DATABASE "BST_MONEY_DB" FROM USER "BST_SALES_DBT"',
        ),
        (
            "ACCOUNTADMIN",
            "grant ownership on database bst_money_db to role bst_nobody copy current grants",
            'GRANT OWNERSHIP ON DATABASE "BST_MONEY_DB" TO ROLE "SYSADMIN" COPY CURRENT GRANTS',
        ),
        (
            "ACCOUNTADMIN",
            "grant ownership on role bst_nobody to role accountadmin copy current grants",
            'GRANT OWNERSHIP ON ROLE "BST_NOBODY" TO ROLE "USERADMIN" COPY CURRENT GRANTS',
        ),
        (
            "ACCOUNTADMIN",
            "grant ownership on user bst_sales_dbt to role accountadmin copy current grants",
            'GRANT OWNERSHIP ON USER "BST_SALES_DBT" TO ROLE "USERADMIN" COPY CURRENT GRANTS',
        ),
        (
            "SYSADMIN",
            "alter schema bst_sales_db.prod enable managed access",
            "No changes.",
        ),
    ],
)
def test_what_is_more_than_declared_is_taken_away(
    command: Command, local_snowflake: Snowflake, role: str, drift: str, repair: str
) -> None:
    """The mesh has authority over what it declares; scenarios 4, 8, 9, 16 and 21 of the peers."""
    assert command("apply", "--yes").exit_code == 0
    local_snowflake.run(drift, role=role)
    found = changes(command("plan", "--output", "json"))
    if repair == "No changes.":
        assert found == []  # the mesh does not say which schemas are managed access schemas
        return
    assert found[0] == repair
    applied = command("apply", "--yes")
    assert applied.exit_code == 0, applied.output
    assert command("plan").stdout == "No changes.\n"


def test_a_privilege_that_a_role_inherits_anyway_is_left(command: Command, local_snowflake: Snowflake) -> None:
    """Scenario 30 of the peers: the owner inherits its readers; holding USAGE twice is no more."""
    assert command("apply", "--yes").exit_code == 0
    local_snowflake.run("grant usage on database bst_sales_db to role bst_sales_role", role="SECURITYADMIN")
    assert command("plan").stdout == "No changes.\n"


def test_strangers_are_left_and_said(command: Command, local_snowflake: Snowflake) -> None:
    assert command("apply", "--yes").exit_code == 0
    run = local_snowflake.run
    run(
        "create role bst_stranger",
        "grant role bst_stranger to role sysadmin",
        "grant usage on database bst_sales_db to role bst_stranger",
        "create database bst_elsewhere",
        "grant usage on database bst_elsewhere to role bst_sales_role",
        role="ACCOUNTADMIN",
    )
    try:
        planned = command("plan")
        assert planned.stdout == "No changes.\n"
        assert "Warning: roles that nobody declared reach into the mesh: BST_STRANGER (1)" in planned.stderr
    finally:
        run("drop role bst_stranger", "drop database bst_elsewhere", role="ACCOUNTADMIN")
