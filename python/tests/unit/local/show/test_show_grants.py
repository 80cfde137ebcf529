"""SHOW GRANTS and SHOW FUTURE GRANTS: ownership, memberships, hierarchy (S3-S7, R14, P41)."""

import pytest

from snowmesh.account.grants import Grant
from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.local.errors import SnowflakeError


def short(rows: list[dict[str, object]], *keys: str) -> list[tuple[object, ...]]:
    return [tuple(r[k] for k in keys) for r in rows]


def test_on_a_table(ask_shop) -> None:
    """S4: by grantee, then privilege; one OWNERSHIP row with grant option, granted by the owner itself (P41)."""
    rows = ask_shop("show grants on shop.core.orders")
    keys = ("privilege", "granted_on", "name", "granted_to", "grantee_name", "grant_option", "granted_by")
    assert short(rows, *keys) == [
        ("SELECT", "TABLE", "SHOP.CORE.ORDERS", "ROLE", "READER", "false", "SHOP_ROLE"),
        ("OWNERSHIP", "TABLE", "SHOP.CORE.ORDERS", "ROLE", "SHOP_ROLE", "true", "SHOP_ROLE"),
    ]
    assert {r["granted_by_role_type"] for r in rows} == {"ROLE"}
    assert {r["created_on"].isoformat() for r in rows} == {"2026-03-01T12:00:00+00:00"}


@pytest.mark.parametrize("words", ["", "table ", "view "])
def test_a_view_is_a_view_whatever_was_asked(ask_shop, words: str) -> None:
    """S4; dbt asks without a type."""
    rows = ask_shop(f"show grants on {words}shop.core.v_orders")
    assert {r["granted_on"] for r in rows} == {"VIEW"}
    assert ("SELECT", "READER", "true") in short(rows, "privilege", "grantee_name", "grant_option")


def test_kinds_are_spelled_with_underscores_and_names_quoted_when_needed(ask_shop) -> None:
    """S10, E5."""
    assert ask_shop("show grants on dynamic table shop.core.dt_orders")[0]["granted_on"] == "DYNAMIC_TABLE"
    assert ask_shop("show grants on masking policy shop.gov.mask_text")[0]["granted_on"] == "MASKING_POLICY"
    assert ask_shop('show grants on shop."Mixed"."odd name"')[0]["name"] == 'SHOP."Mixed"."odd name"'


def test_a_managed_access_schema(ask_shop) -> None:
    """S4: no grant option on what is in it; its owner has MANAGE GRANTS on it."""
    inside = ask_shop("show grants on tag shop.gov.pii")
    assert short(inside, "privilege", "grantee_name", "grant_option") == [
        ("APPLY", "READER", "false"),
        ("OWNERSHIP", "SHOP_ROLE", "false"),
    ]
    on_schema = ask_shop("show grants on schema shop.gov")
    assert short(on_schema, "privilege", "grant_option") == [("MANAGE GRANTS", "true"), ("OWNERSHIP", "true")]


def test_on_account(ask_shop) -> None:
    rows = ask_shop("show grants on account", role="LONELY")
    assert {r["name"] for r in rows} == {"LOCAL"}
    assert {r["granted_by_role_type"] for r in rows} == {""}  # SYSTEM granted them (P33)
    assert ("MANAGE GRANTS", "SECURITYADMIN") in short(rows, "privilege", "grantee_name")


def test_to_role_lists_direct_grants_ownership_and_memberships(ask_shop) -> None:
    """S3, R14: not what is inherited; IMPORTED PRIVILEGES reads back as USAGE."""
    rows = ask_shop("show grants to role shop_role", role="SECURITYADMIN")
    found = set(short(rows, "privilege", "granted_on", "name", "grant_option", "granted_by"))
    assert ("USAGE", "ROLE", "READER", "true", "USERADMIN") in found
    assert ("OWNERSHIP", "SCHEMA", 'SHOP."Mixed"', "true", "SHOP_ROLE") in found
    assert ("USAGE", "DATABASE", "SAMPLE", "false", "") in found
    assert not any(privilege == "SELECT" for privilege, *_ in found)
    assert {r["grantee_name"] for r in rows} == {"SHOP_ROLE"}
    assert len(rows) == 15


def test_include_hierarchy_keeps_the_grantee_of_every_row(ask_shop) -> None:
    """Every role below, PUBLIC too; role -> user grants are not among them."""
    rows = ask_shop("show grants to role sysadmin include hierarchy", role="SECURITYADMIN")
    by_role = {str(r["grantee_name"]) for r in rows}
    assert by_role == {"SYSADMIN", "SHOP_ROLE", "READER"}
    assert {r["granted_to"] for r in rows} == {"ROLE"}
    assert ("SELECT", "SHOP.CORE.ORDERS", "READER") in short(rows, "privilege", "name", "grantee_name")
    assert ("USAGE", '"odd role"', "READER") in short(rows, "privilege", "name", "grantee_name")
    plain = ask_shop("show grants to role sysadmin", role="SECURITYADMIN")
    assert {r["grantee_name"] for r in plain} == {"SYSADMIN"}


def test_public_is_part_of_a_hierarchy(ask_shop, shop) -> None:
    orders = ObjectRef(ObjectType.TABLE, ("SHOP", "CORE", "ORDERS"))
    given = shop.with_grants([Grant("SELECT", orders, "PUBLIC")])
    rows = ask_shop("show grants to role lonely include hierarchy", role="SECURITYADMIN", account=given)
    assert short(rows, "privilege", "grantee_name") == [("SELECT", "PUBLIC")]


