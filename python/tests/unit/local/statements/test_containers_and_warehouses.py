"""CREATE, ALTER and DROP of DATABASE, SCHEMA and WAREHOUSE (I14, R22, R50, P4, P11, P20-P23, M12)."""

from __future__ import annotations

import pytest

from snowmesh.account.objects import Database, ObjectRef, ObjectType, Schema, database, schema, warehouse
from tests.unit.local.statements.laboratory import Lab


def found(lab: Lab, ref: ObjectRef) -> object:
    return lab.account.objects.get(ref)


class TestDatabases:
    def test_i14_the_session_moves_into_it(self, empty: Lab) -> None:
        assert empty.run("CREATE TRANSIENT DATABASE d COMMENT = 'x'") == "Database D successfully created."
        created = found(empty, database("D"))
        assert isinstance(created, Database)
        assert (created.owner, created.transient, created.comment) == ("ACCOUNTADMIN", True, "x")
        assert (empty.session.database, empty.session.schema) == ("D", "PUBLIC")
        assert schema("D", "PUBLIC") in empty.account.objects

    def test_if_not_exists_changes_nothing(self, empty: Lab) -> None:
        empty.run_all("CREATE DATABASE d", "CREATE DATABASE e")
        before = empty.account
        assert empty.run("CREATE DATABASE IF NOT EXISTS d") == "D already exists, statement succeeded."
        assert (empty.account, empty.session.database) == (before, "E")

    def test_or_replace_empties_it(self, lab: Lab) -> None:
        lab.run("CREATE OR REPLACE DATABASE shop")
        assert [s.ref.name[1] for s in lab.account.of_type(ObjectType.SCHEMA)] == ["PUBLIC"]
        assert lab.account.of_type(ObjectType.TABLE) == []
        assert lab.grants(database("SHOP")) == set()

    def test_or_replace_takes_ownership(self, lab: Lab) -> None:
        lab.run("GRANT CREATE DATABASE ON ACCOUNT TO ROLE engineer", "ACCOUNTADMIN")
        assert lab.fails("CREATE OR REPLACE DATABASE shop", "ENGINEER").code == 3001

    def test_an_invisible_one_is_in_the_way(self, lab: Lab) -> None:
        """Even IF NOT EXISTS cannot say that it succeeded."""
        lab.run("GRANT CREATE DATABASE ON ACCOUNT TO ROLE stranger", "ACCOUNTADMIN")
        for sql in ("CREATE DATABASE shop", "CREATE DATABASE IF NOT EXISTS shop"):
            error = lab.fails(sql, "STRANGER")
            assert (error.code, "current role has no privileges on it" in error.message) == (3041, True)

    @pytest.mark.parametrize(
        ("sql", "code"),
        [
            ("CREATE DATABASE d CLONE shop AT (OFFSET => -1)", 2),
            ("CREATE DATABASE d FROM SHARE a.b", 2),
            ("CREATE DATABASE d NONSENSE = 1", 1420),
            ("CREATE DATABASE a.b", 1003),
            ("ALTER DATABASE shop RENAME TO shop", 2002),
            ("ALTER DATABASE shop SWAP WITH d", 2003),
            ("ALTER DATABASE nope SET COMMENT = 'x'", 2003),
            ("DROP DATABASE nope", 2043),
            ("DROP DATABASE shop RESTRICT", 2),
        ],
    )
    def test_refusals(self, lab: Lab, sql: str, code: int) -> None:
        assert lab.fails(sql).code == code

    def test_modify_is_enough_to_alter(self, lab: Lab) -> None:
        assert lab.fails("ALTER DATABASE shop SET COMMENT = 'x'", "ENGINEER").code == 3001
        lab.run("GRANT MODIFY ON DATABASE shop TO ROLE engineer")
        lab.run("ALTER DATABASE shop SET DATA_RETENTION_TIME_IN_DAYS = 3, COMMENT = 'x'", "ENGINEER")
        changed = lab.account.objects[database("SHOP")]
        assert (changed.comment, changed.properties["DATA_RETENTION_TIME_IN_DAYS"]) == ("x", "3")
        lab.run("ALTER DATABASE shop UNSET COMMENT, DATA_RETENTION_TIME_IN_DAYS", "ENGINEER")
        changed = lab.account.objects[database("SHOP")]
        assert (changed.comment, dict(changed.properties)) == ("", {})

    def test_p23_dropping_takes_ownership(self, lab: Lab) -> None:
        assert lab.fails("DROP DATABASE shop", "ENGINEER").code == 3001
        assert lab.fails("DROP DATABASE IF EXISTS shop", "ENGINEER").code == 3001
        assert lab.run("DROP DATABASE shop") == "SHOP successfully dropped."
        assert lab.run("DROP DATABASE IF EXISTS shop") == (
            "Drop statement executed successfully (SHOP already dropped)."
        )


