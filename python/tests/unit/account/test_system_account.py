"""The account as Snowflake hands it over (R1-R8, P33)."""

from __future__ import annotations

import pytest

from snowmesh.account import roles
from snowmesh.account.authorization import Authority
from snowmesh.account.objects import ObjectType, role, user, warehouse
from snowmesh.account.system import fresh_account


def test_r1_system_roles_have_no_owner_and_nothing_else_is_there() -> None:
    account = fresh_account()
    assert {o.ref.name[0]: o.owner for o in account.of_type(ObjectType.ROLE)} == dict.fromkeys(roles.SYSTEM_ROLES, "")
    assert {r for r in account.objects if r.type is not ObjectType.ROLE} == {user("ADMIN"), warehouse("COMPUTE_WH")}


@pytest.mark.parametrize(
    ("name", "privilege", "held"),
    [
        ("SYSADMIN", "CREATE DATABASE", True),  # R8
        ("SYSADMIN", "CREATE WAREHOUSE", True),
        ("SYSADMIN", "CREATE ROLE", False),
        ("USERADMIN", "CREATE USER", True),  # R7
        ("USERADMIN", "CREATE ROLE", True),
        ("USERADMIN", "MANAGE GRANTS", False),
        ("SECURITYADMIN", "MANAGE GRANTS", True),  # R6
        ("SECURITYADMIN", "CREATE ROLE", True),  # inherited from USERADMIN, R2
        ("SECURITYADMIN", "CREATE DATABASE", False),
        ("SECURITYADMIN", "APPLY TAG", False),  # P3: on ACCOUNTADMIN
        ("ACCOUNTADMIN", "MANAGE GRANTS", True),
        ("ACCOUNTADMIN", "APPLY MASKING POLICY", True),
        ("ACCOUNTADMIN", "CREATE DATABASE", True),
        ("PUBLIC", "CREATE DATABASE", False),
    ],
)
def test_r2_to_r8_who_holds_what_by_default(name: str, privilege: str, held: bool) -> None:
    assert Authority(fresh_account(), [name]).holds_on_account(privilege) is held


def test_p33_default_grants_are_granted_by_nobody() -> None:
    account = fresh_account()
    assert {g.granted_by for g in account.grants} == {""}
    assert {m.granted_by for m in account.memberships} == {""}


def test_admin_may_activate_every_system_role() -> None:
    assert roles.available_to_user(fresh_account(), "ADMIN") == set(roles.SYSTEM_ROLES)


def test_r4_accountadmin_is_no_superuser() -> None:
    """A role that is not granted up makes objects that ACCOUNTADMIN does not hold."""
    account = fresh_account()
    assert not Authority(account, ["ACCOUNTADMIN"]).owns(role("SYSADMIN"))
