"""SHOW DATABASE ROLES and SHOW GRANTS about database roles and users (S2, S5, S6, S7, S10, R14, R24, R41)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from snowmesh.account import lifecycle
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ObjectType, SecurableObject, database, database_role, role, schema, user
from snowmesh.account.state import Account
from snowmesh.local import show
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session
from tests.unit.local.conftest import ORDERS, Rows

READ, WRITE = database_role("SHOP", "READ"), database_role("SHOP", "Write it")
Ask = Callable[..., Rows]


@pytest.fixture(scope="module")
def roles(shop: Account) -> Account:
    """READ is granted to "Write it", that to READER; READ reads ORDERS; "Write it" owns SHOP.CORE; BOB has a grant."""
    account = lifecycle.create(shop, SecurableObject(ref=READ, owner="SHOP_ROLE", comment="reads"))
    account = lifecycle.create(account, SecurableObject(ref=WRITE, owner="SHOP_ROLE"))
    account = lifecycle.transfer_ownership(account, schema("SHOP", "CORE"), WRITE, "COPY")
    return (
        account.with_grants(
            [
                Grant("SELECT", ORDERS, READ, granted_by=WRITE),
                Grant("SELECT", ORDERS, user("BOB"), granted_by="SHOP_ROLE"),
            ]
        )
        .with_memberships(
            [
                Membership(READ, WRITE, granted_by="SHOP_ROLE"),
                Membership(WRITE, role("READER"), granted_by="SHOP_ROLE"),
                Membership(READ, user("BOB"), granted_by="SHOP_ROLE"),
            ]
        )
        .with_future_grants([FutureGrant("SELECT", ObjectType.VIEW, schema("SHOP", "CORE"), READ)])
    )


def test_s2_columns_and_counts(ask_shop: Ask, roles: Account) -> None:
    found = ask_shop("show database roles in database shop", account=roles, role="READER")
    assert list(found[0])[1:] == [
        "name",
        "is_default",
        "is_current",
        "is_inherited",
        "granted_to_roles",
        "granted_to_database_roles",
        "granted_database_roles",
        "owner",
        "comment",
        "owner_role_type",
    ]
    assert [tuple(row.values())[1:] for row in found] == [
        ("READ", "N", "N", "Y", 0, 1, 0, "SHOP_ROLE", "reads", "ROLE"),
        ("Write it", "N", "N", "Y", 1, 0, 1, "SHOP_ROLE", "", "ROLE"),
    ]


def test_whoever_cannot_look_into_the_database_sees_none(ask_shop: Ask, roles: Account) -> None:
    with pytest.raises(SnowflakeError) as caught:
        ask_shop("show database roles in database shop", account=roles, role="LONELY")
    assert caught.value.code == 2043
    assert ask_shop("show database roles like 'read' in database shop", account=roles)[0]["name"] == "READ"


def test_r41_grants_to_a_database_role(ask_shop: Ask, roles: Account) -> None:
    rows = ask_shop("show grants to database role shop.read", account=roles)
    assert [tuple(r.values())[1:] for r in rows] == [
        ("SELECT", "TABLE", "SHOP.CORE.ORDERS", "DATABASE_ROLE", "READ", "false", "Write it"),
        ("USAGE", "DATABASE", "SHOP", "DATABASE_ROLE", "READ", "false", ""),
    ]


def test_r14_s10_a_database_role_of_a_role_is_usage_on_database_role(ask_shop: Ask, roles: Account) -> None:
    rows = ask_shop("show grants to role reader", account=roles)
    [row] = [r for r in rows if r["granted_on"] == "DATABASE_ROLE"]
    assert (row["privilege"], row["name"], row["granted_to"]) == ("USAGE", 'SHOP."Write it"', "ROLE")


def test_hierarchy_goes_through_database_roles(ask_shop: Ask, roles: Account) -> None:
    """bootstrap.md section 0, fact 1: account roles and database roles are expanded recursively."""
    rows = ask_shop("show grants to role reader include hierarchy", account=roles)
    held = {(r["privilege"], r["granted_on"], r["granted_to"], r["grantee_name"]) for r in rows}
    assert {("SELECT", "TABLE", "DATABASE_ROLE", "READ"), ("OWNERSHIP", "SCHEMA", "DATABASE_ROLE", "Write it")} <= held


def test_s5_grants_of_a_database_role(ask_shop: Ask, roles: Account) -> None:
    rows = ask_shop("show grants of database role shop.read", account=roles)
    assert [tuple(r.values())[1:] for r in rows] == [
        ("READ", "USER", "BOB", "SHOP_ROLE"),
        ("READ", "DATABASE_ROLE", "Write it", "SHOP_ROLE"),
    ]


def test_s4_grants_on_a_database_role_and_by_one(ask_shop: Ask, roles: Account) -> None:
    rows = ask_shop("show grants on database role shop.read", account=roles)
    assert {(r["privilege"], r["granted_to"], r["grantee_name"]) for r in rows} == {
        ("OWNERSHIP", "ROLE", "SHOP_ROLE"),
        ("USAGE", "DATABASE_ROLE", "Write it"),
        ("USAGE", "USER", "BOB"),
    }
    by = {
        r["grantee_name"]: r["granted_by_role_type"]
        for r in ask_shop("show grants on table shop.core.orders", account=roles)
    }
    assert (by["READ"], by["BOB"]) == ("DATABASE_ROLE", "ROLE")


def test_s6_r24_grants_to_a_user_are_memberships_and_privileges(ask_shop: Ask, roles: Account) -> None:
    rows = ask_shop("show grants to user bob", account=roles, user="BOB", role="READER")
    assert [(r["privilege"], r["granted_on"], r["name"], r["role"], r["granted_to"]) for r in rows] == [
        ("SELECT", "TABLE", "SHOP.CORE.ORDERS", None, "USER"),
        ("USAGE", "DATABASE_ROLE", "SHOP.READ", "SHOP.READ", "USER"),
        ("USAGE", "ROLE", "READER", "READER", "USER"),
    ]


def test_s7_future_grants_to_a_database_role(ask_shop: Ask, roles: Account) -> None:
    [row] = ask_shop("show future grants to database role shop.read", account=roles)
    assert (row["grant_to"], row["grantee_name"], row["name"]) == ("DATABASE_ROLE", "READ", "SHOP.CORE.<VIEW>")
    rows = ask_shop("show future grants in schema shop.core", account=roles)
    assert {(r["grant_to"], r["grantee_name"]) for r in rows} == {("ROLE", "READER"), ("DATABASE_ROLE", "READ")}


def test_s12_a_schema_owned_by_a_database_role(ask_shop: Ask, roles: Account) -> None:
    rows = {r["name"]: r for r in ask_shop("show schemas in database shop", account=roles)}
    assert (rows["CORE"]["owner"], rows["CORE"]["owner_role_type"]) == ("Write it", "DATABASE_ROLE")


def test_unknown_ones_do_not_exist(roles: Account) -> None:
    statement = show.parse("show grants to database role shop.nope")
    assert statement is not None
    with pytest.raises(SnowflakeError, match=r"Database role 'SHOP\.NOPE' does not exist or not authorized"):
        show.execute(statement, roles, Session("ADMIN", "SHOP_ROLE", "NONE"))
    assert database("SHOP") in roles.objects
