"""TAG_REFERENCES, TAG_REFERENCES_ALL_COLUMNS, SYSTEM$GET_TAG (T8, T28-T38)."""

from collections.abc import Callable

import pytest

from snowmesh.account.grants import Grant
from snowmesh.account.objects import ObjectRef, ObjectType, schema
from snowmesh.account.state import Account
from snowmesh.local import virtual
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session

GOLDEN = (
    "TAG_DATABASE TAG_SCHEMA TAG_NAME TAG_VALUE APPLY_METHOD LEVEL OBJECT_DATABASE OBJECT_SCHEMA OBJECT_NAME DOMAIN "
    "COLUMN_NAME"
)
Call = Callable[..., list[tuple[object, ...]]]


@pytest.fixture
def call(shop: Account) -> Call:
    """TAG_NAME, TAG_VALUE, APPLY_METHOD, LEVEL, DOMAIN, COLUMN_NAME of a call."""

    def run(
        *arguments: object, function: str = "TAG_REFERENCES", role: str = "SHOP_ROLE", account: Account = shop
    ) -> list[tuple[object, ...]]:
        given = tuple((None, a) for a in arguments)
        found = virtual.table_function("SHOP", function, given, account, Session("ADMIN", role, "NONE", schema="CORE"))
        assert found is not None
        assert [c.name for c in found.columns] == GOLDEN.split()
        assert {c.type for c in found.columns} == {"TEXT"}
        names = [c.name for c in found.columns]
        wanted = ("TAG_NAME", "TAG_VALUE", "APPLY_METHOD", "LEVEL", "DOMAIN", "COLUMN_NAME")
        return [tuple(row[names.index(w)] for w in wanted) for row in found.rows]

    return run


@pytest.mark.parametrize(
    ("name", "domain", "expected"),
    [
        ("shop.core.orders", "table", [("FREE", "orders", "MANUAL", "TABLE", "TABLE", None)]),
        # domain TABLE for views and dynamic tables too (T33); the value comes from the schema (T29)
        ("shop.core.v_orders", "TABLE", [("FREE", "core", "INHERITED", "SCHEMA", "TABLE", None)]),
        ("shop.core.dt_orders", "TABLE", [("FREE", "core", "INHERITED", "SCHEMA", "TABLE", None)]),
        (
            "shop.core.orders.name",
            "COLUMN",
            [
                ("FREE", "orders", "INHERITED", "TABLE", "COLUMN", "NAME"),
                ("PII", "name", "MANUAL", "COLUMN", "COLUMN", "NAME"),
            ],
        ),
        ("orders.id", "column", [("FREE", "orders", "INHERITED", "TABLE", "COLUMN", "ID")]),
        ("shop.core", "schema", [("FREE", "core", "MANUAL", "SCHEMA", "SCHEMA", None)]),
        ("shop", "database", [("FREE", "everywhere", "INHERITED", "ACCOUNT", "DATABASE", None)]),
        ("local", "account", [("FREE", "everywhere", "MANUAL", "ACCOUNT", "ACCOUNT", None)]),
        ("READER", "role", [("FREE", "everywhere", "INHERITED", "ACCOUNT", "ROLE", None)]),
        ('shop."Mixed"."odd name"', "table", [("FREE", "everywhere", "INHERITED", "ACCOUNT", "TABLE", None)]),
    ],
)
def test_tag_references(call: Call, name: str, domain: str, expected: list[tuple[object, ...]]) -> None:
    """T35, T36: LEVEL is where the tag is set, DOMAIN what was asked for."""
    assert call(name, domain) == expected