class TestSchemas:
    def test_i14_and_managed_access(self, lab: Lab) -> None:
        assert lab.run("CREATE SCHEMA new WITH MANAGED ACCESS COMMENT = 'x'") == "Schema NEW successfully created."
        created = found(lab, schema("SHOP", "NEW"))
        assert isinstance(created, Schema)
        assert (created.owner, created.managed_access, lab.session.schema) == ("SYSADMIN", True, "NEW")
        lab.run("ALTER SCHEMA new DISABLE MANAGED ACCESS")
        changed = found(lab, schema("SHOP", "NEW"))
        assert isinstance(changed, Schema) and not changed.managed_access

    def test_r50_managed_access_takes_ownership(self, lab: Lab) -> None:
        lab.run("GRANT MODIFY ON SCHEMA shop.core TO ROLE engineer")
        assert lab.fails("ALTER SCHEMA shop.core ENABLE MANAGED ACCESS", "ENGINEER").code == 3001

    def test_the_privilege_is_asked_for_before_the_name(self, lab: Lab) -> None:
        """dbt sends CREATE SCHEMA IF NOT EXISTS; Snowflake wants CREATE SCHEMA even when the schema is there."""
        error = lab.fails("CREATE SCHEMA IF NOT EXISTS shop.core", "ENGINEER")
        assert (error.code, "on database 'SHOP'" in error.message) == (3001, True)
        lab.run("GRANT CREATE SCHEMA ON DATABASE shop TO ROLE engineer")
        assert (
            lab.run("CREATE SCHEMA IF NOT EXISTS shop.core", "ENGINEER") == "CORE already exists, statement succeeded."
        )
        lab.run("CREATE SCHEMA shop.mine", "ENGINEER")
        assert lab.owner(schema("SHOP", "MINE")) == "ENGINEER"

    @pytest.mark.parametrize(
        ("sql", "role", "code"),
        [
            ("CREATE SCHEMA nope.s", "SYSADMIN", 2003),
            ("CREATE SCHEMA shop.s", "STRANGER", 2003),
            ("CREATE SCHEMA shop.information_schema", "SYSADMIN", 2002),
            ("CREATE SCHEMA shop.s CLONE nope", "SYSADMIN", 2003),
            ("ALTER SCHEMA shop.core RENAME TO shop.c", "ENGINEER", 3001),
            ("DROP SCHEMA shop.nope", "SYSADMIN", 2043),
            ("DROP SCHEMA shop.core", "ENGINEER", 3001),
        ],
    )
    def test_refusals(self, lab: Lab, sql: str, role: str, code: int) -> None:
        assert lab.fails(sql, role).code == code

    def test_i15_without_a_current_database(self, empty: Lab) -> None:
        assert empty.fails("CREATE SCHEMA s").code == 90105

    def test_future_grants_on_schemas_apply(self, lab: Lab) -> None:
        lab.run("GRANT USAGE ON FUTURE SCHEMAS IN DATABASE shop TO ROLE reader", "SECURITYADMIN")
        lab.run("CREATE SCHEMA shop.new")
        assert lab.grants(schema("SHOP", "NEW")) == {("USAGE", "READER", False, "SYSADMIN")}

    def test_tags_at_creation(self, lab: Lab) -> None:
        lab.run("CREATE TAG shop.gov.domain")
        lab.run("CREATE SCHEMA shop.new WITH TAG (shop.gov.domain = 'sales') COMMENT = 'x'")
        assert [dict(v) for v in lab.account.tag_values.values()] == [
            {ObjectRef(ObjectType.TAG, ("SHOP", "GOV", "DOMAIN")): "sales"}
        ]
        assert lab.fails("CREATE SCHEMA shop.other WITH TAG (shop.gov.nope = 'x')").code == 2003


