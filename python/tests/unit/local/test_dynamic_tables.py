"""Reading the statements about dynamic tables; what they do is in test_dbt_everything.py."""

from __future__ import annotations

import pytest

from snowmesh.local.dynamic_tables import ChangeDynamicTable, CreateDynamicTable, parse
from snowmesh.local.errors import SnowflakeError


def test_settings_and_governance_are_told_apart() -> None:
    found = parse(
        """create or replace transient dynamic table d.s."t x" (id, name masking policy p using (name, id))
        target_lag = '1 hour' warehouse = wh initialization_warehouse = "Big" refresh_mode = FULL initialize = ON_CREATE
        with tag (a = 'x (y)') cluster by (id, upper(name)) copy grants comment = 'it''s' immutable where (id < (5))
        as (select 1 as id, 'x' as name) /* dbt */"""
    )
    assert isinstance(found, CreateDynamicTable)
    assert dict(found.settings) == {
        "TRANSIENT": "TRUE",
        "TARGET_LAG": "1 hour",
        "WAREHOUSE": "WH",
        "INITIALIZATION_WAREHOUSE": "Big",
        "REFRESH_MODE": "FULL",
        "INITIALIZE": "ON_CREATE",
        "CLUSTER_BY": "id, upper(name)",
        "IMMUTABLE_WHERE": "id < (5)",
    }
    text = found.statement.sql(dialect="snowflake")
    assert text.startswith('CREATE OR REPLACE TABLE "D"."S"."t x" (id, name MASKING POLICY p USING (name, id))')
    for clause in ("TAG", "COMMENT=", "COPY GRANTS", "'x (y)'"):
        assert clause in text


@pytest.mark.parametrize(
    ("sql", "verb", "settings"),
    [
        ("alter dynamic table t refresh", "REFRESH", {}),
        ("alter dynamic table if exists t suspend", "SUSPEND", {}),
        (
            "alter dynamic table t set target_lag = downstream warehouse = w",
            "SET",
            {"TARGET_LAG": "DOWNSTREAM", "WAREHOUSE": "W"},
        ),
        ("alter dynamic table t unset initialization_warehouse", "UNSET", {"INITIALIZATION_WAREHOUSE": ""}),
        ("alter dynamic table t set immutable where (a > 1)", "SET", {"IMMUTABLE_WHERE": "a > 1"}),
        ("alter dynamic table t cluster by (a, b)", "SET", {"CLUSTER_BY": "a, b"}),
        ("alter dynamic table t drop clustering key", "UNSET", {"CLUSTER_BY": ""}),
        ("drop dynamic table if exists t", "DROP", {}),
        ("comment if exists on dynamic table t is 'x'", "SET", {"COMMENT": "x"}),
    ],
)
def test_changes(sql: str, verb: str, settings: dict[str, str]) -> None:
    found = parse(sql)
    assert isinstance(found, ChangeDynamicTable)
    assert (found.name, found.verb, dict(found.settings)) == (("T",), verb, settings)


@pytest.mark.parametrize(
    "sql",
    ["select 'dynamic table'", "create table dynamic_things (a number)", "alter table t set comment = 'dynamic'"],
)
def test_other_statements_are_left_alone(sql: str) -> None:
    assert parse(sql) is None


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("create dynamic table t target_lag = '1 hour' as select 1 as a", "needs a WAREHOUSE"),
        ("create dynamic table t warehouse = w as select 1 as a", "needs a TARGET_LAG"),
        ("create dynamic table t warehouse = w target_lag = '1 hour'", "unexpected '<EOF>'"),
        ("create dynamic table t warehouse = w require user as select 1", "unexpected 'require'"),
        ("create dynamic table t cluster by (a", "unexpected '<EOF>'"),
        ("create dynamic iceberg table t as select 1", "CREATE DYNAMIC ICEBERG TABLE"),
        ("alter dynamic table t swap to u", "unexpected"),
        ("alter dynamic table t set", "a setting"),
        ("alter dynamic table t refresh copy session", "the end of the statement"),
        ("drop dynamic table t cascade", "the end of the statement"),
    ],
)
def test_what_is_not_understood_is_refused(sql: str, text: str) -> None:
    with pytest.raises(SnowflakeError) as error:
        parse(sql)
    assert text in error.value.message
