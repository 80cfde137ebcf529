"""Database roles, and privileges of users (R17, R24, R25, R39-R44, P34, P40, P44)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import ObjectRef, ObjectType, database, database_role, role, schema, user
from snowmesh.account.roles import closure
from snowmesh.local.codec import decode, encode
from snowmesh.local.session import Session
from tests.unit.local.statements.laboratory import Lab, ref

READ, WRITE = database_role("SHOP", "READ"), database_role("SHOP", "WRITE")
SHOP, CORE = database("SHOP"), schema("SHOP", "CORE")
ORDERS = ref(ObjectType.TABLE, "SHOP", "CORE", "ORDERS")


@pytest.fixture
def mesh(lab: Lab) -> Lab:
    """The laboratory with database roles SHOP.READ and SHOP.WRITE, and database OTHER with role OTHER.R."""
    lab.run_all(
        "CREATE DATABASE ROLE shop.read COMMENT = 'reads'",
        "CREATE DATABASE ROLE write",
        "CREATE DATABASE other",
        "CREATE DATABASE ROLE other.r",
        "USE SCHEMA shop.core",
    )
    return lab


class TestCreate:
    def test_r41_it_is_born_with_usage_on_its_database_from_nobody(self, mesh: Lab) -> None:
        item = mesh.account.objects[READ]
        assert (item.owner, item.comment) == ("SYSADMIN", "reads")
        assert ("USAGE", READ, False, "") in mesh.grants(SHOP)
        assert not mesh.grants(READ)
        assert not [m for m in mesh.account.memberships if m.role == READ]

    def test_r41_that_usage_cannot_be_revoked(self, mesh: Lab) -> None:
        mesh.run("REVOKE USAGE ON DATABASE shop FROM DATABASE ROLE shop.read", "ACCOUNTADMIN")
        assert ("USAGE", READ, False, "") in mesh.grants(SHOP)

    def test_r41_it_does_not_hinder_a_transfer_of_the_database(self, mesh: Lab) -> None:
        mesh.run("CREATE DATABASE fresh")
        mesh.run("CREATE DATABASE ROLE fresh.r")
        mesh.run("GRANT OWNERSHIP ON DATABASE fresh TO ROLE engineer REVOKE CURRENT GRANTS")
        fresh = database_role("FRESH", "R")
        assert mesh.grants(database("FRESH")) == {("USAGE", fresh, False, "")}
        mesh.run("GRANT OWNERSHIP ON DATABASE fresh TO ROLE sysadmin", "ACCOUNTADMIN")
        assert mesh.grants(database("FRESH")) == {("USAGE", fresh, False, "")}

    def test_r43_owner_of_the_database_or_create_database_role(self, mesh: Lab) -> None:
        assert mesh.fails("CREATE DATABASE ROLE shop.x", "STRANGER").code == 2003
        error = mesh.fails("CREATE DATABASE ROLE shop.x", "ENGINEER")
        assert "CREATE DATABASE ROLE granted on DATABASE SHOP" in error.message
        mesh.run("GRANT CREATE DATABASE ROLE ON DATABASE shop TO ROLE engineer")
        assert mesh.run("CREATE DATABASE ROLE shop.x", "ENGINEER") == "Database role X successfully created."
        assert mesh.owner(database_role("SHOP", "X")) == "ENGINEER"

    def test_r22_the_primary_role_alone_creates(self, mesh: Lab) -> None:
        mesh.session = replace(mesh.session, role="ENGINEER", secondary=("SYSADMIN",))
        assert mesh.fails("CREATE DATABASE ROLE shop.x").code == 3001

    def test_if_not_exists_and_or_replace(self, mesh: Lab) -> None:
        assert mesh.fails("CREATE DATABASE ROLE read").code == 2002
        assert "already exists" in mesh.run("CREATE DATABASE ROLE IF NOT EXISTS read")
        mesh.run("GRANT SELECT ON TABLE orders TO DATABASE ROLE read")
        mesh.run("GRANT DATABASE ROLE read TO ROLE reader")
        mesh.run("CREATE OR REPLACE DATABASE ROLE read")
        assert mesh.grants(ORDERS) == set()
        assert READ not in closure(mesh.account, ["READER"])
        assert [g for g in mesh.grants(SHOP) if g[1] == READ] == [("USAGE", READ, False, "")]

    def test_r44_a_bare_name_is_of_the_current_database(self, mesh: Lab) -> None:
        assert WRITE in mesh.account.objects
        mesh.session = replace(mesh.session, database="", schema="")
        assert mesh.fails("CREATE DATABASE ROLE x").code == 90105
        assert mesh.fails("GRANT DATABASE ROLE read TO ROLE reader").code == 90105


class TestGrants:
    def test_r39_privileges_on_the_database_and_what_is_in_it(self, mesh: Lab) -> None:
        mesh.run_all(
            "GRANT USAGE ON SCHEMA core TO DATABASE ROLE shop.read",
            "GRANT SELECT ON TABLE orders TO DATABASE ROLE read WITH GRANT OPTION",
            "GRANT SELECT ON ALL VIEWS IN DATABASE shop TO DATABASE ROLE read",
        )
        mesh.run("GRANT SELECT ON FUTURE TABLES IN SCHEMA shop.core TO DATABASE ROLE shop.read", "ACCOUNTADMIN")
        assert ("SELECT", READ, True, "SYSADMIN") in mesh.grants(ORDERS)
        new = mesh.relation("SHOP", "CORE", "LATER")
        assert mesh.grants(new) == {("SELECT", READ, False, "SYSADMIN")}

    def test_p44_future_grants_to_it_take_usage_on_the_database_too(self, mesh: Lab) -> None:
        sql = "GRANT SELECT ON FUTURE TABLES IN SCHEMA shop.core TO DATABASE ROLE shop.read"
        assert "must have USAGE granted on DATABASE SHOP" in mesh.fails(sql, "SECURITYADMIN").message
        mesh.run("GRANT USAGE ON DATABASE shop TO ROLE securityadmin")
        mesh.run(sql, "SECURITYADMIN")

    @pytest.mark.parametrize(
        "what",
        [
            "CREATE ROLE ON ACCOUNT",
            "USAGE ON WAREHOUSE compute_wh",
            "USAGE ON DATABASE other",
            "USAGE ON SCHEMA other.public",
            "USAGE ON ALL SCHEMAS IN DATABASE other",
            "SELECT ON ALL TABLES IN SCHEMA other.public",
            "SELECT ON FUTURE TABLES IN SCHEMA other.public",
            "OWNERSHIP ON SCHEMA other.public",
            "OWNERSHIP ON DATABASE other",
        ],
    )
    def test_r39_p40_nothing_outside_of_its_database(self, mesh: Lab, what: str) -> None:
        error = mesh.fails(f"GRANT {what} TO DATABASE ROLE shop.read", "ACCOUNTADMIN")
        assert error.code == 1008
        assert "only on database 'SHOP' and the objects in it" in error.message

    def test_r39_four_privileges_on_the_database_itself(self, mesh: Lab) -> None:
        mesh.run("GRANT CREATE SCHEMA, MODIFY, MONITOR, USAGE ON DATABASE shop TO DATABASE ROLE shop.read")
        mesh.run("GRANT ALL ON DATABASE shop TO DATABASE ROLE shop.write")
        held = {name: {g[0] for g in mesh.grants(SHOP) if g[1] == name} for name in (READ, WRITE)}
        assert held[READ] == held[WRITE] == {"CREATE SCHEMA", "MODIFY", "MONITOR", "USAGE"}
        for privilege in ("CREATE DATABASE ROLE", "APPLYBUDGET", "MANAGE GRANTS", "IMPORTED PRIVILEGES"):
            assert mesh.fails(f"GRANT {privilege} ON DATABASE shop TO DATABASE ROLE shop.read").code == 1008

    def test_r40_to_roles_database_roles_and_users(self, mesh: Lab) -> None:
        mesh.run_all(
            "GRANT DATABASE ROLE shop.read TO DATABASE ROLE shop.write",
            "GRANT DATABASE ROLE write TO ROLE reader",
            "GRANT DATABASE ROLE shop.read, shop.write TO USER admin",
        )
        assert Membership(READ, WRITE, granted_by="SYSADMIN") in mesh.account.memberships
        assert {READ, WRITE} <= closure(mesh.account, ["READER"])
        mesh.run("REVOKE DATABASE ROLE shop.read FROM DATABASE ROLE shop.write")
        assert READ not in closure(mesh.account, ["READER"])

    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("ROLE reader TO DATABASE ROLE shop.read", 1008),  # R40
            ("DATABASE ROLE shop.read TO DATABASE ROLE other.r", 1008),  # R40
            ("DATABASE ROLE shop.read TO SHARE s", 2),
            ("DATABASE ROLE shop.read TO ROLE reader WITH GRANT OPTION", 1003),
            ("DATABASE ROLE shop.nope TO ROLE reader", 2003),
            ("DATABASE ROLE shop.read TO ROLE nope", 2003),
            ("DATABASE ROLE shop.read TO DATABASE ROLE shop.read", 1008),  # R15
        ],
    )
    def test_r40_refusals(self, mesh: Lab, what: str, code: int) -> None:
        assert mesh.fails(f"GRANT {what}", "ACCOUNTADMIN").code == code

    def test_r15_no_cycle_of_database_roles(self, mesh: Lab) -> None:
        mesh.run("GRANT DATABASE ROLE shop.read TO DATABASE ROLE shop.write")
        assert "no cycle" in mesh.fails("GRANT DATABASE ROLE shop.write TO DATABASE ROLE shop.read").message

    def test_r12_owner_or_manage_grants_grant_it(self, mesh: Lab) -> None:
        assert mesh.fails("GRANT DATABASE ROLE shop.read TO ROLE reader", "ENGINEER").code == 3102
        mesh.run("GRANT DATABASE ROLE shop.read TO ROLE reader", "SECURITYADMIN")
        assert Membership(READ, role("READER"), granted_by="SYSADMIN") in mesh.account.memberships  # R49
        assert mesh.fails("REVOKE DATABASE ROLE shop.read FROM ROLE reader", "ENGINEER").code == 3001

    def test_r41_the_grantee_opens_the_database(self, mesh: Lab) -> None:
        before = Session("ADMIN", "STRANGER", "NONE").authority(mesh.account)
        assert not before.has_any(SHOP)
        mesh.run("GRANT DATABASE ROLE shop.read TO ROLE stranger")
        after = Session("ADMIN", "STRANGER", "NONE").authority(mesh.account)
        assert after.holds("USAGE", SHOP)

    def test_a_stranger_does_not_learn_its_name(self, mesh: Lab) -> None:
        for sql in ("DROP DATABASE ROLE shop.read", "GRANT DATABASE ROLE shop.read TO ROLE stranger"):
            error = mesh.fails(sql, "STRANGER")
            assert (error.code, "does not exist or not authorized" in error.message) == (2003, True)

    def test_an_account_role_of_the_same_text_is_another_role(self, mesh: Lab) -> None:
        mesh.run('CREATE ROLE "SHOP.READ"', "ACCOUNTADMIN")
        mesh.run("GRANT SELECT ON TABLE orders TO DATABASE ROLE shop.read")
        assert not Session("ADMIN", "SHOP.READ", "NONE").authority(mesh.account).holds("SELECT", ORDERS)
        mesh.run('GRANT ROLE "SHOP.READ" TO ROLE engineer', "ACCOUNTADMIN")
        assert READ not in closure(mesh.account, ["ENGINEER"])


class TestOwnership:
    def test_p34_p40_it_owns_objects_of_its_database(self, mesh: Lab) -> None:
        mesh.run("GRANT OWNERSHIP ON TABLE orders TO DATABASE ROLE shop.write")
        assert mesh.owner(ORDERS) == WRITE
        mesh.run("GRANT USAGE ON SCHEMA core TO DATABASE ROLE shop.write")
        mesh.run("GRANT DATABASE ROLE shop.write TO ROLE stranger")
        mesh.run("GRANT SELECT ON TABLE shop.core.orders TO ROLE reader", "STRANGER")
        assert mesh.grants(ORDERS) == {("SELECT", "READER", False, WRITE)}  # R49: the owner is the grantor

    def test_r43_not_the_database_nor_a_database_role(self, mesh: Lab) -> None:
        assert "cannot own" in mesh.fails("GRANT OWNERSHIP ON DATABASE shop TO DATABASE ROLE shop.write").message
        assert "cannot own" in mesh.fails("GRANT OWNERSHIP ON DATABASE ROLE read TO DATABASE ROLE write").message
        mesh.run("GRANT OWNERSHIP ON DATABASE ROLE shop.read TO ROLE engineer")
        assert mesh.owner(READ) == "ENGINEER"

    def test_a_managed_schema_hands_over_to_a_database_role_below_its_owner(self, mesh: Lab) -> None:
        """R50, P40."""
        table = mesh.relation("SHOP", "LOCKED", "T")
        assert mesh.fails("GRANT OWNERSHIP ON TABLE shop.locked.t TO DATABASE ROLE shop.write").code == 1008
        mesh.run("GRANT DATABASE ROLE shop.write TO ROLE sysadmin")
        mesh.run("GRANT OWNERSHIP ON TABLE shop.locked.t TO DATABASE ROLE shop.write")
        assert mesh.owner(table) == WRITE

    def test_dropping_it_hands_its_objects_to_the_dropper(self, mesh: Lab) -> None:
        mesh.run("GRANT OWNERSHIP ON TABLE orders TO DATABASE ROLE shop.write")
        mesh.run("GRANT DATABASE ROLE shop.write TO ROLE reader")
        assert mesh.fails("DROP DATABASE ROLE shop.write", "ENGINEER").code == 3001
        assert mesh.run("DROP DATABASE ROLE shop.write") == "WRITE successfully dropped."
        assert mesh.owner(ORDERS) == "SYSADMIN"
        assert not [g for g in mesh.account.grants if g.role == WRITE]
        assert not [m for m in mesh.account.memberships if m.role == WRITE]
        assert "already dropped" in mesh.run("DROP DATABASE ROLE IF EXISTS shop.write")

    def test_it_goes_with_its_database(self, mesh: Lab) -> None:
        mesh.run_all("GRANT DATABASE ROLE shop.write TO ROLE reader", "DROP DATABASE shop")
        assert not [r for r in mesh.account.objects if r.name[:1] == ("SHOP",)]
        assert not [m for m in mesh.account.memberships if isinstance(m.role, ObjectRef) and m.role.name[0] == "SHOP"]

    def test_rename_keeps_grants_members_and_ownership(self, mesh: Lab) -> None:
        mesh.run_all(
            "GRANT SELECT ON VIEW v TO DATABASE ROLE shop.write",
            "GRANT OWNERSHIP ON TABLE orders TO DATABASE ROLE shop.write",
            "GRANT DATABASE ROLE shop.write TO ROLE reader",
            "ALTER DATABASE ROLE shop.write RENAME TO shop.editor",
        )
        editor = database_role("SHOP", "EDITOR")
        assert mesh.owner(ORDERS) == editor
        assert editor in closure(mesh.account, ["READER"])
        assert ("SELECT", editor, False, "SYSADMIN") in mesh.grants(ref(ObjectType.VIEW, "SHOP", "CORE", "V"))
        assert ("USAGE", editor, False, "") in mesh.grants(SHOP)
        assert mesh.fails("ALTER DATABASE ROLE editor RENAME TO other.editor").code == 1008
        assert mesh.fails("ALTER DATABASE ROLE editor RENAME TO read").code == 2002

    def test_comment_and_tags(self, mesh: Lab) -> None:
        """T16."""
        mesh.run_all(
            "CREATE TAG shop.gov.t",
            "ALTER DATABASE ROLE shop.read SET COMMENT = 'new'",
            "ALTER DATABASE ROLE shop.read SET TAG shop.gov.t = 'x'",
        )
        assert mesh.account.objects[READ].comment == "new"
        mesh.run("COMMENT ON DATABASE ROLE shop.read IS 'newer'")
        assert mesh.account.objects[READ].comment == "newer"
        mesh.run("ALTER DATABASE ROLE IF EXISTS shop.nope SET COMMENT = 'x'")
        assert mesh.fails("ALTER DATABASE ROLE shop.read SWAP WITH x").code == 2


class TestUsers:
    def test_r24_privileges_of_a_user_count_while_secondary_roles_are_all(self, mesh: Lab) -> None:
        mesh.run_all("CREATE USER bob", role="ACCOUNTADMIN")
        mesh.run_all(
            "GRANT USAGE ON DATABASE shop TO USER bob",
            "GRANT USAGE ON SCHEMA core TO USER bob",
            "GRANT SELECT ON TABLE orders TO USER bob",
        )
        assert ("SELECT", user("BOB"), False, "SYSADMIN") in mesh.grants(ORDERS)
        bob = Session("BOB", "PUBLIC", "ALL")
        assert bob.authority(mesh.account).may_use(ORDERS, "SELECT")
        for setting in ("NONE", ("PUBLIC",)):
            assert not replace(bob, secondary=setting).authority(mesh.account).may_use(ORDERS, "SELECT")
        assert not Session("ADMIN", "PUBLIC", ()).authority(mesh.account).may_use(ORDERS, "SELECT")
        mesh.run("REVOKE SELECT ON TABLE orders FROM USER bob")
        assert not bob.authority(mesh.account).may_use(ORDERS, "SELECT")

    def test_r24_create_takes_a_role(self, mesh: Lab) -> None:
        """R22: what the user itself holds creates nothing."""
        mesh.run("CREATE USER bob", "ACCOUNTADMIN")
        mesh.run("GRANT USAGE, CREATE SCHEMA ON DATABASE shop TO USER bob")
        mesh.session = Session("BOB", "PUBLIC", "ALL")
        assert mesh.fails("CREATE SCHEMA shop.s").code == 3001

    def test_r25_database_role_of_a_user(self, mesh: Lab) -> None:
        mesh.run("CREATE USER bob", "ACCOUNTADMIN")
        mesh.run_all(
            "GRANT USAGE ON SCHEMA core TO DATABASE ROLE read", "GRANT SELECT ON TABLE orders TO DATABASE ROLE read"
        )
        mesh.run("GRANT DATABASE ROLE shop.read TO USER bob")
        bob = Session("BOB", "PUBLIC", "ALL")
        assert bob.authority(mesh.account).may_use(ORDERS, "SELECT")
        assert not replace(bob, secondary="NONE").authority(mesh.account).may_use(ORDERS, "SELECT")
        assert bob.active(mesh.account).secondary == ()  # R17: it is not activated

    def test_a_dropped_user_takes_its_grants_along_and_a_renamed_one_keeps_them(self, mesh: Lab) -> None:
        mesh.run("CREATE USER bob", "ACCOUNTADMIN")
        mesh.run("GRANT SELECT ON TABLE orders TO USER bob")
        mesh.run("ALTER USER bob RENAME TO rob", "ACCOUNTADMIN")
        assert mesh.grants(ORDERS) == {("SELECT", user("ROB"), False, "SYSADMIN")}
        mesh.run("DROP USER rob", "ACCOUNTADMIN")
        assert mesh.grants(ORDERS) == set()

    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("GRANT SELECT ON TABLE orders TO USER nope", 2003),
            ("GRANT SELECT ON TABLE orders TO USER admin WITH GRANT OPTION", 2),
            ("GRANT SELECT ON FUTURE TABLES IN SCHEMA core TO USER admin", 2),
            ("GRANT OWNERSHIP ON TABLE orders TO USER admin", 1008),  # P34
        ],
    )
    def test_refusals(self, mesh: Lab, what: str, code: int) -> None:
        assert mesh.fails(what).code == code


def test_r17_a_database_role_cannot_be_activated(mesh: Lab) -> None:
    mesh.run("GRANT DATABASE ROLE shop.read TO USER admin")
    for sql in ("USE ROLE shop.read", "USE SECONDARY ROLES shop.read"):
        assert "R17" in mesh.fails(sql).message
    assert mesh.fails("USE ROLE read").code == 2043


def test_the_data_folder_keeps_roles_of_every_kind_apart(mesh: Lab) -> None:
    mesh.run('CREATE ROLE "SHOP.READ"', "ACCOUNTADMIN")
    mesh.run_all(
        "GRANT SELECT ON TABLE orders TO DATABASE ROLE read",
        "GRANT SELECT ON TABLE orders TO USER admin",
        'GRANT SELECT ON TABLE orders TO ROLE "SHOP.READ"',
        "GRANT DATABASE ROLE read TO DATABASE ROLE write",
        "GRANT OWNERSHIP ON VIEW v TO DATABASE ROLE write",
    )
    mesh.run("GRANT SELECT ON FUTURE TABLES IN SCHEMA shop.core TO DATABASE ROLE shop.read", "ACCOUNTADMIN")
    assert decode(json.loads(json.dumps(encode(mesh.account)))) == mesh.account
    assert Grant("SELECT", ORDERS, READ, granted_by="SYSADMIN") in mesh.account.grants