class TestM12:
    """A container goes only when nothing in it protects data outside of it."""

    @pytest.fixture
    def masked(self, lab: Lab) -> Lab:
        lab.run("CREATE MASKING POLICY shop.gov.p AS (v STRING) RETURNS STRING -> '*'")
        lab.run("CREATE TAG shop.gov.pii")
        return lab

    @pytest.mark.parametrize("sql", ["DROP SCHEMA shop.gov", "CREATE OR REPLACE SCHEMA shop.gov"])
    def test_a_policy_set_outside(self, masked: Lab, sql: str) -> None:
        masked.run("ALTER TABLE shop.core.orders ALTER COLUMN name SET MASKING POLICY shop.gov.p", "ACCOUNTADMIN")
        assert masked.fails(sql).code == 3531
        masked.run("DROP DATABASE shop")  # all of it is inside

    @pytest.mark.parametrize("sql", ["DROP SCHEMA shop.gov", "CREATE OR REPLACE SCHEMA shop.gov"])
    def test_a_tag_that_carries_a_policy(self, masked: Lab, sql: str) -> None:
        masked.run("ALTER TAG shop.gov.pii SET MASKING POLICY shop.gov.p", "ACCOUNTADMIN")
        masked.run("ALTER TABLE shop.core.orders SET TAG shop.gov.pii = 'x'", "ACCOUNTADMIN")
        assert masked.fails(sql).code == 3531
        masked.run("ALTER TABLE shop.core.orders UNSET TAG shop.gov.pii", "ACCOUNTADMIN")
        masked.run(sql)


class TestWarehouses:
    def test_create_and_alter(self, lab: Lab) -> None:
        text = lab.run(
            "CREATE WAREHOUSE wh WITH WAREHOUSE_SIZE = 'X-LARGE' AUTO_SUSPEND = NULL INITIALLY_SUSPENDED = TRUE"
        )
        assert text == "Warehouse WH successfully created."
        assert dict(lab.account.objects[warehouse("WH")].properties) == {
            "WAREHOUSE_SIZE": "X-Large",
            "AUTO_SUSPEND": "0",
            "AUTO_RESUME": "true",
            "STATE": "SUSPENDED",
        }
        assert lab.session.warehouse == "WH"
        lab.run("ALTER WAREHOUSE wh SET WAREHOUSE_SIZE = medium COMMENT = 'x'")
        lab.run("ALTER WAREHOUSE wh RESUME")
        assert lab.account.objects[warehouse("WH")].properties["STATE"] == "STARTED"
        lab.run("ALTER WAREHOUSE wh UNSET WAREHOUSE_SIZE")
        assert lab.account.objects[warehouse("WH")].properties["WAREHOUSE_SIZE"] == "X-Small"
        lab.run("ALTER WAREHOUSE wh RENAME TO w2")
        assert lab.session.warehouse == "W2"
        lab.run("DROP WAREHOUSE w2")
        assert lab.session.warehouse == ""

    def test_p11_modify_and_operate(self, lab: Lab) -> None:
        lab.run("CREATE WAREHOUSE wh")
        lab.run("GRANT USAGE ON WAREHOUSE wh TO ROLE engineer")
        assert lab.fails("ALTER WAREHOUSE wh SUSPEND", "ENGINEER").code == 3001
        assert lab.fails("ALTER WAREHOUSE wh SET AUTO_SUSPEND = 1", "ENGINEER").code == 3001
        lab.run("GRANT OPERATE, MODIFY ON WAREHOUSE wh TO ROLE engineer")
        lab.run_all("ALTER WAREHOUSE wh SUSPEND", "ALTER WAREHOUSE wh SET AUTO_SUSPEND = 1", role="ENGINEER")

    def test_p4_manage_warehouses(self, lab: Lab) -> None:
        lab.run("CREATE WAREHOUSE wh")
        lab.run("GRANT USAGE ON WAREHOUSE wh TO ROLE stranger")
        lab.run("GRANT MANAGE WAREHOUSES ON ACCOUNT TO ROLE stranger", "ACCOUNTADMIN")
        lab.run_all("ALTER WAREHOUSE wh SUSPEND", "ALTER WAREHOUSE wh SET AUTO_SUSPEND = 1", role="STRANGER")

    @pytest.mark.parametrize(
        ("clause", "code"),
        [
            ("WAREHOUSE_SIZE = huge", 1008),
            ("AUTO_SUSPEND = 'soon'", 1008),
            ("RESOURCE_MONITOR = m", 2),
            ("NONSENSE = 1", 1420),
            ("AUTO_RESUME", 1003),
        ],
    )
    def test_refused_properties(self, lab: Lab, clause: str, code: int) -> None:
        assert lab.fails(f"CREATE WAREHOUSE wh {clause}").code == code
