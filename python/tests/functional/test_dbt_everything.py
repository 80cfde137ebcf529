"""Everything that dbt-snowflake sends, first and second run, on the local Snowflake; data, grants and masks checked."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dbt.adapters.factory import cleanup_connections
from dbt.cli.main import dbtRunner
from snowflake.connector.errors import ProgrammingError

PROJECT = Path(__file__).parent / "dbt_everything"
OWNER = {"role": "EVERYTHING_ROLE", "warehouse": "EVERYTHING_WH", "database": "EVERYTHING_DB", "schema": "MAIN"}
READER = {**OWNER, "role": "EVERYTHING_READER"}
SETUP = """
create role everything_role;
create role everything_reader;
create role everything_other;
grant role everything_role to role sysadmin;
grant role everything_reader to role sysadmin;
grant role everything_other to role sysadmin;
create warehouse everything_wh;
grant usage on warehouse everything_wh to role everything_role;
grant usage on warehouse everything_wh to role everything_reader;
create database everything_db;
grant ownership on database everything_db to role everything_role;
grant ownership on schema everything_db.public to role everything_role
"""
RAW = """
create schema everything_db.raw;
create schema everything_db.main;
grant usage on database everything_db to role everything_reader;
grant usage on schema everything_db.main to role everything_reader;
create masking policy everything_db.raw.hide as (v varchar) returns varchar ->
  case when current_role() = 'EVERYTHING_ROLE' then v else '***' end;
create masking policy everything_db.raw.hide_from_all as (v varchar) returns varchar -> '***';
create tag everything_db.raw.area;
create table everything_db.raw.items (id number, name varchar, amount number(10,2), changed_at timestamp_ntz);
insert into everything_db.raw.items values
  (1, 'a', 1.10, '2024-01-01 08:00:00'), (2, 'b', 2.20, '2024-01-02 08:00:00'), (3, 'c', 3.30, '2024-01-02 09:00:00');
