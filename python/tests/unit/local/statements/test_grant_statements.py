"""GRANT and REVOKE of privileges (P1-P33, R45-R49)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snowmesh.account.objects import ACCOUNT, ObjectRef, ObjectType, database, schema
from snowmesh.account.privileges import all_of
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.statements import PartiallyExecuted, execute, parse
from tests.unit.local.statements.laboratory import Lab, ref

ORDERS = ref(ObjectType.TABLE, "SHOP", "CORE", "ORDERS")
VIEW = ref(ObjectType.VIEW, "SHOP", "CORE", "V")
SHOP, CORE, LOCKED = database("SHOP"), schema("SHOP", "CORE"), schema("SHOP", "LOCKED")


@pytest.mark.parametrize(
    ("what", "on", "expected"),
    [
        # the words TABLE and ROLE may be left out: this is the form that dbt sends
        ("SELECT ON shop.core.orders TO reader", ORDERS, {"SELECT"}),
        ("select on table orders to role reader", ORDERS, {"SELECT"}),
        ("SELECT, INSERT ON TABLE shop.core.orders TO ROLE reader", ORDERS, {"SELECT", "INSERT"}),
        ("SELECT ON VIEW v TO ROLE reader", VIEW, {"SELECT"}),
        ("SELECT ON TABLE v TO ROLE reader", VIEW, {"SELECT"}),  # S4
        ("INSERT ON VIEW v TO ROLE reader", VIEW, {"INSERT"}),  # P13: can be granted, does nothing
        ("USAGE ON DATABASE shop TO ROLE reader", SHOP, {"USAGE"}),
        ("CREATE TABLE, CREATE VIEW ON SCHEMA shop.core TO ROLE reader", CORE, {"CREATE TABLE", "CREATE VIEW"}),
        ("ALL ON TABLE orders TO ROLE reader", ORDERS, set(all_of(ObjectType.TABLE))),
        ("ALL PRIVILEGES ON SCHEMA core TO ROLE reader", CORE, set(all_of(ObjectType.SCHEMA))),
        ("USAGE ON SCHEMA IDENTIFIER('shop.core') TO ROLE IDENTIFIER('reader')", CORE, {"USAGE"}),
    ],
)
def test_p28_grant(lab: Lab, what: str, on: ObjectRef, expected: set[str]) -> None:
    assert lab.run(f"GRANT {what}") == "Statement executed successfully."
    assert {p for p, role, _, _ in lab.grants(on) if role == "READER"} == expected


@pytest.mark.parametrize(
    ("what", "code", "text"),
    [
        ("DROP ON TABLE orders TO ROLE reader", 1008, "Invalid object type 'TABLE' for privilege 'DROP'."),  # P16
        ("SELECT ON SCHEMA core TO ROLE reader", 1008, "Invalid object type 'SCHEMA' for privilege 'SELECT'."),
        ("CREATE TABLE ON DATABASE shop TO ROLE reader", 1008, "Invalid object type 'DATABASE'"),
        ("SELECT ON TABLE nope TO ROLE reader", 2003, "Object 'SHOP.CORE.NOPE' does not exist or not authorized."),
        ("SELECT ON VIEW orders TO ROLE reader", 1008, "Object found is of type 'TABLE', not specified type 'VIEW'."),
        ("SELECT ON TABLE orders TO ROLE nope", 2003, "Role 'NOPE' does not exist or not authorized."),
        ("SELECT ON TABLE orders TO SHARE s", 2, "TO SHARE"),
        ("SELECT ON TABLE orders TO DATABASE ROLE shop.r", 2003, "Database role 'SHOP.R' does not exist"),
        ("SELECT ON TABLE orders TO ROLE shop.r", 1003, "write DATABASE ROLE before a database role"),
        ("USAGE ON STAGE s TO ROLE reader", 2, "grants on STAGE"),
        ("SELECT ON MATERIALIZED VIEW v TO ROLE reader", 2, "grants on MATERIALIZED VIEW"),
        ("APPLY ON JOIN POLICY p TO ROLE reader", 2, "grants on JOIN POLICY"),
        ("SELECT ON ALL EXTERNAL TABLES IN SCHEMA core TO ROLE reader", 2, "grants on ALL EXTERNAL TABLES"),
        ("APPLY ON ALL TAGS IN SCHEMA gov TO ROLE reader", 1008, "ALL TAGS is not supported"),  # P29, T26
        ("APPLY ON FUTURE TAGS IN SCHEMA gov TO ROLE reader", 1008, "FUTURE TAGS is not supported"),  # P46
        ("APPLY ON FUTURE MASKING POLICIES IN SCHEMA gov TO ROLE reader", 1008, "is not supported"),
        ("INHERITED SELECT ON ALL TABLES IN DATABASE shop TO ROLE reader", 2, "INHERITED"),
        ("SELECT ON TABLE orders TO ROLE reader, engineer", 1003, "unexpected ','"),
        ("ALL, SELECT ON TABLE orders TO ROLE reader", 1003, "ALL stands alone"),
        ("SELECT, OWNERSHIP ON TABLE orders TO ROLE reader", 1003, "OWNERSHIP stands alone"),
        ("SELECT ON TABLE orders", 1003, "unexpected '<EOF>'"),
    ],
)
def test_refused_grants(lab: Lab, what: str, code: int, text: str) -> None:
    error = lab.fails(f"GRANT {what}")
    assert (error.code, text in error.message) == (code, True), error.message


class TestWhoMayGrant:
    """R45-R47, P1, P27."""

    def test_without_any_privilege_the_object_does_not_exist(self, lab: Lab) -> None:
        assert lab.fails("GRANT SELECT ON TABLE orders TO ROLE reader", "STRANGER").code == 2003

    def test_with_another_privilege_the_grant_is_refused(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer")
        error = lab.fails("GRANT SELECT ON TABLE orders TO ROLE reader", "ENGINEER")
        assert (error.code, error.message) == (3102, "Grant not executed: Insufficient privileges.")

    def test_the_grant_option_is_enough_for_that_privilege(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer WITH GRANT OPTION")
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader", "ENGINEER")
        assert ("SELECT", "READER", False, "ENGINEER") in lab.grants(ORDERS)
        assert lab.fails("GRANT INSERT ON TABLE orders TO ROLE reader", "ENGINEER").code == 3102

    def test_r46_in_a_managed_schema_the_schema_owner_grants_and_the_table_owner_does_not(self, lab: Lab) -> None:
        table = lab.relation("SHOP", "LOCKED", "T", owner="ENGINEER")
        lab.run("GRANT USAGE ON SCHEMA shop.locked TO ROLE engineer")
        assert lab.fails("GRANT SELECT ON TABLE shop.locked.t TO ROLE reader", "ENGINEER").code == 3102
        lab.run("GRANT SELECT ON TABLE shop.locked.t TO ROLE reader", "SYSADMIN")
        assert ("SELECT", "READER", False, "SYSADMIN") in lab.grants(table)

    def test_r46_in_a_normal_schema_the_schema_owner_does_not_grant(self, lab: Lab) -> None:
        lab.run("REVOKE ROLE engineer FROM ROLE sysadmin", "ACCOUNTADMIN")
        lab.relation("SHOP", "CORE", "T", owner="ENGINEER")
        assert lab.fails("GRANT SELECT ON TABLE shop.core.t TO ROLE reader", "SYSADMIN").code == 2003

    def test_r49_manage_grants_grants_in_the_name_of_the_owner(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE shop.core.orders TO ROLE reader", "SECURITYADMIN")
        assert lab.grants(ORDERS) == {("SELECT", "READER", False, "SYSADMIN")}

    def test_p1_create_database_is_handed_out_by_its_holder_only(self, lab: Lab) -> None:
        assert lab.fails("GRANT CREATE DATABASE ON ACCOUNT TO ROLE reader", "SECURITYADMIN").code == 3102
        lab.run("GRANT CREATE DATABASE ON ACCOUNT TO ROLE reader", "ACCOUNTADMIN")
        assert ("CREATE DATABASE", "READER", False, "ACCOUNTADMIN") in lab.grants(ACCOUNT)
        lab.run("GRANT MONITOR USAGE ON ACCOUNT TO ROLE reader", "SECURITYADMIN")

    def test_r47_manage_grants_on_a_container(self, lab: Lab) -> None:
        assert lab.fails("GRANT MANAGE GRANTS ON SCHEMA shop.core TO ROLE stranger", "SYSADMIN").code == 3102
        lab.run("GRANT MANAGE GRANTS ON SCHEMA shop.core TO ROLE stranger", "SECURITYADMIN")
        lab.run("GRANT SELECT ON TABLE shop.core.orders TO ROLE reader", "STRANGER")
        assert lab.grants(ORDERS) == {("SELECT", "READER", False, "SYSADMIN")}
        assert lab.fails("GRANT USAGE ON DATABASE shop TO ROLE reader", "STRANGER").code == 2003
        lab.run("GRANT USAGE ON DATABASE shop TO ROLE stranger")
        assert lab.fails("GRANT USAGE ON DATABASE shop TO ROLE reader", "STRANGER").code == 3102
        assert lab.fails("GRANT MANAGE GRANTS ON SCHEMA shop.core TO ROLE reader", "STRANGER").code == 3102

    def test_secondary_roles_count_for_grant(self, lab: Lab) -> None:
        """R22: every statement but CREATE uses primary and secondary roles."""
        lab.session = replace(lab.session, role="PUBLIC", secondary=("SYSADMIN",))
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader")


class TestGrantAll:
    def test_p30_what_may_not_be_granted_is_reported(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer WITH GRANT OPTION")
        statement = parse("GRANT ALL ON TABLE orders TO ROLE reader")
        assert statement is not None
        with pytest.raises(PartiallyExecuted) as caught:
            execute(statement, lab.account, replace(lab.session, role="ENGINEER"))
        assert caught.value.code == 3011
        assert "privileges [DELETE, EVOLVE SCHEMA, INSERT" in caught.value.message
        given = {(g.privilege, g.role) for g in caught.value.outcome.account.grants_on(ORDERS)}
        assert ("SELECT", "READER") in given
        assert ("INSERT", "READER") not in given

    def test_t26_not_on_tags(self, lab: Lab) -> None:
        lab.run("CREATE TAG shop.gov.pii")
        assert lab.fails("GRANT ALL ON TAG shop.gov.pii TO ROLE reader").code == 1008
        lab.run("GRANT APPLY ON TAG shop.gov.pii TO ROLE engineer")

    def test_p8_manage_grants_is_granted_by_name_only(self, lab: Lab) -> None:
        lab.run("GRANT ALL ON DATABASE shop TO ROLE reader", "SECURITYADMIN")
        assert {p for p, r, _, _ in lab.grants(SHOP) if r == "READER"} == {
            "APPLYBUDGET",
            "CREATE DATABASE ROLE",
            "CREATE SCHEMA",
            "EXECUTE AUTO CLASSIFICATION",
            "MODIFY",
            "MONITOR",
            "USAGE",
        }


class TestBulk:
    def test_p29_on_all_grants_on_what_exists_now(self, lab: Lab) -> None:
        other = lab.relation("SHOP", "GOV", "T")
        lab.relation("SHOP", "CORE", "TMP", kind="TEMPORARY")
        status = lab.run("GRANT SELECT ON ALL TABLES IN SCHEMA shop.core TO ROLE reader")
        assert status == "Statement executed successfully. 1 objects affected."
        assert (len(lab.grants(ORDERS)), lab.grants(VIEW), lab.grants(other)) == (1, set(), set())
        assert lab.run("GRANT SELECT ON ALL TABLES IN DATABASE shop TO ROLE reader").endswith("2 objects affected.")
        assert lab.run("REVOKE SELECT ON ALL TABLES IN DATABASE shop FROM reader").endswith("2 objects affected.")
        assert lab.grants(ORDERS) == set()

    def test_all_or_nothing(self, lab: Lab) -> None:
        lab.run("REVOKE ROLE engineer FROM ROLE sysadmin", "ACCOUNTADMIN")
        lab.relation("SHOP", "CORE", "A", owner="ENGINEER")
        lab.run("GRANT SELECT ON TABLE shop.core.a TO ROLE sysadmin", "SECURITYADMIN")
        assert lab.fails("GRANT SELECT ON ALL TABLES IN SCHEMA shop.core TO ROLE reader").code == 3102

    def test_what_the_session_does_not_see_is_left_out(self, lab: Lab) -> None:
        lab.relation("SHOP", "CORE", "MINE", owner="ENGINEER")
        status = lab.run("GRANT SELECT ON ALL TABLES IN SCHEMA shop.core TO ROLE reader", "ENGINEER")
        assert (status.endswith("1 objects affected."), lab.grants(ORDERS)) == (True, set())

    def test_on_all_schemas(self, lab: Lab) -> None:
        assert lab.run("GRANT USAGE ON ALL SCHEMAS IN DATABASE shop TO ROLE reader").endswith("4 objects affected.")
        assert lab.fails("GRANT USAGE ON ALL SCHEMAS IN SCHEMA shop.core TO ROLE reader").code == 1008

    def test_the_privilege_must_exist_even_when_there_is_no_object(self, lab: Lab) -> None:
        assert lab.fails("GRANT DROP ON ALL DYNAMIC TABLES IN SCHEMA shop.core TO ROLE reader").code == 1008


class TestRevoke:
    def test_p31_the_same_grant_twice_is_one(self, lab: Lab) -> None:
        for _ in range(2):
            lab.run("GRANT SELECT ON TABLE orders TO ROLE reader")
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader WITH GRANT OPTION")
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader")
        assert lab.grants(ORDERS) == {("SELECT", "READER", True, "SYSADMIN")}

    def test_p31_revoking_nothing_succeeds(self, lab: Lab) -> None:
        assert lab.run("REVOKE SELECT ON TABLE orders FROM ROLE reader") == "Statement executed successfully."

    def test_p31_only_the_active_grantors_instances(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer WITH GRANT OPTION")
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader")
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader", "ENGINEER")
        lab.run("REVOKE SELECT ON TABLE orders FROM ROLE reader", "ENGINEER")
        assert {g for g in lab.grants(ORDERS) if g[1] == "READER"} == {("SELECT", "READER", False, "SYSADMIN")}
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader", "ENGINEER")
        lab.run("REVOKE SELECT ON TABLE shop.core.orders FROM ROLE reader", "SECURITYADMIN")
        assert not {g for g in lab.grants(ORDERS) if g[1] == "READER"}

    def test_p32_restrict_and_cascade(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer WITH GRANT OPTION")
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader WITH GRANT OPTION", "ENGINEER")
        lab.run("GRANT USAGE ON DATABASE shop TO ROLE reader")
        lab.run("GRANT USAGE ON SCHEMA core TO ROLE reader")
        lab.run("GRANT SELECT ON TABLE orders TO ROLE stranger", "READER")
        error = lab.fails("REVOKE SELECT ON TABLE orders FROM ROLE engineer RESTRICT")
        assert (error.code, "0 grant(s) revoked, 1 grant(s) skipped" in error.message) == (3935, True)
        lab.run("REVOKE SELECT ON TABLE orders FROM ROLE engineer CASCADE")
        assert lab.grants(ORDERS) == set()

    def test_grant_option_for(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer WITH GRANT OPTION")
        lab.run("REVOKE GRANT OPTION FOR SELECT ON TABLE orders FROM ROLE engineer")
        assert lab.grants(ORDERS) == {("SELECT", "ENGINEER", False, "SYSADMIN")}

    def test_p33_what_the_system_granted_stays(self, empty: Lab) -> None:
        empty.run("REVOKE MANAGE GRANTS ON ACCOUNT FROM ROLE securityadmin", "SECURITYADMIN")
        assert ("MANAGE GRANTS", "SECURITYADMIN", True, "") in empty.grants(ACCOUNT)

    def test_r46_the_table_owner_does_not_revoke_in_a_managed_schema(self, lab: Lab) -> None:
        table = lab.relation("SHOP", "CORE", "T", owner="ENGINEER")
        lab.run("GRANT SELECT ON TABLE shop.core.t TO ROLE reader", "ENGINEER")
        lab.run("ALTER SCHEMA shop.core ENABLE MANAGED ACCESS")
        lab.run("REVOKE SELECT ON TABLE shop.core.t FROM ROLE reader", "ENGINEER")
        assert len(lab.grants(table)) == 1
        lab.run("REVOKE SELECT ON TABLE shop.core.t FROM ROLE reader", "SYSADMIN")
        assert lab.grants(table) == set()

    def test_p34_ownership_cannot_be_revoked(self, lab: Lab) -> None:
        assert lab.fails("REVOKE OWNERSHIP ON TABLE orders FROM ROLE sysadmin").code == 1008

    def test_revoke_all(self, lab: Lab) -> None:
        lab.run("GRANT SELECT, INSERT ON TABLE orders TO ROLE reader")
        lab.run("REVOKE ALL PRIVILEGES ON TABLE orders FROM ROLE reader")
        assert lab.grants(ORDERS) == set()


class TestSharedDatabases:
    """L7."""

    @pytest.fixture
    def sample(self, lab: Lab) -> Lab:
        lab.shared_database("SAMPLE")
        return lab

    def test_imported_privileges(self, sample: Lab) -> None:
        sample.run("GRANT IMPORTED PRIVILEGES ON DATABASE sample TO ROLE reader", "ACCOUNTADMIN")
        assert {p for p, *_ in sample.grants(database("SAMPLE"))} == {"IMPORTED PRIVILEGES"}
        sample.run("REVOKE IMPORTED PRIVILEGES ON DATABASE sample FROM ROLE reader", "ACCOUNTADMIN")
        assert sample.grants(database("SAMPLE")) == set()

    @pytest.mark.parametrize(
        "sql",
        [
            "GRANT USAGE ON DATABASE sample TO ROLE reader",
            "REVOKE USAGE ON DATABASE sample FROM ROLE reader",
            "GRANT ALL ON DATABASE sample TO ROLE reader",
            "GRANT SELECT ON FUTURE TABLES IN DATABASE sample TO ROLE reader",
        ],
    )
    def test_individual_privileges_are_refused(self, sample: Lab, sql: str) -> None:
        assert "individual privileges on imported database is not allowed" in sample.fails(sql, "ACCOUNTADMIN").message

    def test_not_on_other_databases_and_without_grant_option(self, sample: Lab) -> None:
        assert sample.fails("GRANT IMPORTED PRIVILEGES ON DATABASE shop TO ROLE reader").code == 1008
        option = "GRANT IMPORTED PRIVILEGES ON DATABASE sample TO ROLE reader WITH GRANT OPTION"
        assert sample.fails(option, "ACCOUNTADMIN").code == 1008

    def test_nothing_is_created_in_it(self, sample: Lab) -> None:
        assert sample.fails("CREATE SCHEMA sample.s", "ACCOUNTADMIN").code == 1008


class TestFutureGrants:
    """P42-P46."""

    def test_applied_at_creation(self, lab: Lab) -> None:
        lab.run("GRANT SELECT, INSERT ON FUTURE TABLES IN SCHEMA shop.core TO ROLE reader", "SECURITYADMIN")
        lab.run("GRANT ALL ON FUTURE VIEWS IN DATABASE shop TO ROLE reader", "SECURITYADMIN")
        table = lab.relation("SHOP", "CORE", "T")
        assert {p for p, *_ in lab.grants(table)} == {"SELECT", "INSERT"}
        assert lab.grants(ORDERS) == set()

    def test_p44_who_may_define_them(self, lab: Lab) -> None:
        error = lab.fails("GRANT SELECT ON FUTURE TABLES IN SCHEMA shop.core TO ROLE reader", "SYSADMIN")
        assert (error.code, "on schema 'CORE'" in error.message) == (3001, True)
        lab.run("GRANT SELECT ON FUTURE TABLES IN SCHEMA shop.locked TO ROLE reader", "SYSADMIN")
        assert lab.fails("GRANT SELECT ON FUTURE TABLES IN DATABASE shop TO ROLE reader", "SYSADMIN").code == 3001

    def test_p45_one_future_owner(self, lab: Lab) -> None:
        lab.run("GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA shop.core TO ROLE engineer", "SECURITYADMIN")
        again = "GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA shop.core TO ROLE reader"
        assert "already granted to role 'ENGINEER'" in lab.fails(again, "SECURITYADMIN").message
        assert lab.owner(lab.relation("SHOP", "CORE", "T")) == "ENGINEER"
        lab.run("REVOKE OWNERSHIP ON FUTURE TABLES IN SCHEMA shop.core FROM ROLE engineer", "SECURITYADMIN")
        lab.run(again, "SECURITYADMIN")

    def test_revoke_and_grant_option(self, lab: Lab) -> None:
        on = "ON FUTURE TABLES IN SCHEMA shop.core"
        lab.run(f"GRANT SELECT {on} TO ROLE reader WITH GRANT OPTION", "SECURITYADMIN")
        lab.run(f"GRANT SELECT {on} TO ROLE reader", "SECURITYADMIN")
        assert [g.grant_option for g in lab.account.future_grants] == [True]
        lab.run(f"REVOKE GRANT OPTION FOR SELECT {on} FROM ROLE reader", "SECURITYADMIN")
        assert [g.grant_option for g in lab.account.future_grants] == [False]
        lab.run(f"REVOKE ALL {on} FROM ROLE reader", "SECURITYADMIN")
        assert lab.account.future_grants == frozenset()

    def test_p42_revoking_leaves_existing_objects_alone(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON FUTURE TABLES IN SCHEMA shop.core TO ROLE reader", "SECURITYADMIN")
        table = lab.relation("SHOP", "CORE", "T")
        lab.run("REVOKE SELECT ON FUTURE TABLES IN SCHEMA shop.core FROM ROLE reader", "SECURITYADMIN")
        assert len(lab.grants(table)) == 1

    def test_the_privilege_must_exist_for_the_type(self, lab: Lab) -> None:
        sql = "GRANT USAGE ON FUTURE TABLES IN SCHEMA shop.core TO ROLE reader"
        assert "Invalid object type 'TABLE' for privilege 'USAGE'." in lab.fails(sql, "SECURITYADMIN").message


class TestOwnership:
    """P34-P41, R16, R50."""

    def test_by_the_owner(self, lab: Lab) -> None:
        lab.run("GRANT OWNERSHIP ON TABLE orders TO ROLE engineer")
        assert lab.owner(ORDERS) == "ENGINEER"

    def test_p36_dependent_grants(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE reader")
        error = lab.fails("GRANT OWNERSHIP ON TABLE orders TO ROLE engineer")
        assert (error.code, error.sqlstate) == (3036, "23001")
        assert "Dependent grant of privilege 'SELECT' on securable 'SHOP.CORE.ORDERS' to role 'READER'" in error.message
        lab.run("GRANT OWNERSHIP ON TABLE orders TO ROLE engineer COPY CURRENT GRANTS")
        assert lab.grants(ORDERS) == {("SELECT", "READER", False, "ENGINEER")}
        lab.run("GRANT OWNERSHIP ON TABLE orders TO ROLE sysadmin REVOKE CURRENT GRANTS", "ENGINEER")
        assert (lab.owner(ORDERS), lab.grants(ORDERS)) == ("SYSADMIN", set())

    def test_p37_copy_takes_the_new_owners_rights(self, lab: Lab) -> None:
        give = "GRANT OWNERSHIP ON TABLE shop.core.orders TO ROLE stranger COPY CURRENT GRANTS"
        assert lab.fails(give, "SYSADMIN").code == 3102
        lab.run(give, "SECURITYADMIN")

    def test_p37_neither_owner_nor_manage_grants(self, lab: Lab) -> None:
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer")
        assert lab.fails("GRANT OWNERSHIP ON TABLE orders TO ROLE engineer", "ENGINEER").code == 3102

    def test_r50_in_a_managed_schema_only_below_its_owner(self, lab: Lab) -> None:
        lab.relation("SHOP", "LOCKED", "T")
        error = lab.fails("GRANT OWNERSHIP ON TABLE shop.locked.t TO ROLE stranger")
        assert "below the schema's owner 'SYSADMIN'" in error.message
        lab.run("GRANT OWNERSHIP ON TABLE shop.locked.t TO ROLE engineer")

    def test_on_all(self, lab: Lab) -> None:
        status = lab.run("GRANT OWNERSHIP ON ALL TABLES IN SCHEMA shop.core TO ROLE engineer COPY CURRENT GRANTS")
        assert (status.endswith("1 objects affected."), lab.owner(ORDERS), lab.owner(VIEW)) == (
            True,
            "ENGINEER",
            "SYSADMIN",
        )

    @pytest.mark.parametrize("what", ["DATABASE shop", "SCHEMA shop.core", "ROLE reader", "USER admin"])
    def test_other_types(self, lab: Lab, what: str) -> None:
        lab.run(f"GRANT OWNERSHIP ON {what} TO ROLE engineer COPY CURRENT GRANTS", "ACCOUNTADMIN")

    @pytest.mark.parametrize(
        ("sql", "code"),
        [
            ("GRANT OWNERSHIP ON ROLE sysadmin TO ROLE reader", 3042),
            ("GRANT OWNERSHIP ON ACCOUNT TO ROLE reader", 1008),
            ("GRANT OWNERSHIP ON TABLE shop.core.orders TO ROLE nope", 2003),
            ("GRANT OWNERSHIP ON TABLE shop.core.orders TO ROLE reader WITH GRANT OPTION", 1003),
            ("GRANT OWNERSHIP ON FUTURE TABLES IN SCHEMA shop.core TO ROLE reader COPY CURRENT GRANTS", 1003),
        ],
    )
    def test_refusals(self, lab: Lab, sql: str, code: int) -> None:
        assert lab.fails(sql, "ACCOUNTADMIN").code == code


def test_an_error_is_a_snowflake_error(lab: Lab) -> None:
    with pytest.raises(SnowflakeError):
        parse("GRANT SELECT ON")
