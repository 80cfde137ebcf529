"""Who sees what: only objects on which an active role holds something (P25, R48, S17b, T27)."""

from dataclasses import replace

import pytest

from snowmesh.account.grants import Grant
from snowmesh.account.objects import ACCOUNT, database
from snowmesh.local import show
from snowmesh.local.session import Session

LISTINGS = {
    "tables": {"SHOP_ROLE": 4, "READER": 1, "LONELY": 0, "SECURITYADMIN": 4, "SYSADMIN": 4},
    "views": {"SHOP_ROLE": 2, "READER": 2, "LONELY": 0, "SECURITYADMIN": 2},
    "dynamic tables": {"SHOP_ROLE": 1, "READER": 0, "LONELY": 0, "SECURITYADMIN": 1},
    "databases": {"SHOP_ROLE": 2, "READER": 1, "LONELY": 0, "SECURITYADMIN": 2},
    "warehouses": {"SHOP_ROLE": 1, "READER": 1, "LONELY": 0, "SECURITYADMIN": 2, "SYSADMIN": 1},
    "masking policies": {"SHOP_ROLE": 2, "READER": 0, "LONELY": 0, "SECURITYADMIN": 2},
    "tags": {"SHOP_ROLE": 2, "READER": 0, "LONELY": 0, "SECURITYADMIN": 2},
    "columns in account": {"SHOP_ROLE": 13, "READER": 8, "LONELY": 0, "SECURITYADMIN": 13},
    # the names of roles and users are no secret
    "roles": {"SHOP_ROLE": 9, "READER": 9, "LONELY": 9},
    "users": {"SHOP_ROLE": 2, "READER": 2, "LONELY": 2},
}


@pytest.mark.parametrize(("what", "role"), [(w, r) for w, roles in LISTINGS.items() for r in roles])
def test_only_what_a_role_holds_something_on(ask_shop, what: str, role: str) -> None:
    """P25; MANAGE GRANTS sees all (R48); IMPORTED PRIVILEGES opens all of a shared database (L7)."""
    assert len(ask_shop(f"show {what}", role=role)) == LISTINGS[what][role]


def test_a_privilege_below_a_closed_schema_shows_nothing(ask_shop, shop) -> None:
    """P18, P25: READER holds APPLY on a tag in SHOP.GOV and nothing on that schema."""
    assert ask_shop("show tags in database shop", role="READER") == []
    opened = shop.with_grants(
        [Grant("CREATE TAG", replace(next(iter(shop.tag_values)).object, name=("SHOP", "GOV")), "READER")]
    )
    assert [r["name"] for r in ask_shop("show tags in database shop", role="READER", account=opened)] == ["FREE", "PII"]


@pytest.mark.parametrize(
    ("privilege", "what"),
    [("APPLY TAG", "tags"), ("APPLY MASKING POLICY", "masking policies"), ("MANAGE WAREHOUSES", "warehouses")],
)
def test_a_global_privilege_shows_all_of_its_kind(ask_shop, shop, privilege: str, what: str) -> None:
    """T27, P3, P4."""
    assert ask_shop(f"show {what}", role="LONELY") == []
    given = shop.with_grants([Grant(privilege, ACCOUNT, "LONELY")])
    assert len(ask_shop(f"show {what}", role="LONELY", account=given)) == 2


def test_secondary_roles_count(shop) -> None:
    """R22: SHOW is no CREATE."""
    statement = show.parse("show tables")
    assert statement is not None
    for secondary, expected in (("NONE", 0), (("READER",), 1), ("ALL", 1)):
        result = show.execute(statement, shop, Session("BOB", "LONELY", secondary))
        assert len(result.rows) == expected


def test_public_reaches_everybody(ask_shop, shop) -> None:
    """P33."""
    given = shop.with_grants([Grant("USAGE", database("SHOP"), "PUBLIC")])
    assert [r["name"] for r in ask_shop("show databases", role="LONELY", account=given)] == ["SHOP"]


def test_the_properties_of_users_are_for_owners(ask_shop) -> None:
    """S20: the name always, the rest for OWNERSHIP and MANAGE GRANTS."""
    bob = next(r for r in ask_shop("show users", role="READER") if r["name"] == "BOB")
    assert {k for k, v in bob.items() if v is not None} == {"name"}
    for role in ("USERADMIN", "SECURITYADMIN"):
        bob = next(r for r in ask_shop("show users", role=role) if r["name"] == "BOB")
        assert (bob["default_role"], bob["type"], bob["has_password"]) == ("READER", "SERVICE", "true")
        assert "hunter2" not in map(str, bob.values())


def test_the_text_of_a_secure_view_is_its_owner_s(ask_shop) -> None:
    """S19."""

    def texts(role: str) -> dict[object, object]:
        return {r["name"]: r["text"] for r in ask_shop("show views", role=role)}

    assert texts("SHOP_ROLE")["V_SECRET"] == 'create or replace secure view "SHOP"."CORE"."V_SECRET" as select 2'
    assert texts("READER")["V_SECRET"] == ""
    assert texts("SECURITYADMIN")["V_SECRET"] == ""
    assert texts("READER")["V_ORDERS"] == 'create or replace view "SHOP"."CORE"."V_ORDERS" as select 1'
