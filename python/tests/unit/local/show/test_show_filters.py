"""LIKE, STARTS WITH, LIMIT, FROM (S17a), scopes and the default scope (S17b)."""

from dataclasses import replace

import pytest

from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.show.filters import like_pattern

ALL = ["DT_ORDERS", "ORDERS", "V_ORDERS", "V_SECRET"]


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("orders", "ORDERS", True),
        ("ord%", "ORDERS", True),
        ("%der_", "ORDERS", True),
        ("ord", "ORDERS", False),
        ("A_B", "AXB", True),
        ("A\\_B", "AXB", False),
        ("A\\_B", "A_B", True),
        ("A.B", "AXB", False),
        ("%", "with\nline", True),
        ("100\\", "100\\", True),
    ],
)
def test_like(pattern: str, text: str, matches: bool) -> None:
    """S17a: case-insensitive, % and _, a backslash escapes."""
    assert bool(like_pattern(pattern).fullmatch(text)) is matches


@pytest.mark.parametrize(
    ("clauses", "names"),
    [
        ("in schema shop.core", ALL),
        ("in shop.core", ALL),
        ("like '%orders' in shop.core", ["DT_ORDERS", "ORDERS", "V_ORDERS"]),
        ("in shop.core starts with 'V'", ["V_ORDERS", "V_SECRET"]),
        ("in shop.core starts with 'v'", []),
        ("in shop.core limit 2", ["DT_ORDERS", "ORDERS"]),
        ("in shop.core limit 2 from 'ORDERS'", ["V_ORDERS", "V_SECRET"]),
        ("in shop.core limit 2 from 'O'", ["ORDERS", "V_ORDERS"]),
        ("in shop.core limit 10 from 'V_SECRET'", []),
        ("in shop.core limit 0", []),
        ('in shop."Mixed"', ["odd name"]),
        ("in database shop", [*ALL, "odd name"]),
        ("in account", ["CUSTOMER", *ALL, "odd name"]),
        ("", ["CUSTOMER", *ALL, "odd name"]),
    ],
)
def test_filters_and_scopes(ask_shop, clauses: str, names: list[str]) -> None:
    """S17a: names come in lexicographic order; FROM goes on after the last one seen."""
    assert [r["name"] for r in ask_shop(f"show objects {clauses}")] == names


def test_objects_are_ordered_by_name_across_schemas_and_tables_by_schema(ask_shop, shop) -> None:
    """S17a; SHOW TABLES goes by database, schema, name."""
    orders = shop.objects[ObjectRef(ObjectType.TABLE, ("SHOP", "CORE", "ORDERS"))]
    more = shop.with_object(replace(orders, ref=ObjectRef(ObjectType.TABLE, ("SHOP", "GOV", "A"))))
    assert [r["name"] for r in ask_shop("show objects in database shop", account=more)] == ["A", *ALL, "odd name"]
    names = [r["name"] for r in ask_shop("show tables in database shop", account=more)]
    assert names == ["DT_ORDERS", "ORDERS", "A", "odd name"]


@pytest.mark.parametrize(
    ("clauses", "session", "count"),
    [
        ("in schema", {"database": "SHOP", "schema": "CORE"}, 4),
        ("in schema", {"database": "SHOP"}, 5),
        ("in schema", {}, 6),
        ("in database", {"database": "SHOP", "schema": "CORE"}, 5),
        ("in database", {}, 6),
        ("in core", {"database": "SHOP"}, 4),
        ("in shop", {"database": "SAMPLE"}, 5),
        ("", {"database": "SHOP", "schema": "CORE"}, 5),
    ],
)
def test_what_is_left_out_comes_from_the_session(ask_shop, clauses: str, session: dict[str, str], count: int) -> None:
    assert len(ask_shop(f"show objects {clauses}", **session)) == count


def test_without_in_a_name_is_listed_once_and_the_current_schema_wins(ask_shop, shop) -> None:
    """S17b."""
    orders = shop.objects[ObjectRef(ObjectType.TABLE, ("SHOP", "CORE", "ORDERS"))]
    twice = shop.with_object(replace(orders, ref=ObjectRef(ObjectType.TABLE, ("SHOP", "GOV", "ORDERS"))))
    for current in ("CORE", "GOV"):
        rows = ask_shop("show tables like 'orders'", database="SHOP", schema=current, account=twice)
        assert [r["schema_name"] for r in rows] == [current]
    assert len(ask_shop("show tables like 'orders' in database shop", account=twice)) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "show objects in schema shop.nope",
        "show objects in nope.core",
        "show objects in nope",
        "show terse schemas in database nope",
        "show tags in schema core",
        "show row access policies in schema shop.nope",
        "show future grants in schema shop.nope",
        "show objects in a.b.c",
    ],
)
def test_a_missing_scope_is_what_dbt_takes_for_no_such_schema_yet(ask_shop, sql: str) -> None:
    """002043 (02000): list_relations_without_caching looks for exactly this code."""
    with pytest.raises(SnowflakeError) as caught:
        ask_shop(sql)
    wanted = (1003, "42000") if sql.endswith("a.b.c") else (2043, "02000")
    assert (caught.value.code, caught.value.sqlstate) == wanted


def test_an_invisible_scope_is_no_scope(ask_shop) -> None:
    """P27."""
    with pytest.raises(SnowflakeError) as caught:
        ask_shop("show objects in schema shop.core", role="LONELY")
    assert caught.value.code == 2043


def test_the_views_of_information_schema_are_not_listed_and_it_says_so(ask_shop) -> None:
    with pytest.raises(SnowflakeError, match="INFORMATION_SCHEMA"):
        ask_shop("show objects in schema shop.information_schema")