def test_the_fixed_edges_of_the_system_roles_are_listed(ask_shop) -> None:
    """R2, R3."""
    rows = ask_shop("show grants of role sysadmin")
    assert short(rows, "role", "granted_to", "grantee_name", "granted_by") == [("SYSADMIN", "ROLE", "ACCOUNTADMIN", "")]
    to = ask_shop("show grants to role accountadmin", role="ACCOUNTADMIN")
    assert {r["name"] for r in to if r["granted_on"] == "ROLE"} == {"SECURITYADMIN", "SYSADMIN"}


def test_of_role(ask_shop) -> None:
    """S5."""
    rows = ask_shop("show grants of role reader")
    assert short(rows, "role", "granted_to", "grantee_name", "granted_by") == [
        ("READER", "USER", "BOB", "USERADMIN"),
        ("READER", "ROLE", "SHOP_ROLE", "USERADMIN"),
    ]
    assert ask_shop('show grants of role "odd role"')[0]["role"] == '"odd role"'


def test_to_user(ask_shop) -> None:
    """S6: the newer shape; PUBLIC is not listed (R9). Everybody asks about itself, others only an owner."""
    for sql, who in (
        ("show grants", {"user": "BOB", "role": "READER"}),
        ("show grants to user bob", {"role": "USERADMIN"}),
    ):
        rows = ask_shop(sql, **who)
        keys = ("privilege", "granted_on", "name", "role", "granted_to", "grantee_name", "grant_option", "granted_by")
        assert short(rows, *keys) == [("USAGE", "ROLE", "READER", "READER", "USER", "BOB", "false", "USERADMIN")]
    with pytest.raises(SnowflakeError, match="User 'BOB' does not exist or not authorized"):
        ask_shop("show grants to user bob", role="SHOP_ROLE")


def test_to_user_include_hierarchy(ask_shop) -> None:
    rows = ask_shop("show grants to user bob include hierarchy", user="BOB", role="READER")
    assert {(r["granted_to"], r["grantee_name"]) for r in rows} == {("USER", "BOB"), ("ROLE", "READER")}
    assert {r["role"] for r in rows if r["privilege"] == "SELECT"} == {None}


def test_a_role_learns_of_foreign_grants_only_on_what_it_sees(ask_shop) -> None:
    """P25."""
    rows = ask_shop("show grants to role shop_role", role="READER")
    assert {r["name"] for r in rows if r["granted_on"] != "ROLE"} == {
        "SHOP",
        "SHOP.CORE",
        "SHOP.CORE.ORDERS",
        "SHOP.CORE.V_ORDERS",
        "SHOP.CORE.V_SECRET",
    }
    assert [r["name"] for r in ask_shop("show grants to role shop_role", role="LONELY")] == ["READER"]


@pytest.mark.parametrize(
    ("sql", "role", "text"),
    [
        ("show grants on shop.core.nope", "SHOP_ROLE", "Object 'SHOP.CORE.NOPE' does not exist"),
        ("show grants on shop.core.orders", "LONELY", "Object 'SHOP.CORE.ORDERS' does not exist"),
        ("show grants on tag shop.gov.pii", "READER", "Tag 'SHOP.GOV.PII' does not exist"),
        ("show grants to role nope", "SHOP_ROLE", "Role 'NOPE' does not exist"),
        ("show grants of role nope", "SHOP_ROLE", "Role 'NOPE' does not exist"),
        ("show grants to user nope", "SECURITYADMIN", "User 'NOPE' does not exist"),
        ("show future grants to role nope", "SHOP_ROLE", "Role 'NOPE' does not exist"),
    ],
)
def test_what_is_missing_or_invisible_does_not_exist(ask_shop, sql: str, role: str, text: str) -> None:
    """P26, P27."""
    with pytest.raises(SnowflakeError, match=text) as caught:
        ask_shop(sql, role=role)
    assert caught.value.code == 2003


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("in schema shop.core", [("SELECT", "TABLE", "SHOP.CORE.<TABLE>", "READER", "false")]),
        ("in database shop", [("USAGE", "SCHEMA", "SHOP.<SCHEMA>", "READER", "false")]),
        ('in schema shop."Mixed"', [("SELECT", "DYNAMIC_TABLE", 'SHOP."Mixed".<DYNAMIC_TABLE>', "SHOP_ROLE", "true")]),
        (
            "to role reader",
            [
                ("SELECT", "TABLE", "SHOP.CORE.<TABLE>", "READER", "false"),
                ("USAGE", "SCHEMA", "SHOP.<SCHEMA>", "READER", "false"),
            ],
        ),
        ("to role lonely", []),
        ("in schema shop.gov", []),
    ],
)
def test_future_grants(ask_shop, clause: str, expected: list[tuple[str, ...]]) -> None:
    """S7."""
    rows = ask_shop(f"show future grants {clause}")
    assert short(rows, "privilege", "grant_on", "name", "grantee_name", "grant_option") == expected
    assert {r["grant_to"] for r in rows} <= {"ROLE"}


def test_future_grants_of_a_hierarchy(ask_shop) -> None:
    rows = ask_shop("show future grants to role sysadmin include hierarchy")
    assert {r["grantee_name"] for r in rows} == {"READER", "SHOP_ROLE"}
    assert ask_shop("show future grants to role sysadmin") == []
    assert len(ask_shop("show future grants to role sysadmin include hierarchy limit 1")) == 1


def test_future_grants_of_others_are_told_only_for_visible_containers(ask_shop) -> None:
    """P25."""
    assert ask_shop("show future grants to role reader", role="LONELY") == []
    assert len(ask_shop("show future grants to role reader", role="READER")) == 2
