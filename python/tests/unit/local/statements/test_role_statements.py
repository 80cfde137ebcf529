"""CREATE/ALTER/DROP ROLE and USER, GRANT/REVOKE ROLE, USE ROLE, secondary roles (R1-R22)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snowmesh.account.grants import Membership
from snowmesh.account.objects import ObjectType, role, user
from snowmesh.account.roles import closure
from tests.unit.local.statements.laboratory import Lab, ref


def test_r11_the_creator_owns_a_new_role_and_nobody_holds_it(empty: Lab) -> None:
    assert empty.run("CREATE ROLE analyst COMMENT = 'reads'", "USERADMIN") == "Role ANALYST successfully created."
    created = empty.account.objects[role("ANALYST")]
    assert (created.owner, created.comment) == ("USERADMIN", "reads")
    assert "ANALYST" not in closure(empty.account, ["ACCOUNTADMIN"])


@pytest.mark.parametrize("statement", ["CREATE ROLE x", "CREATE USER x", "CREATE DATABASE x", "CREATE WAREHOUSE x"])
def test_r22_create_is_a_matter_of_the_primary_role_alone(empty: Lab, statement: str) -> None:
    empty.session = replace(empty.session, role="PUBLIC", secondary=("ACCOUNTADMIN",))
    error = empty.fails(statement)
    assert (error.code, error.sqlstate) == (3001, "42501")
    assert "Your primary role PUBLIC must have CREATE" in error.message  # E1, without 'secondary'


def test_create_or_replace_and_if_not_exists(empty: Lab) -> None:
    empty.run("CREATE ROLE r")
    assert empty.fails("CREATE ROLE r").code == 2002
    assert empty.run("CREATE ROLE IF NOT EXISTS r") == "R already exists, statement succeeded."
    empty.run("GRANT ROLE r TO ROLE sysadmin")
    empty.run("CREATE OR REPLACE ROLE r")
    assert not [m for m in empty.account.memberships if m.role == "R"]
    assert empty.fails("CREATE OR REPLACE ROLE IF NOT EXISTS r").code == 1008  # M8


def test_r23_replacing_takes_ownership_by_the_primary_role(empty: Lab) -> None:
    empty.run("CREATE ROLE r")
    empty.session = replace(empty.session, role="USERADMIN", secondary=("ACCOUNTADMIN",))
    error = empty.fails("CREATE OR REPLACE ROLE r")
    assert error.code == 3001
    assert "must have OWNERSHIP granted on ROLE R." in error.message


class TestGrantRole:
    def test_r13_several_roles_in_one_statement(self, empty: Lab) -> None:
        empty.run_all("CREATE ROLE a", "CREATE ROLE b", "GRANT ROLE a, b TO ROLE sysadmin")
        assert {"A", "B"} <= closure(empty.account, ["SYSADMIN"])

    def test_r12_owner_manage_grants_or_grant_option(self, lab: Lab) -> None:
        assert lab.fails("GRANT ROLE reader TO ROLE stranger", "ENGINEER").code == 3102
        lab.run("GRANT ROLE reader TO ROLE engineer WITH GRANT OPTION", "ACCOUNTADMIN")
        lab.run("GRANT ROLE reader TO ROLE stranger", "ENGINEER")
        assert Membership("READER", role("STRANGER"), granted_by="ENGINEER") in lab.account.memberships

    def test_r12_no_grant_option_for_users(self, lab: Lab) -> None:
        assert lab.fails("GRANT ROLE reader TO USER admin WITH GRANT OPTION").code == 1003

    def test_r49_manage_grants_grants_in_the_name_of_the_owner(self, lab: Lab) -> None:
        lab.run("GRANT ROLE reader TO ROLE stranger", "SECURITYADMIN")
        assert Membership("READER", role("STRANGER"), granted_by="ACCOUNTADMIN") in lab.account.memberships

    @pytest.mark.parametrize("child", ["SYSADMIN", "ACCOUNTADMIN", "ENGINEER"])
    def test_r15_cycles_are_refused(self, lab: Lab, child: str) -> None:
        lab.run("GRANT ROLE reader TO ROLE engineer", "ACCOUNTADMIN")
        assert "no cycle" in lab.fails(f"GRANT ROLE {child} TO ROLE reader", "ACCOUNTADMIN").message

    @pytest.mark.parametrize(
        "what", ["ROLE USERADMIN TO ROLE SECURITYADMIN", "ROLE PUBLIC TO ROLE READER", "ROLE PUBLIC TO USER ADMIN"]
    )
    def test_r2_r3_fixed_edges_need_no_grant_and_cannot_be_revoked(self, lab: Lab, what: str) -> None:
        before = lab.account
        lab.run(f"GRANT {what}", "ACCOUNTADMIN")
        assert lab.account == before
        error = lab.fails(f"REVOKE {what.replace(' TO ', ' FROM ')}", "ACCOUNTADMIN")
        assert (error.code, "is a system object. REVOKE cannot be performed." in error.message) == (3042, True)

    def test_revoke(self, lab: Lab) -> None:
        lab.run("REVOKE ROLE engineer, reader FROM ROLE sysadmin", "ACCOUNTADMIN")
        assert not {"ENGINEER", "READER"} & closure(lab.account, ["SYSADMIN"])
        lab.run("REVOKE ROLE reader FROM ROLE sysadmin", "ACCOUNTADMIN")  # P31: nothing left to revoke

    def test_revoke_takes_the_right_to_grant(self, lab: Lab) -> None:
        assert lab.fails("REVOKE ROLE reader FROM ROLE sysadmin", "ENGINEER").code == 3001

    def test_p32_what_was_granted_on_stops_a_revoke_without_cascade(self, lab: Lab) -> None:
        lab.run("GRANT ROLE reader TO ROLE engineer WITH GRANT OPTION", "ACCOUNTADMIN")
        lab.run("GRANT ROLE reader TO ROLE stranger", "ENGINEER")
        assert lab.fails("REVOKE ROLE reader FROM ROLE engineer", "ACCOUNTADMIN").code == 3935
        lab.run("REVOKE ROLE reader FROM ROLE engineer CASCADE", "ACCOUNTADMIN")
        assert not [m for m in lab.account.memberships if m.role == "READER" and m.to != role("SYSADMIN")]

    def test_grant_option_for(self, lab: Lab) -> None:
        lab.run("GRANT ROLE reader TO ROLE engineer WITH GRANT OPTION", "ACCOUNTADMIN")
        lab.run("REVOKE GRANT OPTION FOR ROLE reader FROM ROLE engineer", "ACCOUNTADMIN")
        assert lab.fails("GRANT ROLE reader TO ROLE stranger", "ENGINEER").code == 3102
        assert "READER" in closure(lab.account, ["ENGINEER"])

    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("ROLE nope TO ROLE reader", 2003),
            ("ROLE reader TO ROLE nope", 2003),
            ("ROLE reader TO USER nope", 2003),
            ("ROLE shop.r TO ROLE reader", 1003),
            ("ROLE reader TO ROLE shop.r", 1003),
            ("APPLICATION ROLE a.r TO ROLE reader", 2),
            ("ROLE reader TO", 1003),
            ("ROLE reader TO reader", 1003),
        ],
    )
    def test_refusals(self, lab: Lab, what: str, code: int) -> None:
        assert lab.fails(f"GRANT {what}", "ACCOUNTADMIN").code == code


class TestDropAndRename:
    def test_dropping_a_role_takes_ownership(self, lab: Lab) -> None:
        assert lab.fails("DROP ROLE reader", "SYSADMIN").code == 3001
        assert lab.run("DROP ROLE reader", "ACCOUNTADMIN") == "READER successfully dropped."
        assert lab.fails("DROP ROLE reader", "ACCOUNTADMIN").code == 2003
        assert "already dropped" in lab.run("DROP ROLE IF EXISTS reader", "ACCOUNTADMIN")

    def test_p22_if_exists_does_not_forgive_missing_ownership(self, lab: Lab) -> None:
        assert lab.fails("DROP ROLE IF EXISTS reader", "SYSADMIN").code == 3001

    def test_r1_system_roles_cannot_be_dropped(self, empty: Lab) -> None:
        assert empty.fails("DROP ROLE sysadmin").code == 3042

    def test_the_dropped_roles_objects_go_to_who_drops_it(self, lab: Lab) -> None:
        table = lab.relation("SHOP", "CORE", "T", owner="ENGINEER")
        lab.run("DROP ROLE engineer", "ACCOUNTADMIN")
        assert lab.owner(table) == "ACCOUNTADMIN"

    @pytest.mark.parametrize("sql", ["ALTER ROLE reader RENAME TO x", "ALTER ROLE reader SET COMMENT = 'x'"])
    def test_altering_a_role_takes_ownership(self, lab: Lab, sql: str) -> None:
        assert lab.fails(sql, "SYSADMIN").code == 3001

    def test_rename_keeps_grants_and_the_session(self, lab: Lab) -> None:
        lab.session = replace(lab.session, role="ACCOUNTADMIN", secondary=("READER",))
        lab.run('ALTER ROLE reader RENAME TO "Reader 2"')
        assert lab.session.secondary == ("Reader 2",)
        assert "Reader 2" in closure(lab.account, ["SYSADMIN"])
        assert lab.fails("ALTER ROLE engineer RENAME TO stranger").code == 2002

    def test_comments_and_unknown_actions(self, lab: Lab) -> None:
        lab.run("ALTER ROLE reader SET COMMENT = 'it''s'", "ACCOUNTADMIN")
        assert lab.account.objects[role("READER")].comment == "it's"
        lab.run("ALTER ROLE reader UNSET COMMENT", "ACCOUNTADMIN")
        lab.run("COMMENT ON ROLE reader IS 'again'", "ACCOUNTADMIN")
        assert lab.account.objects[role("READER")].comment == "again"
        assert "ALTER ROLE … SET SOMETHING" in lab.fails("ALTER ROLE reader SET SOMETHING = 1", "ACCOUNTADMIN").message
        assert lab.run("ALTER ROLE IF EXISTS nope SET COMMENT = 'x'") == "Statement executed successfully."  # M10


class TestUsers:
    def test_create(self, empty: Lab) -> None:
        text = empty.run("CREATE USER anna PASSWORD = 'secret' DEFAULT_ROLE = nope EMAIL = 'a@b.c' COMMENT = 'c'")
        assert text == "User ANNA successfully created."
        anna = empty.account.objects[user("ANNA")]
        assert anna.properties["DEFAULT_ROLE"] == "NOPE"  # R19: not checked
        assert anna.properties["DEFAULT_SECONDARY_ROLES"] == '["ALL"]'  # R20
        assert "secret" not in repr(empty.account)

    @pytest.mark.parametrize(("value", "kept"), [("('ALL')", '["ALL"]'), ("()", "[]")])
    def test_r20_default_secondary_roles(self, empty: Lab, value: str, kept: str) -> None:
        empty.run(f"CREATE USER u DEFAULT_SECONDARY_ROLES = {value}")
        assert empty.account.objects[user("U")].properties["DEFAULT_SECONDARY_ROLES"] == kept
        empty.run("ALTER USER u UNSET DEFAULT_SECONDARY_ROLES")
        assert empty.account.objects[user("U")].properties["DEFAULT_SECONDARY_ROLES"] == '["ALL"]'

    @pytest.mark.parametrize(
        ("properties", "code"),
        [
            ("DEFAULT_SECONDARY_ROLES = ('R1')", 1008),
            ("NETWORK_POLICY = p", 2),
            ("DAYS_TO_EXPIRY = 3", 2),
            ("LOGIN_NAME = 'somebody'", 2),
            ("MUST_CHANGE_PASSWORD = TRUE", 2),
            ("NONSENSE = 1", 1420),
            ("TYPE = ROBOT", 1008),
            ("TYPE = SERVICE PASSWORD = 'x'", 1008),  # C3
            ("DISABLED = MAYBE", 1008),
            ("COMMENT = 'a' COMMENT = 'b'", 1003),
        ],
    )
    def test_refused_properties(self, empty: Lab, properties: str, code: int) -> None:
        assert empty.fails(f"CREATE USER u {properties}").code == code

    def test_r7_only_the_owner_alters(self, empty: Lab) -> None:
        empty.run("CREATE USER u", "USERADMIN")
        empty.run("ALTER USER u SET DISABLED = TRUE DEFAULT_WAREHOUSE = 'wh'", "USERADMIN")
        assert empty.account.objects[user("U")].properties["DISABLED"] == "true"
        assert empty.fails("ALTER USER u SET DISABLED = FALSE", "SYSADMIN").code == 2003
        assert empty.fails("ALTER USER u RESET PASSWORD", "USERADMIN").code == 2
        assert empty.fails("ALTER USER u ADD PROGRAMMATIC ACCESS TOKEN t", "USERADMIN").code == 2


class TestUse:
    def test_a_user_may_activate_inherited_roles(self, lab: Lab) -> None:
        lab.run("USE ROLE reader")  # ADMIN -> ACCOUNTADMIN -> SYSADMIN -> READER
        assert (lab.session.role, lab.session.secondary) == ("READER", "NONE")

    def test_003013_for_a_role_that_is_not_the_users(self, lab: Lab) -> None:
        error = lab.fails("USE ROLE stranger")
        assert (error.code, error.sqlstate) == (3013, "42501")
        assert "Requested role 'STRANGER' is not assigned to the executing user." in error.message
        assert lab.fails("USE ROLE nope").code == 2043

    def test_names_are_stored_names(self, empty: Lab) -> None:
        empty.run_all('CREATE ROLE "mixed"', 'GRANT ROLE "mixed" TO USER admin', 'USE ROLE "mixed"')
        assert empty.session.role == "mixed"
        assert empty.fails("USE ROLE mixed").code == 2043

    def test_r21_secondary_roles(self, lab: Lab) -> None:
        lab.run("USE SECONDARY ROLES ALL")
        assert lab.session.active(lab.account).secondary == ("ACCOUNTADMIN",)
        lab.run("USE SECONDARY ROLES reader, engineer")
        assert lab.session.secondary == ("READER", "ENGINEER")
        assert lab.fails("USE SECONDARY ROLES reader, stranger").code == 3013
        lab.run("USE SECONDARY ROLES NONE")
        assert lab.session.active(lab.account).secondary == ()

    def test_r21_all_follows_later_grants(self, lab: Lab) -> None:
        lab.run("USE SECONDARY ROLES ALL")
        lab.run("GRANT ROLE stranger TO USER admin", "ACCOUNTADMIN")
        assert "STRANGER" in lab.session.active(lab.account).secondary
        lab.run("REVOKE ROLE stranger FROM USER admin", "ACCOUNTADMIN")
        assert "STRANGER" not in lab.session.active(lab.account).secondary

    def test_use_warehouse_takes_usage(self, lab: Lab) -> None:
        lab.run("CREATE WAREHOUSE wh", "SYSADMIN")
        assert lab.fails("USE WAREHOUSE wh", "READER").code == 2043
        lab.run("GRANT MONITOR ON WAREHOUSE wh TO ROLE reader", "SYSADMIN")
        assert lab.fails("USE WAREHOUSE wh", "READER").code == 3001
        lab.run("GRANT USAGE ON WAREHOUSE wh TO ROLE reader", "SYSADMIN")
        lab.run_all("USE ROLE reader", "USE WAREHOUSE wh")
        assert lab.session.warehouse == "WH"

    def test_i14_use_database_goes_to_public(self, lab: Lab) -> None:
        lab.run("USE DATABASE shop")
        assert (lab.session.database, lab.session.schema) == ("SHOP", "PUBLIC")
        lab.run("USE shop.core")
        assert (lab.session.database, lab.session.schema) == ("SHOP", "CORE")
        lab.run("USE SCHEMA gov")
        assert lab.session.schema == "GOV"
        lab.run("USE SCHEMA information_schema")
        lab.run("USE shop")
        assert lab.session.schema == "PUBLIC"

    def test_use_takes_usage_on_database_and_schema(self, lab: Lab) -> None:
        assert lab.fails("USE DATABASE shop", "STRANGER").code == 2043
        lab.run("GRANT USAGE ON DATABASE shop TO ROLE stranger", "SYSADMIN")
        lab.run("USE DATABASE shop", "STRANGER")
        assert lab.fails("USE SCHEMA shop.core", "STRANGER").code == 2043
        lab.run("GRANT MONITOR ON SCHEMA shop.core TO ROLE stranger", "SYSADMIN")
        assert lab.fails("USE SCHEMA shop.core", "STRANGER").code == 3001  # P18: USE itself needs USAGE

    def test_l7_a_shared_database_is_opened_by_imported_privileges(self, lab: Lab) -> None:
        lab.shared_database("SAMPLE")
        assert lab.fails("USE DATABASE sample", "READER").code == 2043
        lab.run("GRANT IMPORTED PRIVILEGES ON DATABASE sample TO ROLE reader", "ACCOUNTADMIN")
        lab.run("USE DATABASE sample", "READER")

    def test_r17_database_roles_cannot_be_activated(self, lab: Lab) -> None:
        assert lab.fails("USE ROLE shop.r").code == 2


def test_dropped_containers_are_nobodys_current_ones(lab: Lab) -> None:
    lab.run("USE SCHEMA shop.core")
    lab.run("DROP SCHEMA shop.core")
    assert (lab.session.database, lab.session.schema) == ("SHOP", "")
    lab.run("DROP DATABASE shop CASCADE")
    assert (lab.session.database, lab.session.schema) == ("", "")
    assert ref(ObjectType.DATABASE, "SHOP") not in lab.account.objects
