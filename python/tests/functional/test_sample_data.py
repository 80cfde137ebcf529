"""The sample data, generated and loaded for real at a small scale."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from snowmesh.account.objects import Column, Relation
from snowmesh.local import sample_data
from snowmesh.local.tpch import DATABASE, SCHEMA, duckdb_type

SCALE = 0.001
ROWS = {"REGION": 5, "NATION": 25, "SUPPLIER": 10, "CUSTOMER": 150, "PART": 200, "PARTSUPP": 800, "ORDERS": 1500}


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    sample_data.generate(SCALE, folder, lambda _: None)
    return folder


@pytest.fixture
def duck() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(f"attach ':memory:' as \"{DATABASE}\"")
    return connection


def load(duck: duckdb.DuckDBPyConnection, cache: Path, lines: list[str] | None = None) -> dict[str, Relation]:
    found = sample_data.load(duck, SCALE, cache, (lines if lines is not None else []).append)
    return {relation.ref.name[-1]: relation for relation in found}


def count(duck: duckdb.DuckDBPyConnection, table: str) -> int:
    return duck.execute(f'select count(*) from "{DATABASE}"."{SCHEMA}"."{table}"').fetchall()[0][0]


def test_eight_tables_have_the_rows_of_the_scale(duck: duckdb.DuckDBPyConnection, cache: Path) -> None:
    tables = load(duck, cache)
    assert {name: count(duck, name) for name in ROWS} == ROWS
    assert set(tables) == {*ROWS, "LINEITEM"}
    assert count(duck, "LINEITEM") == 6005


def test_catalog_and_duckdb_agree_on_names_types_and_nullability(duck: duckdb.DuckDBPyConnection, cache: Path) -> None:
    for name, relation in load(duck, cache).items():
        rows = duck.execute(f'describe "{DATABASE}"."{SCHEMA}"."{name}"').fetchall()
        stored = [(column.name, duckdb_type(column.data_type), column.nullable) for column in relation.columns]
        assert [(row[0], row[1].replace(" ", ""), row[2] == "YES") for row in rows] == [
            (column, "VARCHAR" if data_type.startswith("VARCHAR") else data_type, nullable)
            for column, data_type, nullable in stored
        ]


def test_customer_is_described_as_in_snowflake(duck: duckdb.DuckDBPyConnection, cache: Path) -> None:
    customer = load(duck, cache)["CUSTOMER"]
    assert customer.owner == ""
    assert customer.ref.name == ("SNOWFLAKE_SAMPLE_DATA", "TPCH_SF1", "CUSTOMER")
    assert customer.columns == (
        Column("C_CUSTKEY", "NUMBER(38,0)", nullable=False),
        Column("C_NAME", "VARCHAR(25)", nullable=False),
        Column("C_ADDRESS", "VARCHAR(40)", nullable=False),
        Column("C_NATIONKEY", "NUMBER(38,0)", nullable=False),
        Column("C_PHONE", "VARCHAR(15)", nullable=False),
        Column("C_ACCTBAL", "NUMBER(12,2)", nullable=False),
        Column("C_MKTSEGMENT", "VARCHAR(10)", nullable=True),
        Column("C_COMMENT", "VARCHAR(117)", nullable=True),
    )


def test_no_value_is_longer_than_its_declared_type(duck: duckdb.DuckDBPyConnection, cache: Path) -> None:
    for name, relation in load(duck, cache).items():
        for column in relation.columns:
            if column.data_type.startswith("VARCHAR("):
                query = f'select max(length("{column.name}")) from "{DATABASE}"."{SCHEMA}"."{name}"'
                assert duck.execute(query).fetchall()[0][0] <= int(column.data_type[8:-1]), column


def test_rows_are_the_same_at_every_generation(duck: duckdb.DuckDBPyConnection, cache: Path, tmp_path: Path) -> None:
    again = sample_data.generate(SCALE, tmp_path, lambda _: None)
    first = sample_data.generate(SCALE, cache, lambda _: None)
    assert {p.name: p.read_bytes() for p in again.glob("*.parquet")} == {
        p.name: p.read_bytes() for p in first.glob("*.parquet")
    }


def test_second_start_generates_nothing_and_second_load_writes_nothing(
    duck: duckdb.DuckDBPyConnection, cache: Path
) -> None:
    lines: list[str] = []
    load(duck, cache, lines)
    assert len(lines) == 1
    assert "generat" not in lines[0]
    lines.clear()
    load(duck, cache, lines)
    assert lines == []


def test_half_loaded_table_is_loaded_again(duck: duckdb.DuckDBPyConnection, cache: Path) -> None:
    load(duck, cache)
    duck.execute(f'delete from "{DATABASE}"."{SCHEMA}"."ORDERS" where "O_ORDERKEY" > 100')
    load(duck, cache)
    assert count(duck, "ORDERS") == ROWS["ORDERS"]


@pytest.mark.parametrize("damage", ["truncate", "remove", "no record"])
def test_incomplete_cache_is_generated_again(tmp_path: Path, damage: str) -> None:
    folder = sample_data.generate(SCALE, tmp_path, lambda _: None)
    victim = folder / ("complete.json" if damage == "no record" else "orders.parquet")
    if damage == "truncate":
        os.truncate(victim, 10)
    else:
        victim.unlink()
    lines: list[str] = []
    assert sample_data.generate(SCALE, tmp_path, lines.append) == folder
    assert "generating" in lines[0]
    assert {p.name for p in tmp_path.iterdir()} == {folder.name}, "no work folder is left behind"


def test_damaged_file_is_an_error_that_names_the_table_and_the_folder(
    duck: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    folder = sample_data.generate(SCALE, tmp_path, lambda _: None)
    path = folder / "orders.parquet"
    path.write_bytes(b"\0" * path.stat().st_size)
    with pytest.raises(sample_data.SampleDataError, match=r"(?s)table ORDERS cannot be loaded.*delete .*tpch-sf0.001"):
        load(duck, tmp_path)


def test_default_scale_has_fifteen_thousand_orders(duck: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    sample_data.load(duck, sample_data.DEFAULT_SCALE, tmp_path, lambda _: None)
    assert count(duck, "ORDERS") == 15_000
    assert count(duck, "LINEITEM") == 60_175
