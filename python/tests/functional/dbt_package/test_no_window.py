"""Nobody reads a clear value at any moment of a build: a reader with future grants reads between any two statements.

The reader sits inside the local Snowflake and reads after every statement, before dbt gets the answer, so nothing depends
on timing. Two controls build the same project in ways that leave a window, and the reader must see it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from snowmesh.account.objects import ObjectType
from snowmesh.local.connected import Connected
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.gateway import Gateway
from snowmesh.local.login import LoginRequest

SECRET = "clear value"
ROW = f"select 1 as id, '{SECRET}' as name, 7 as n, to_timestamp_ntz('2024-01-0%d') as at"
SOURCE = " union all ".join(ROW % day for day in (1, 2))
MODELS = {
    "a_table": ("materialized='table'", SOURCE),
    "a_copying_table": ("materialized='table', copy_grants=true, cluster_by=['id']", SOURCE),
    "a_view": ("materialized='view'", SOURCE),
    "a_secure_view": ("materialized='view', secure=true, copy_grants=true, persist_docs={'columns': true}", SOURCE),
    "an_append": ("materialized='incremental', incremental_strategy='append'", SOURCE),
    "a_merge": ("materialized='incremental', unique_key='id'", ROW % 1),
    "a_delete": ("materialized='incremental', incremental_strategy='delete+insert', unique_key='id'", ROW % 1),
    "a_contract": ("materialized='table', contract={'enforced': true}", SOURCE),
    "a_delete_contract": (
        "materialized='incremental', incremental_strategy='delete+insert', unique_key='id', on_schema_change='fail',"
        " contract={'enforced': true}",
        ROW % 1,
    ),
    "a_contract_view": ("materialized='view', contract={'enforced': true}", SOURCE),
    "a_microbatch": (
        "materialized='incremental', incremental_strategy='microbatch', event_time='at', begin='2024-01-01',"
        " batch_size='day'",
        SOURCE,
    ),
    "a_header": (
        "materialized='table', sql_header='select 1;', table_tag=\"snowmesh_it.governance.theirs = 'as (x'\"",
        SOURCE,
    ),
}
GOVERNED = (*MODELS, "a_seed", "a_snapshot")
BUILD = ("build", "--event-time-start", "2024-01-01", "--event-time-end", "2024-01-03")
PLANTED = """
{% macro snowflake__create_table_as(temporary, relation, compiled_code, language='sql') %}
  {{ return(dbt.snowflake__create_table_as(temporary, relation, compiled_code, language)) }}
{% endmacro %}
{% macro snowflake__create_view_as(relation, sql) %}
  {{ return(dbt.snowflake__create_view_as(relation, sql)) }}
{% endmacro %}
{% macro snowflake__create_csv_table(model, agate_table) %}
  {{ return(dbt.default__create_csv_table(model, agate_table)) }}
{% endmacro %}
"""
TYPES = {"id": "number(38,0)", "name": "varchar", "n": "number(38,0)", "at": "timestamp_ntz"}
DEFINITIONS: dict[str, Any] = {
    "schema": "governance",
    "tags": {"pii": {"masking_policies": ["hide"]}, "area": None},
    "masking_policies": {
        "hide": {"data_type": "string", "unmasked_for": ["it_builder"], "masked": "'****'"},
        "hide_number": {"data_type": "number", "unmasked_for": ["it_builder"], "masked": 0},
    },
}


class Reader:
    """A session of its own, which reads after every statement of the builder."""

    def __init__(self, gateway: Gateway, read: Any) -> None:
        self.gateway, self.read = gateway, read
        self.connected = gateway.connect(LoginRequest("IT_READER", "IT_ANALYST", "IT_WH"), {})
        self.leaks: Counter[str] = Counter()
        self.seen: Counter[str] = Counter()

    def look(self, after: str) -> None:
        """Read the governed columns of every relation that the statement can have changed: the one that it names, or all
        when it names none. A query changes nothing."""
        if after.split(maxsplit=1)[0].lower() in ("select", "show", "describe", "with"):
            return
        built = self.gateway.account.of_type(ObjectType.TABLE, ObjectType.VIEW)
        relations = [r for r in built if r.ref.name[:2] == ("SNOWMESH_IT", "PEOPLE")]
        named = [r for r in relations if re.search(rf"\b{r.ref.name[2]}\b", after, re.IGNORECASE)]
        for relation in named or relations:
            query = f"select name, n from {relation.ref.sql}"
            try:
                table = self.read(self.gateway, self.connected, query).rows.table
            except SnowflakeError:
                continue
            name = relation.ref.name[2].lower()
            self.seen[name] += 1
            if SECRET in table.column(0).to_pylist() or 7 in table.column(1).to_pylist():
                self.leaks[name] += 1


@contextmanager
def reading() -> Iterator[list[Reader]]:
    """Every statement of the builder, also one that fails, is followed by a look before dbt gets its answer."""
    original = Gateway.execute
    readers: list[Reader] = []

    def execute(self: Gateway, connected: Connected, sql: str, *arguments: Any) -> Any:
        try:
            return original(self, connected, sql, *arguments)
        finally:
            if connected.session.user == "IT_USER":
                if not readers:
                    readers.append(Reader(self, original))
                readers[0].look(sql)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gateway, "execute", execute)
        yield readers


def watched(project: Any, *command: str) -> Reader:
    """Build, and return what was read on the way."""
    with reading() as readers:
        run = project.dbt(*command, "--threads", "1")
    assert run.success, run.text
    return readers[0]


@pytest.fixture(scope="module")
def people(project: Any, account: Any) -> Any:
    """A project of every kind of relation, and a reader who may read whatever comes."""
    if account.live:
        pytest.skip("the reader sits inside the local Snowflake")
    for folder in ("models", "seeds", "snapshots"):
        for file in (project.path / folder).iterdir():
            file.unlink()
    for name, (config, sql) in MODELS.items():
        project.write(f"models/{name}.sql", "{{ config(" + config + ") }} " + sql)
    project.write("seeds/a_seed.csv", f"id,name,n,at\n1,{SECRET},7,2024-01-01 00:00:00\n")
    snapshot: dict[str, Any] = {"name": "a_snapshot", "relation": "ref('a_seed')"}
    snapshot["config"] = {"unique_key": "id", "strategy": "check", "check_cols": ["name"]}
    columns: list[dict[str, Any]] = [{"name": name, "data_type": kind} for name, kind in TYPES.items()]
    columns[1]["config"] = {"meta": {"snowmesh": {"tags": {"pii": "it's"}}}}
    columns[2]["config"] = {"meta": {"snowmesh": {"masking_policy": "hide_number"}}}
    kinds = {
        "models": [{"name": name, "description": f"${name}$", "columns": columns} for name in MODELS],
        "seeds": [{"name": "a_seed", "columns": columns}],
        "snapshots": [{**snapshot, "columns": columns}],
    }
    for kind, nodes in kinds.items():
        project.write(f"{kind}/{kind}.yml", yaml.safe_dump({kind: nodes}))
    config = project.config()
    config["models"]["+meta"] = {"snowmesh_project": {"tags": {"area": "people"}}}
    project.configure(vars={"snowmesh": DEFINITIONS}, models=config["models"])
    for statement in (
        "create tag if not exists snowmesh_it.governance.theirs",
        "create user if not exists it_reader default_role = it_analyst",
        "grant role it_analyst to user it_reader",
        "grant select on future tables in schema snowmesh_it.people to role it_analyst",
        "grant select on future views in schema snowmesh_it.people to role it_analyst",
    ):
        account.run(statement, role="ACCOUNTADMIN")
    return project


@pytest.fixture(scope="module")
def first(people: Any) -> Reader:
    return watched(people, *BUILD)


def test_the_first_run_has_no_window(first: Reader) -> None:
    assert first.leaks == {}


def test_the_reader_read_every_relation(first: Reader) -> None:
    """0 leaks of a reader who may read nothing would prove nothing."""
    assert set(first.seen) == set(GOVERNED)


def test_the_second_run_has_no_window(people: Any, first: Reader) -> None:
    """Tables and views are created again, the others are merged, deleted and inserted into."""
    second = watched(people, *BUILD)
    assert second.leaks == {}
    assert set(second.seen) == set(GOVERNED)


def test_a_full_refresh_has_no_window(people: Any, first: Reader) -> None:
    assert watched(people, *BUILD, "--full-refresh").leaks == {}


def test_what_is_stored_is_clear(people: Any, first: Reader, read: Any) -> None:
    """No build stores its own mask (dbt-internals.md 2.3-1): who may see the values sees them, in every relation."""
    for name in GOVERNED:
        assert set(read("IT_BUILDER", f"select name, n from {name}")) == {(SECRET, 7)}, name


def emptied(people: Any, account: Any) -> None:
    for name in GOVERNED:
        kind = "view" if "materialized='view'" in MODELS.get(name, ("",))[0] else "table"
        account.run(f"drop {kind} if exists snowmesh_it.people.{name}", role="ACCOUNTADMIN")


def test_the_reader_sees_the_window_of_post_hooks(people: Any, first: Reader, account: Any) -> None:
    """The control: the same project without the dispatch line, every relation new."""
    emptied(people, account)
    dispatch = people.config()["dispatch"]
    people.configure(dispatch=None)
    found = watched(people, *BUILD)
    people.configure(dispatch=dispatch)
    assert set(found.leaks) == set(GOVERNED)


def test_the_reader_sees_what_the_create_closes(people: Any, first: Reader, account: Any) -> None:
    """The control of the overrides: with dbt's own CREATE, governance before the grants is too late for future grants."""
    emptied(people, account)
    people.write("macros/planted.sql", PLANTED)
    found = watched(people, *BUILD)
    (people.path / "macros" / "planted.sql").unlink()
    assert set(found.leaks) == set(GOVERNED)
