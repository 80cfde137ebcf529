"""The wider words of mesh.yml on an account: applied, used, taken away one by one, exported and planned from a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from snowflake.connector.errors import Error

from snowmesh.account.objects import ObjectType
from snowmesh.bootstrap import expand, mesh_file
from snowmesh.bootstrap.cli import main
from snowmesh.bootstrap.declared import Item
from snowmesh.bootstrap.wording import say_item
from tests.conftest import Snowflake
from tests.functional.least_privilege import REFUSALS, take_and_give

MESH = """
domains:
  lng_sales:
    managed_access: true
    databases:
      lng_sales_db: {schemas: [prod]}
      lng_raw: {schemas: {landing: {creates: [table]}}}
    warehouses: {lng_sales_wh: {}, lng_ops_wh: {used_by: [lng_analyst]}}
    creates: [table, view]
    access: {lng_read: {read: [lng_sales_db.prod]}, lng_write: {write: [landing]}}
    roles: {lng_analyst: {holds: [lng_read]}, lng_loader: {holds: [lng_write]}}
    governance:
      {schema: governance, steward: lng_steward, tags: [pii], masking_policies: [hide], row_access_policies: [by_n]}
    products: {orders: {schema: lng_sales_db.prod}}
  lng_money:
    consumes: [lng_sales.orders]
    governed_by: [lng_sales]
    creates: [table]