create table everything_db.raw.wide (id number, word varchar, going number, code varchar(3));
insert into everything_db.raw.wide values (1, 'old', 5, 'abc')
"""

CHANGES = """
update everything_db.raw.items set name = 'B', amount = 9.99, changed_at = '2024-01-03 08:00:00' where id = 2;
insert into everything_db.raw.items values (4, 'd', 4.40, '2024-01-03 09:00:00');
delete from everything_db.raw.items where id = 1;
alter table everything_db.raw.wide add column extra varchar;
alter table everything_db.raw.wide drop column going;
alter table everything_db.raw.wide alter column code set data type varchar(10);
insert into everything_db.raw.wide (id, word, code, extra) values (2, 'new', 'abcdefgh', 'x')
"""
FIRST = [(1, "a"), (2, "b"), (3, "c")]
MERGED = [(1, "a"), (2, "B"), (3, "c"), (4, "d")]


@dataclass(frozen=True)
class Project:
    """A copy of the project, and the account it builds in."""

    folder: Path
    account: Any

    def invoke(self, *arguments: str) -> Any:
        options = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder), "--quiet"]
        return dbtRunner().invoke([*arguments, *options, "--log-path", str(self.folder / "logs")])

    def dbt(self, *arguments: str) -> dict[str, str]:
        """Run dbt, which must succeed; the status of each node."""
        result = self.invoke(*arguments)
        assert result.exception is None, result.exception
        statuses = {n.node.name: str(n.status) for n in result.result}
        failed = [f"{n.node.name}: {n.message}" for n in result.result if n.status in BROKEN]
        assert result.success, failed
        return statuses

    def read(self, sql: str, **session: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.account.run(sql, **(session or OWNER))
        return rows

    def change(self, script: str, **session: str) -> None:
        self.account.run(*_statements(script), **(session or OWNER))

    def rows(self, relation: str, columns: str = "id, name", **session: str) -> list[tuple[Any, ...]]:
        """The rows of a relation in their own order."""
        return sorted(self.read(f"select {columns} from {relation}", **session), key=str)

    def granted(self, relation: str) -> list[tuple[str, str]]:
        """Privileges but OWNERSHIP on a relation, with the role that holds them."""
        found = self.read(f"show grants on {relation}")
        return sorted((row[1], row[5]) for row in found if row[1] != "OWNERSHIP")


MICROBATCHES = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-04")
BROKEN = ("error", "fail", "skipped", "runtime error")


@pytest.fixture(scope="module")
def project(local_snowflake: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    if local_snowflake.live:
        pytest.skip("proves the local Snowflake")
    folder = tmp_path_factory.mktemp("everything") / "project"
    shutil.copytree(PROJECT, folder)
    os.environ["EVERYTHING_PORT"] = str(local_snowflake.port)
    local_snowflake.run(*_statements(SETUP), role="ACCOUNTADMIN")
    local_snowflake.run(*_statements(RAW), role="EVERYTHING_ROLE", warehouse="EVERYTHING_WH")
    made = Project(folder, local_snowflake)
    made.dbt("build", *MICROBATCHES)
    yield made
    cleanup_connections()  # before the server goes
    del os.environ["EVERYTHING_PORT"]


def _statements(script: str) -> list[str]:
    return [s for s in script.split(";") if s.strip()]


@pytest.fixture(scope="module")
def again(project: Project) -> Project:
    """The project after its source has changed and everything was built a second time."""
    project.change(CHANGES)
    project.dbt("build", *MICROBATCHES, "--exclude", "s_fail")
    return project


# -- the first build -------------------------------------------------------------------------------


def test_kinds_of_tables(project: Project) -> None:
    kinds = {row[1]: row[4] for row in project.read("show tables in schema everything_db.main")}
    assert (kinds["CONTRACTED"], kinds["PERMANENT"]) == ("TRANSIENT", "TABLE")
    assert project.rows("permanent") == [(1, "red"), (2, "blue"), (3, None)]
    clustered = {row[1]: row[6] for row in project.read("show tables like 'permanent' in schema everything_db.main")}
    assert clustered == {"PERMANENT": "LINEAR(id)"}


def test_hooks_ran(project: Project) -> None:
    assert project.rows("hooks", "word")[:2] == [("one",), ("two",)] or len(project.rows("hooks", "word")) == 4


def test_custom_schema_is_made(project: Project) -> None:
    assert project.rows("main_extra.moved") == [(1, "red"), (2, "blue"), (3, None)]


def test_seed_has_its_types_and_its_grants(project: Project) -> None:
    assert project.rows("colors", "id, name, price, since", **READER) == [
        (1, "red", Decimal("1.50"), date(2024, 1, 1)),
        (2, "blue", Decimal("2.25"), date(2024, 2, 1)),
        (3, None, Decimal("3.00"), None),
    ]
    types = [row[1] for row in project.read("describe table colors")]
    assert types == ["NUMBER(38,0)", "VARCHAR(20)", "NUMBER(10,2)", "DATE"]


def test_contract_with_a_mask_a_tag_and_keys(project: Project) -> None:
    """dbt-internals 4.1: the custom constraint is part of CREATE TABLE, so the table is never unmasked (M19)."""
    columns = "id, name, price"
    assert project.rows("contracted", columns)[0] == (1, "red", Decimal("1.50"))
    assert {row[1] for row in project.rows("contracted", columns, **READER)} == {"***"}
    assert project.read("select system$get_tag('everything_db.raw.area', 'contracted.name', 'column')") == [("people",)]
    nullable = {row[0]: row[3] for row in project.read("describe table contracted")}
    assert nullable == {"ID": "N", "NAME": "Y", "PRICE": "Y"}


def test_table_tag(project: Project) -> None:
    assert project.read("select system$get_tag('everything_db.raw.area', 'tagged', 'table')") == [("sales",)]


def test_secure_view_and_documented_view(project: Project) -> None:
    secure = {row[1]: row[8] for row in project.read("show views in schema everything_db.main")}
    assert (secure["SECRET"], secure["SHOWN"]) == ("true", "false")
    described = "select column_name, comment from information_schema.columns where table_name = 'SHOWN' order by 1"
    assert project.read(described)[0] == ("ID", "The key of the view")


def test_documentation_is_kept(project: Project) -> None:
    table = "select comment from information_schema.tables where table_name = 'DOCUMENTED'"
    assert project.read(table) == [("All of it: it's a 'table' with [$]1",)]
    columns = "select column_name, comment from information_schema.columns where table_name = 'DOCUMENTED' order by 1"
    assert project.read(columns)[:2] == [("ID", "The key"), ("NAME", "It's a [$]name")]


def test_dynamic_table(project: Project) -> None:
    """It has the rows of its creation, is listed with what the adapter reads, and its readers are granted SELECT."""
    assert project.rows("fresh", **READER) == [(1, "red"), (2, "blue"), (3, None)]
    assert project.granted("dynamic table fresh") == [("SELECT", "EVERYTHING_READER")]
    connection = project.account.connect(**OWNER)
    with connection, connection.cursor() as cursor:
        cursor.execute("show dynamic tables like 'fresh' in schema everything_db.main")
        names = [column.name for column in cursor.description]
        shown = dict(zip(names, cursor.fetchall()[0], strict=True))
    assert (shown["target_lag"], shown["warehouse"], shown["comment"]) == ("1 hour", "EVERYTHING_WH", "A dynamic table")
    assert shown["text"].startswith("create or replace dynamic table")


def test_store_failures(project: Project) -> None:
    """The failing rows are kept: a table for the generic test, a view for the singular one."""
    audit = "main_dbt_test__audit"
    assert project.rows(f"{audit}.not_null_tested_name", "*") == [(3, None, Decimal("6.00"))]
    assert project.rows(f"{audit}.no_red", "name") == [("red",)]


# -- the second build -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        ("i_append", [(1, "a"), (2, "B"), (2, "b"), (3, "c"), (4, "d")]),
        ("i_merge", MERGED),
        ("i_delete_insert", MERGED),
        ("i_insert_overwrite", [(2, "B"), (4, "d")]),
        ("i_merge_columns", MERGED),
        ("i_merge_exclude", MERGED),
        ("i_microbatch", [(2, "B"), (3, "c"), (4, "d")]),
        ("plain", [(2, "B"), (3, "c"), (4, "d")]),
        ("unscheduled", [(2, "B"), (3, "c"), (4, "d")]),
    ],
)
def test_second_run(again: Project, model: str, rows: list[tuple[int, str]]) -> None:
    assert again.rows(model) == rows


def test_merge_touches_its_columns_only(again: Project) -> None:
    assert again.read("select changed_at from i_merge_columns where id = 2") == [(datetime(2024, 1, 2, 8),)]
    assert again.read("select amount from i_merge_exclude where id = 2") == [(Decimal("2.20"),)]


def test_a_governed_incremental_stays_governed(again: Project) -> None:
    """Its temporary table has the policy too; the role that builds is exempt, so clear values are stored."""
    assert again.rows("i_governed") == MERGED
    assert {name for _, name in again.rows("i_governed", **READER)} == {"***"}
    assert again.granted("table i_governed") == [("SELECT", "EVERYTHING_READER")]


def test_a_role_that_is_not_exempt_stores_the_mask(again: Project) -> None:
    """dbt-internals 2.3-1, M48: the trap is shown as it is. The row that is not rewritten keeps its clear value."""
    again.change("alter table i_trap modify column name unset masking policy")
    assert again.rows("i_trap") == [(1, "a"), (2, "***"), (3, "***"), (4, "***")]


def test_columns_change_as_configured(again: Project) -> None:
    columns = {
        model: [row[0] for row in again.read(f"describe table {model}")]
        for model in ("s_append_new_columns", "s_sync_all_columns", "s_ignore")
    }
    assert columns == {
        "s_append_new_columns": ["ID", "WORD", "GOING", "CODE", "EXTRA"],
        "s_sync_all_columns": ["ID", "WORD", "CODE", "EXTRA"],
        "s_ignore": ["ID", "WORD", "CODE"],
    }
    assert again.rows("s_sync_all_columns", "*") == [(1, "old", "abc", None), (2, "new", "abcdefgh", "x")]
    again.change('alter table colors alter "NAME" set data type character varying(30)')
    types = {row[0]: row[1] for row in again.read("describe table colors")}
    assert types["NAME"] == "VARCHAR(30)"


def test_on_schema_change_fail(again: Project) -> None:
    result = again.invoke("run", "--select", "s_fail")
    assert "out of sync" in result.result[0].message


def test_snapshots(again: Project) -> None:
    now = "id, name, dbt_valid_to is null"
    assert again.rows("snap_time", now) == [
        (1, "a", False),
        (2, "B", True),
        (2, "b", False),
        (3, "c", True),
        (4, "d", True),
    ]
    marked = again.rows("main_snaps.snap_check", "id, name, dbt_is_deleted, year(dbt_valid_to) = 9999")
    assert marked == [
        (1, "a", "False", False),
        (1, "a", "True", True),
        (2, "B", "False", True),
        (2, "b", "False", False),
        (3, "c", "False", True),
        (4, "d", "False", True),
    ]
    assert len(again.rows("snap_all", **READER)) == 5


def test_copied_grants_survive_a_replacement(again: Project) -> None:
    """Table 3.6: COPY GRANTS keeps what others granted; without it the grants go."""
    again.change("grant select on table copied to role everything_other")
    again.change("grant select on table plain to role everything_other")
    again.dbt("run", "--select", "copied", "tagged")
    assert again.granted("table copied") == [("SELECT", "EVERYTHING_OTHER")]
    assert again.granted("table tagged") == []


def test_grants_are_revoked_by_the_next_run(again: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [("SELECT", "EVERYTHING_OTHER"), ("SELECT", "EVERYTHING_READER")]
    assert again.granted("table documented") == both
    monkeypatch.setenv("EVERYTHING_GRANTEES", "everything_other")
    again.dbt("run", "--select", "documented")
    assert again.granted("table documented") == [("SELECT", "EVERYTHING_OTHER")]


def test_dynamic_table_is_changed_refreshed_and_replaced(again: Project) -> None:
    again.dbt("run", "--select", "fresh", "--vars", "lag: 5 minutes")
    shown = "show dynamic tables like 'fresh' in schema everything_db.main"
    assert "5 minutes" in again.read(shown)[0]
    again.change("insert into colors (id, name) values (4, 'green')")
    assert len(again.rows("fresh")) == 3
    again.change("alter dynamic table fresh refresh")
    assert len(again.rows("fresh", **READER)) == 4
    again.change("alter dynamic table fresh suspend")
    assert "SUSPENDED" in again.read(shown)[0]
    again.dbt("run", "--full-refresh", "--select", "fresh")
    assert again.granted("dynamic table fresh") == [("SELECT", "EVERYTHING_READER")]
    assert "RUNNING" in again.read(shown)[0]
    again.change("delete from colors where id = 4")


def test_full_refresh(again: Project) -> None:
    again.dbt("build", "--full-refresh", "--select", "colors", "i_merge", "i_governed")
    assert again.rows("colors") == [(1, "red"), (2, "blue"), (3, None)]
    assert again.rows("i_merge") == [(2, "B"), (3, "c"), (4, "d")]
    assert again.granted("table colors") == [("SELECT", "EVERYTHING_READER")]
    assert {name for _, name in again.rows("i_governed", **READER)} == {"***"}


@pytest.mark.parametrize("kind", ["view", "dynamic_table", "incremental", "table"])
def test_a_model_changes_its_materialization(again: Project, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYTHING_KIND", kind)
    again.dbt("run", "--select", "changing", *(["--full-refresh"] if kind == "incremental" else []))
    assert again.rows("changing") == [(1, "red"), (2, "blue"), (3, None)]


# -- other commands ---------------------------------------------------------------------------------


def test_docs_generate(again: Project) -> None:
    again.invoke("docs", "generate")
    catalog = json.loads((again.folder / "target/catalog.json").read_text())
    assert catalog["errors"] is None
    node = catalog["nodes"]["model.everything.documented"]
    assert node["metadata"]["comment"].startswith("All of it")
    assert node["columns"]["ID"] == {"type": "NUMBER", "index": 1, "name": "ID", "comment": "The key"}
    assert catalog["nodes"]["model.everything.fresh"]["metadata"]["type"] == "DYNAMIC TABLE"
    modified = node["stats"]["last_modified"]["value"]
    assert datetime.strptime(modified, "%Y-%m-%d %H:%MUTC")


def test_clone(again: Project) -> None:
    """M52: the clone is masked as its origin; the grants of the config are applied, the origin's are not copied."""
    state = again.folder / "state"
    state.mkdir()
    shutil.copy(again.folder / "target/manifest.json", state)
    nodes = ("contracted", "secret", "colors")
    again.dbt("clone", "--state", str(state), "--target", "other", "--select", *nodes)
    assert again.rows("cloned.contracted")[0] == (1, "red")
    again.change("grant usage on schema cloned to role everything_reader")
    assert {name for _, name in again.rows("cloned.contracted", **READER)} == {"***"}
    assert again.granted("table cloned.contracted") == [("SELECT", "EVERYTHING_READER")]