def test_all_columns(call: Call) -> None:
    """T37: DOMAIN is always COLUMN, inherited tags included."""
    found = call("shop.core.orders", "table", function="TAG_REFERENCES_ALL_COLUMNS")
    assert [(row[0], row[5]) for row in found] == [
        ("FREE", "ID"),
        ("FREE", "NAME"),
        ("PII", "NAME"),
        ("FREE", "AMOUNT"),
        ("FREE", "SOLD_AT"),
        ("FREE", "RATE"),
    ]
    assert {row[4] for row in found} == {"COLUMN"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("shop.core.nope", "table"), "Object 'SHOP.CORE.NOPE' does not exist or not authorized"),
        (("shop.core.orders.nope", "column"), "Column 'SHOP.CORE.ORDERS.NOPE' does not exist"),
        (("shop.nope", "schema"), "Schema 'SHOP.NOPE' does not exist"),
        (("shop.core.orders", "view"), "Unknown domain: VIEW. Allowed are ACCOUNT, COLUMN"),
        (("orders", "column"), "table.column is expected"),
        (("shop.core.orders",), "takes 2 arguments by position: object_name, object_domain"),
        (("shop.core.orders", 1), "a string is expected"),
        (("shop..", "table"), "invalid name 'shop..'"),
        (("other", "account"), "the account is LOCAL"),
    ],
)
def test_wrong_arguments(call: Call, arguments: tuple[object, ...], text: str) -> None:
    with pytest.raises(SnowflakeError, match=text):
        call(*arguments)


def test_only_domain_table_has_columns(call: Call) -> None:
    """T37."""
    with pytest.raises(SnowflakeError, match="Unknown domain"):
        call("shop.core.v_orders", "view", function="TAG_REFERENCES_ALL_COLUMNS")


def test_only_for_objects_that_the_role_can_access(call: Call) -> None:
    """T38."""
    assert call("shop.core.orders", "table", role="READER")
    for function in ("TAG_REFERENCES", "TAG_REFERENCES_ALL_COLUMNS"):
        with pytest.raises(SnowflakeError, match="does not exist or not authorized"):
            call("shop.core.orders", "table", function=function, role="LONELY")


def test_an_unknown_function_is_not_ours(shop: Account) -> None:
    assert virtual.table_function("SHOP", "NOPE", (), shop, Session("ADMIN", "SHOP_ROLE")) is None


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        (("shop.gov.pii", "shop.core.orders.name", "column"), "name"),
        (("shop.gov.pii", "shop.core.orders", "table"), None),
        (("shop.gov.free", "shop.core.orders.id", "COLUMN"), "orders"),
        (("shop.gov.free", "shop.core.v_orders", "table"), "core"),
        (("shop.gov.free", "shop", "database"), "everywhere"),
        (("gov.free", "core.orders", "table"), "orders"),
    ],
)
def test_get_tag(shop: Account, arguments: tuple[str, ...], value: str | None) -> None:
    """T32, T33: the value in force; a view does not take its base table's (T31)."""
    assert virtual.get_tag(shop, Session("ADMIN", "SHOP_ROLE", "NONE", database="SHOP"), arguments) == value


def test_get_tag_needs_the_tag_s_schema_and_the_object(shop: Account) -> None:
    """T28, E13, T51d."""
    reader = Session("BOB", "READER", "NONE")
    arguments = ("shop.gov.pii", "shop.core.orders.name", "column")
    with pytest.raises(SnowflakeError, match=r"Tag 'SHOP\.GOV\.PII' does not exist or not authorized") as caught:
        virtual.get_tag(shop, reader, arguments)
    assert caught.value.code == 2003
    opened = shop.with_grants([Grant("USAGE", schema("SHOP", "GOV"), "READER")])
    assert virtual.get_tag(opened, reader, arguments) == "name"
    with pytest.raises(SnowflakeError, match=r"Object 'SHOP\.CORE\.DT_ORDERS' does not exist"):
        virtual.get_tag(opened, reader, ("shop.gov.free", "shop.core.dt_orders", "table"))
    with pytest.raises(SnowflakeError, match=r"Tag 'SHOP\.GOV\.NOPE' does not exist"):
        virtual.get_tag(shop, Session("ADMIN", "SHOP_ROLE"), ("shop.gov.nope", "shop", "database"))
    with pytest.raises(SnowflakeError, match="takes 3 arguments"):
        virtual.get_tag(shop, reader, ("shop.gov.pii",))


def test_allowed_values(shop: Account) -> None:
    """T8."""
    session = Session("ADMIN", "SHOP_ROLE", "NONE")
    assert virtual.get_tag_allowed_values(shop, session, ["shop.gov.pii"]) == '["name","e-mail"]'
    assert virtual.get_tag_allowed_values(shop, session, ["shop.gov.free"]) is None
    assert ObjectRef(ObjectType.TAG, ("SHOP", "GOV", "PII")) in shop.objects