users:
  lng_ann: {type: person, roles: [lng_analyst], default_role: lng_analyst, comment: it's Ann}
tests:
  - {role: lng_analyst, can: select, on: lng_sales.orders}
  - {role: lng_analyst, cannot: insert, on: lng_sales.orders}
"""
GOV = "lng_sales_db.governance"
MAKES = (
    f"create or replace tag {GOV}.pii",
    f"create or replace masking policy {GOV}.hide as (v string) returns string -> '*'",
    f"create or replace row access policy {GOV}.by_n as (v number) returns boolean -> true",
)
# who does what, in order; each needs what the mesh gives it
STEPS = (
    ("LNG_STEWARD", "LNG_SALES_WH", f"use schema {GOV}"),
    ("LNG_STEWARD", "LNG_SALES_WH", "select 1"),
    ("LNG_STEWARD", "", f"create or replace tag {GOV}.scratch"),
    ("LNG_STEWARD", "", f"create or replace masking policy {GOV}.scratch_mask as (v string) returns string -> '*'"),
    (
        "LNG_STEWARD",
        "",
        f"create or replace row access policy {GOV}.scratch_rows as (v string) returns boolean -> true",
    ),
    ("LNG_STEWARD", "", f"alter tag {GOV}.scratch set masking policy {GOV}.scratch_mask"),
    ("LNG_STEWARD", "", f"alter tag {GOV}.scratch unset masking policy {GOV}.scratch_mask"),
    ("LNG_SALES_ROLE", "", "use schema lng_sales_db.prod"),
    ("LNG_SALES_ROLE", "", "use schema lng_raw.landing"),
    ("LNG_SALES_ROLE", "", f"use schema {GOV}"),
    (
        "LNG_SALES_ROLE",
        "LNG_SALES_WH",
        "create or replace table lng_sales_db.prod.orders as select 1 as n, 'x' as name",
    ),
    (
        "LNG_SALES_ROLE",
        "LNG_SALES_WH",
        "create or replace view lng_sales_db.prod.shown as select n from lng_sales_db.prod.orders",
    ),
    ("LNG_SALES_ROLE", "LNG_SALES_WH", "create or replace table lng_raw.landing.files as select 1 as n"),
    ("LNG_SALES_ROLE", "", f"alter table lng_sales_db.prod.orders modify column name set tag {GOV}.pii = 'a'"),
    ("LNG_SALES_ROLE", "", f"alter table lng_sales_db.prod.orders modify column name set masking policy {GOV}.hide"),
    ("LNG_SALES_ROLE", "", f"alter table lng_sales_db.prod.orders add row access policy {GOV}.by_n on (n)"),
    # managed access: without MANAGE GRANTS on the schema the owner could not offer its product (R45, R50)
    ("LNG_SALES_ROLE", "", "grant select on table lng_sales_db.prod.orders to role lng_money_role"),
    ("LNG_MONEY_ROLE", "LNG_MONEY_WH", "select * from lng_sales_db.prod.orders"),
    ("LNG_MONEY_ROLE", "LNG_MONEY_WH", "create or replace table lng_money_db.prod.sums as select 1 as n, 'x' as name"),
    ("LNG_MONEY_ROLE", "", "use schema lng_money_db.prod"),
    ("LNG_MONEY_ROLE", "", "use schema lng_sales_db.prod"),
    ("LNG_MONEY_ROLE", "", f"use schema {GOV}"),
    ("LNG_MONEY_ROLE", "", f"alter table lng_money_db.prod.sums modify column name set tag {GOV}.pii = 'a'"),
    ("LNG_MONEY_ROLE", "", f"alter table lng_money_db.prod.sums modify column name set masking policy {GOV}.hide"),
    ("LNG_MONEY_ROLE", "", f"alter table lng_money_db.prod.sums add row access policy {GOV}.by_n on (n)"),
    ("LNG_ANALYST", "LNG_SALES_WH", "select * from lng_sales_db.prod.orders"),
    ("LNG_ANALYST", "LNG_OPS_WH", "select * from lng_sales_db.prod.shown"),
    ("LNG_ANALYST", "", "use schema lng_sales_db.prod"),
    ("LNG_LOADER", "LNG_SALES_WH", "select * from lng_raw.landing.files"),
    ("LNG_LOADER", "LNG_SALES_WH", "insert into lng_raw.landing.files values (2)"),
    ("LNG_LOADER", "LNG_SALES_WH", "update lng_raw.landing.files set n = 3"),
    ("LNG_LOADER", "LNG_SALES_WH", "delete from lng_raw.landing.files where n = 3"),
    ("LNG_LOADER", "LNG_SALES_WH", "truncate table lng_raw.landing.files"),
    *(
        ("SYSADMIN", "", f"use role {r}")
        for r in ("lng_sales_role", "lng_money_role", "lng_analyst", "lng_loader", "lng_steward")
    ),
    ("LNG_ANN", "", "select current_role()"),
)
DECLARED = expand.expand(mesh_file.loads(MESH)).account
HELD: list[Item] = sorted([*DECLARED.grants, *DECLARED.future_grants, *DECLARED.memberships], key=repr)


class Account:
    """The account with the mesh applied, and the steps to take in it."""

    def __init__(self, account: Snowflake, path: Path) -> None:
        self.account, self.path = account, path

    def command(self, *arguments: str) -> Result:
        where = ["-c", self.account.live] if self.account.live else ["--local", str(self.account.port)]
        return CliRunner().invoke(main, [*arguments, *where])

    def reset(self) -> None:
        """Drop what the steps make."""
        self.account.run(
            "drop table if exists lng_sales_db.prod.orders",
            "drop view if exists lng_sales_db.prod.shown",
            "drop table if exists lng_raw.landing.files",
            "drop table if exists lng_money_db.prod.sums",
            role="ACCOUNTADMIN",
        )

    def steps(self) -> str:
        """What is refused first; empty when every step works."""
        sessions: dict[str, Any] = {}
        try:
            for who, warehouse, sql in STEPS:
                user = who if who == "LNG_ANN" else "ADMIN"
                key = f"{who} {sql}" if who in ("SYSADMIN", "LNG_ANN") else who
                try:
                    if key not in sessions:
                        sessions[key] = self.account.connect("" if user == who else who, user=user)
                    cursor = sessions[key].cursor()
                    if warehouse:
                        cursor.execute(f"use warehouse {warehouse}")
                    rows = cursor.execute(sql).fetchall()
                except Error as error:
                    assert error.errno in REFUSALS, (who, sql, error)
                    return f"{who}: {sql}: {error.errno}"
                if user == who and rows != [("LNG_ANALYST",)]:
                    return f"{who} starts as {rows}"
        finally:
            for session in sessions.values():
                session.close()
        return ""


@pytest.fixture(scope="module")
def account(local_snowflake: Snowflake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    if local_snowflake.live:
        pytest.skip("grants are taken away on the local Snowflake only")
    path = tmp_path_factory.mktemp("language") / "mesh.yml"
    path.write_text(MESH)
    found = Account(local_snowflake, path)
    first = found.command("apply", "--yes", "--file", str(path))
    # APPLY on tags and policies comes when they are there: the steward makes them, and the next apply grants it
    assert "PII" in first.output
    local_snowflake.run(*MAKES, role="LNG_STEWARD")
    again = found.command("apply", "--yes", "--file", str(path))
    assert again.exit_code == 0, again.output
    yield found
    for item in DECLARED.of_type(ObjectType.USER, ObjectType.DATABASE, ObjectType.WAREHOUSE, ObjectType.ROLE):
        local_snowflake.run(f"drop {item.ref.type.value} if exists {item.ref.sql}", role="ACCOUNTADMIN")


def test_the_next_plan_is_empty_and_every_step_works(account: Account) -> None:
    assert account.command("plan", "--file", str(account.path)).stdout == "No changes.\n"
    assert account.steps() == ""


@pytest.mark.parametrize("item", HELD, ids=say_item)
def test_without_any_single_grant_something_is_refused(account: Account, item: Item) -> None:
    take, give = take_and_give(item)
    account.reset()
    account.account.run(*take, role="ACCOUNTADMIN")
    try:
        assert account.steps(), f"nothing needs {say_item(item)}"
    finally:
        account.account.run(*give, role="ACCOUNTADMIN")


def test_a_snapshot_is_planned_against_without_a_connection(account: Account, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    assert account.command("snapshot", "--out", str(state)).exit_code == 0
    offline = CliRunner().invoke(main, ["plan", "--file", str(account.path), "--from-snapshot", str(state)])
    assert (offline.exit_code, offline.stdout) == (0, "No changes.\n")
    account.path.with_name("more.yml").write_text(MESH.replace("lng_ann:", "lng_bob:"))
    more = ["plan", "--file", str(account.path.with_name("more.yml")), "--output", "sql"]
    here = account.command(*more).stdout
    assert CliRunner().invoke(main, [*more, "--from-snapshot", str(state)]).stdout == here
    assert "LNG_BOB" in here


def test_an_export_of_the_account_plans_to_no_changes(account: Account, tmp_path: Path) -> None:
    """From the account, and from its snapshot, to the byte the same."""
    path, state = tmp_path / "mesh.yml", tmp_path / "state.json"
    exported = account.command("export", "--out", str(path))
    assert exported.exit_code == 0, exported.output
    assert "is not empty" not in exported.stderr
    planned = account.command("plan", "--file", str(path))
    assert planned.stdout == "No changes.\n", planned.output
    account.command("snapshot", "--out", str(state))
    offline = CliRunner().invoke(main, ["export", "--from-snapshot", str(state)])
    assert offline.stdout == path.read_text()
    text = path.read_text()
    for words in ("lng_sales:", "steward: lng_steward", "governed_by: [lng_sales]", "lng_ann: {type: person"):
        assert words in text, text