def test_empty(again: Project) -> None:
    again.dbt("run", "--empty", "--select", "tested", "i_merge", "--target", "other", "--full-refresh")
    assert again.rows("cloned.tested") == []


def test_retry(again: Project) -> None:
    again.change("alter table raw.wide rename to raw.hidden")
    assert not again.invoke("run", "--select", "s_append_new_columns", "plain").success
    again.change("alter table raw.hidden rename to raw.wide")
    assert again.dbt("retry") == {"s_append_new_columns": "success"}


def test_the_small_commands(again: Project) -> None:
    assert again.invoke("run-operation", "count_colors").success
    assert again.invoke("show", "--inline", "select id, name from {{ ref('colors') }} order by id").success
    assert again.invoke("debug").success
    assert again.invoke("compile", "--select", "tested").success
    assert again.invoke("source", "freshness").success


def test_python_models_are_refused_by_name(again: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYTHING_REFUSED", "yes")
    result = again.invoke("run", "--select", "snowpark")
    assert "Python models and stored procedures (Snowpark)" in result.result[0].message
    assert "docs/local-snowflake.md" in result.result[0].message


def test_dynamic_tables_are_the_owners_affair(again: Project) -> None:
    """P14: a reader cannot refresh; P24: nobody writes; DROP TABLE means a table."""
    for statement in (
        "alter dynamic table fresh refresh",
        "drop dynamic table fresh",
        "alter dynamic table fresh set target_lag = '1 day'",
    ):
        with pytest.raises(ProgrammingError) as error:
            again.change(statement, **READER)
        assert error.value.errno == 3001
    for statement in ("insert into fresh values (9, 'x')", "drop table fresh", "drop view fresh"):
        with pytest.raises(ProgrammingError):
            again.change(statement)


def test_a_dynamic_table_holds_what_its_owner_sees(again: Project) -> None:
    """M59: the masks of the source are evaluated as the owner, at creation and at every refresh."""
    again.change(
        """create dynamic table seen target_lag = '1 hour' warehouse = everything_wh as select name from contracted;
        grant select, operate on dynamic table seen to role everything_reader"""
    )
    assert again.rows("seen", "name", **READER)[0] == ("blue",)
    again.change("alter dynamic table seen refresh", **READER)
    assert again.rows("seen", "name", **READER)[0] == ("blue",)
    again.change("alter dynamic table seen modify column name set masking policy raw.hide", **OWNER)
    assert {row[0] for row in again.rows("seen", "name", **READER)} == {"***"}
    again.change("drop dynamic table seen")
