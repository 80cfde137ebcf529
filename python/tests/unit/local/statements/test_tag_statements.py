"""CREATE/ALTER/DROP TAG and tags on objects and columns (T1-T24, T51a-T51d, M32)."""

from __future__ import annotations

import pytest

from snowmesh.account.objects import ObjectRef, ObjectType, Tag, database, role, schema, user, warehouse
from snowmesh.account.state import TagTarget
from tests.unit.local.statements.laboratory import Lab, ref

ORDERS = ref(ObjectType.TABLE, "SHOP", "CORE", "ORDERS")
VIEW = ref(ObjectType.VIEW, "SHOP", "CORE", "V")
PII = ref(ObjectType.TAG, "SHOP", "GOV", "PII")
OTHER = ref(ObjectType.TAG, "SHOP", "GOV", "OTHER")


@pytest.fixture
def tagged(lab: Lab) -> Lab:
    """The laboratory with two tags; ENGINEER owns a table of its own."""
    lab.run("CREATE TAG shop.gov.pii ALLOWED_VALUES 'name', 'email'")
    lab.run("CREATE TAG shop.gov.other")
    lab.relation("SHOP", "CORE", "MINE", owner="ENGINEER")
    return lab


def tag(lab: Lab, which: ObjectRef = PII) -> Tag:
    found = lab.account.tag(which)
    assert found is not None
    return found


def values(lab: Lab, target: ObjectRef, column: str = "") -> dict[str, str]:
    return {t.name[-1]: v for t, v in lab.account.tag_values.get(TagTarget(target, column), {}).items()}


class TestDefinition:
    @pytest.mark.parametrize(
        ("clauses", "allowed", "comment"),
        [
            ("", None, ""),  # T3: any string
            ("COMMENT = 'c'", None, "c"),
            ("WITH COMMENT = 'c'", None, "c"),
            ("ALLOWED_VALUES 'b', 'a' COMMENT = 'c'", ("b", "a"), "c"),
            ("ALLOWED_VALUES 'a', 'a'", ("a",), ""),
            ("ALLOWED_VALUES 'it''s', $$x'y$$", ("it's", "x'y"), ""),
        ],
    )
    def test_t2_create(self, lab: Lab, clauses: str, allowed: tuple[str, ...] | None, comment: str) -> None:
        assert lab.run(f"CREATE TAG shop.gov.pii {clauses}") == "Tag PII successfully created."
        assert (tag(lab).allowed_values, tag(lab).comment, tag(lab).owner) == (allowed, comment, "SYSADMIN")

    @pytest.mark.parametrize(
        ("clauses", "code"),
        [
            ("ALLOWED_VALUES = 'a'", 1003),  # T3: no equals sign
            ("ALLOWED_VALUES ('a')", 1003),  # T3: no parentheses
            ("COMMENT = 'c' ALLOWED_VALUES 'a'", 1003),  # T51a: must come first
            ("ALLOWED_VALUES 'a' ALLOWED_VALUES 'b'", 1003),  # T51a: once
            ("COMMENT = 'a' COMMENT = 'b'", 1003),  # T51a: each once
            ("MULTI_VALUE = TRUE", 2),
            ("PROPAGATE = ON_DEPENDENCY", 2),
            ("ON_CONFLICT = 'x'", 2),
            (f"ALLOWED_VALUES '{'x' * 257}'", 1008),  # T1
            ("ALLOWED_VALUES " + ", ".join(f"'{i}'" for i in range(5001)), 1008),  # T3
        ],
    )
    def test_refused_clauses(self, lab: Lab, clauses: str, code: int) -> None:
        assert lab.fails(f"CREATE TAG shop.gov.pii {clauses}").code == code

    def test_t20_create_takes_create_tag_on_the_schema(self, lab: Lab) -> None:
        error = lab.fails("CREATE TAG shop.gov.pii", "ENGINEER")
        assert "must have CREATE TAG granted on SCHEMA SHOP.GOV." in error.message
        lab.run("GRANT CREATE TAG ON SCHEMA shop.gov TO ROLE engineer")
        lab.run("CREATE TAG shop.gov.pii", "ENGINEER")

    @pytest.mark.parametrize(
        ("change", "allowed"),
        [
            ("ADD ALLOWED_VALUES 'phone', 'name'", ("name", "email", "phone")),  # T51c
            ("DROP ALLOWED_VALUES 'name', 'nope'", ("email",)),  # T51c
            ("DROP ALLOWED_VALUES 'name', 'email'", ()),  # T4: nobody can set it
            ("SET ALLOWED_VALUES 'z', 'name'", ("z", "name")),  # T4: the list and its order
            ("UNSET ALLOWED_VALUES", None),  # T4: re-opens it
            ("SET COMMENT = 'c'", ("name", "email")),
        ],
    )
    def test_t4_alter(self, tagged: Lab, change: str, allowed: tuple[str, ...] | None) -> None:
        tagged.run(f"ALTER TAG shop.gov.pii {change}")
        assert tag(tagged).allowed_values == allowed

    def test_t5_assignments_stay_when_the_values_change(self, tagged: Lab) -> None:
        tagged.run("ALTER TABLE orders SET TAG shop.gov.pii = 'name'")
        tagged.run("ALTER TAG shop.gov.pii SET ALLOWED_VALUES 'z'")
        assert values(tagged, ORDERS) == {"PII": "name"}

    def test_rename_drop_and_replace(self, tagged: Lab) -> None:
        tagged.run("ALTER TABLE orders SET TAG shop.gov.pii = 'name', shop.gov.other = 'x'")
        tagged.run("ALTER TAG shop.gov.pii RENAME TO shop.gov.personal")
        assert values(tagged, ORDERS) == {"PERSONAL": "name", "OTHER": "x"}
        tagged.run("DROP TAG shop.gov.personal")  # T18: allowed while assigned
        assert values(tagged, ORDERS) == {"OTHER": "x"}
        tagged.run("CREATE OR REPLACE TAG shop.gov.other")  # T19: assignments are lost
        assert values(tagged, ORDERS) == {}

    @pytest.mark.parametrize("change", ["SET COMMENT = 'x'", "ADD ALLOWED_VALUES 'x'", "RENAME TO shop.gov.x"])
    def test_t20_apply_is_not_ownership(self, tagged: Lab, change: str) -> None:
        tagged.run("GRANT APPLY ON TAG shop.gov.pii TO ROLE engineer")
        tagged.run("GRANT CREATE TAG ON SCHEMA shop.gov TO ROLE engineer")
        for sql in (f"ALTER TAG shop.gov.pii {change}", "DROP TAG shop.gov.pii", "CREATE OR REPLACE TAG shop.gov.pii"):
            assert "must have OWNERSHIP granted on TAG SHOP.GOV.PII." in tagged.fails(sql, "ENGINEER").message

    @pytest.mark.parametrize(
        ("sql", "role_name", "code"),
        [
            ("ALTER TAG shop.gov.pii SET COMMENT = 'x'", "ENGINEER", 2003),
            ("ALTER TAG shop.gov.nope SET COMMENT = 'x'", "SYSADMIN", 2003),  # T51d
            ("ALTER TAG shop.gov.pii SET PROPAGATE = ON_DEPENDENCY", "SYSADMIN", 2),
            ("ALTER TAG shop.gov.pii SET DATA MOVEMENT POLICY p", "SYSADMIN", 2),
            ("ALTER TAG shop.gov.pii UNSET PROPAGATE", "SYSADMIN", 2),
            ("ALTER TAG shop.gov.pii RENAME TO shop.gov.other", "SYSADMIN", 2002),
            ("UNDROP TAG shop.gov.pii", "SYSADMIN", 90025),
            ("CREATE OR ALTER TAG shop.gov.pii", "SYSADMIN", 2),
        ],
    )
    def test_refusals(self, tagged: Lab, sql: str, role_name: str, code: int) -> None:
        assert tagged.fails(sql, role_name).code == code


class TestSetting:
    @pytest.mark.parametrize(
        ("prefix", "target"),
        [
            ("TABLE shop.core.orders", ORDERS),
            ("TABLE IF EXISTS orders", ORDERS),
            ("VIEW v", VIEW),
            ("DATABASE shop", database("SHOP")),
            ("SCHEMA shop.core", schema("SHOP", "CORE")),
            ("WAREHOUSE compute_wh", warehouse("COMPUTE_WH")),
            ("ROLE reader", role("READER")),
            ("USER admin", user("ADMIN")),
        ],
    )
    def test_t12_objects(self, tagged: Lab, prefix: str, target: ObjectRef) -> None:
        tagged.run("GRANT ROLE governor TO ROLE accountadmin", "ACCOUNTADMIN")
        tagged.run(f"ALTER {prefix} SET TAG shop.gov.pii = 'name', shop.gov.other = ''", "ACCOUNTADMIN")
        assert values(tagged, target) == {"PII": "name", "OTHER": ""}
        tagged.run(f"ALTER {prefix} SET TAG shop.gov.pii = 'email'", "ACCOUNTADMIN")  # T17: overwritten
        tagged.run(f"ALTER {prefix} UNSET TAG shop.gov.other, shop.gov.pii", "ACCOUNTADMIN")
        tagged.run(f"ALTER {prefix} UNSET TAG shop.gov.other", "ACCOUNTADMIN")  # T17: not set, succeeds
        assert values(tagged, target) == {}

    @pytest.mark.parametrize(
        "columns",
        [
            "COLUMN id SET TAG shop.gov.other = '1', COLUMN name SET TAG shop.gov.pii = 'name', shop.gov.other = '2'",
            "id SET TAG shop.gov.other = '1', name SET TAG shop.gov.pii = 'name', shop.gov.other = '2'",  # T14
            "COLUMN id SET TAG shop.gov.other='1', name SET TAG shop.gov.pii='name', shop.gov.other='2'",
            "(COLUMN id SET TAG shop.gov.other = '1', COLUMN name SET TAG shop.gov.pii = 'name', shop.gov.other = '2')",
        ],
    )
    @pytest.mark.parametrize("verb", ["ALTER", "MODIFY"])  # M14: both behave alike
    def test_t13_many_columns_in_one_statement(self, tagged: Lab, verb: str, columns: str) -> None:
        tagged.run(f"ALTER TABLE orders {verb} {columns}")
        assert (values(tagged, ORDERS, "ID"), values(tagged, ORDERS, "NAME")) == (
            {"OTHER": "1"},
            {"PII": "name", "OTHER": "2"},
        )
        tagged.run(
            f"ALTER TABLE orders {verb} COLUMN id UNSET TAG shop.gov.other, COLUMN name UNSET TAG shop.gov.pii, shop.gov.other"
        )
        assert tagged.account.tag_values == {}

    def test_i18_a_bare_tag_name_is_of_the_current_schema(self, tagged: Lab) -> None:
        assert "Tag 'SHOP.CORE.PII' does not exist" in tagged.fails("ALTER TABLE orders SET TAG pii = 'name'").message
        tagged.run("USE SCHEMA gov")
        tagged.run("ALTER TABLE core.orders SET TAG pii = 'name'")

    def test_t14_a_column_named_like_a_tag(self, tagged: Lab) -> None:
        tagged.run("USE SCHEMA gov")
        tagged.run("CREATE TAG name")
        tagged.run("ALTER TABLE core.orders ALTER id SET TAG other = 'x', name = 'y', name SET TAG name = 'z'")
        assert values(tagged, ORDERS, "ID") == {"OTHER": "x", "NAME": "y"}
        assert values(tagged, ORDERS, "NAME") == {"NAME": "z"}

    def test_statements_are_atomic(self, tagged: Lab) -> None:
        sql = "ALTER TABLE orders ALTER id SET TAG shop.gov.pii = 'name', COLUMN name SET TAG shop.gov.pii = 'wrong'"
        tagged.fails(sql)  # asserts that nothing changed

    @pytest.mark.parametrize(
        ("sql", "code", "text"),
        [
            ("TABLE orders SET TAG shop.gov.pii = 'Name'", 1008, "Allowed values: 'name', 'email'."),  # T6, E14
            (f"TABLE orders SET TAG shop.gov.other = '{'x' * 257}'", 1008, "256 are allowed"),  # T1
            ("TABLE orders SET TAG shop.gov.nope = 'x'", 2003, "Tag 'SHOP.GOV.NOPE' does not exist or not authorized."),
            ("TABLE nope SET TAG shop.gov.pii = 'name'", 2003, "Object 'SHOP.CORE.NOPE' does not exist"),
            ("TABLE orders ALTER nope SET TAG shop.gov.pii = 'name'", 904, "invalid identifier 'NOPE'"),
            ("TABLE orders UNSET TAG shop.gov.pii = 'name'", 1003, "unexpected '='"),  # T12
            (
                "TABLE v SET TAG shop.gov.pii = 'name'",
                1008,
                "Object found is of type 'VIEW', not specified type 'TABLE'",
            ),
            ("TABLE orders ADD VALUE 'v' FOR TAG shop.gov.pii", 2, "ADD VALUE"),  # T7
            ("ACCOUNT SET TIMEZONE = 'UTC'", 2, "ALTER ACCOUNT SET TIMEZONE"),
            (
                "TABLE orders ALTER id SET TAG shop.gov.other = '1', COLUMN name UNSET TAG shop.gov.other",
                1003,
                "SET TAG, as for the first column",
            ),
            ("TABLE orders ALTER id DROP NOT NULL, COLUMN name SET TAG shop.gov.other = '1'", 2, "use two"),
        ],
    )
    def test_refusals(self, tagged: Lab, sql: str, code: int, text: str) -> None:
        error = tagged.fails(f"ALTER {sql}")
        assert (error.code, text in error.message) == (code, True), error.message

    def test_if_exists(self, tagged: Lab) -> None:
        tagged.run("ALTER TABLE IF EXISTS nope SET TAG shop.gov.pii = 'name'")
        assert tagged.fails("ALTER TABLE IF EXISTS orders SET TAG shop.gov.nope = 'name'").code == 2003
        assert tagged.fails("ALTER TABLE IF EXISTS v SET TAG shop.gov.pii = 'name'").code == 1008


class TestQuotas:
    def test_t9_fifty_tags_on_an_object(self, tagged: Lab) -> None:
        self._tags(tagged, 51)
        for i in range(50):
            tagged.run(f"ALTER TABLE orders SET TAG shop.gov.t{i} = ''")
        assert "50 are allowed" in tagged.fails("ALTER TABLE orders SET TAG shop.gov.t50 = ''").message
        tagged.run("ALTER TABLE orders ALTER id SET TAG shop.gov.t50 = ''")  # columns count by themselves

    def test_t10_fifty_different_tags_over_all_columns(self, tagged: Lab) -> None:
        self._tags(tagged, 51)
        for i in range(50):
            tagged.run(f"ALTER TABLE orders ALTER {('id', 'name')[i % 2]} SET TAG shop.gov.t{i} = ''")
        tagged.run("ALTER TABLE orders ALTER mail SET TAG shop.gov.t7 = ''")  # the same tag counts once
        assert tagged.fails("ALTER TABLE orders ALTER mail SET TAG shop.gov.t50 = ''").code == 1008

    def test_t11_a_hundred_pairs_in_a_statement(self, tagged: Lab) -> None:
        names = [f"shop.gov.t{i} = ''" for i in range(101)]
        error = tagged.fails(f"ALTER TABLE orders SET TAG {', '.join(names)}")
        assert "One statement sets 101 tags" in error.message
        columns = [f"COLUMN id SET TAG {', '.join(names[:60])}", f"COLUMN name SET TAG {', '.join(names[:41])}"]
        assert "One statement sets 101 tags" in tagged.fails(f"ALTER TABLE orders ALTER {', '.join(columns)}").message

    def _tags(self, lab: Lab, count: int) -> None:
        lab.run_all(*(f"CREATE TAG shop.gov.t{i}" for i in range(count)))


class TestPrivileges:
    """T21: APPLY TAG on ACCOUNT, or APPLY on the tag and OWNERSHIP of the object."""

    SET = "ALTER TABLE shop.core.{} SET TAG shop.gov.pii = 'name'"

    def test_owning_the_table_is_not_enough(self, tagged: Lab) -> None:
        assert tagged.fails(self.SET.format("mine"), "ENGINEER").code == 2003  # nothing on the tag
        tagged.run("GRANT READ ON TAG shop.gov.pii TO ROLE engineer")
        assert tagged.fails(self.SET.format("mine"), "ENGINEER").code == 3001

    def test_apply_and_ownership(self, tagged: Lab) -> None:
        tagged.run("GRANT APPLY ON TAG shop.gov.pii TO ROLE engineer")
        tagged.run(self.SET.format("mine"), "ENGINEER")
        tagged.run("ALTER TABLE shop.core.mine ALTER id SET TAG shop.gov.pii = 'name'", "ENGINEER")
        tagged.run("ALTER TABLE shop.core.mine UNSET TAG shop.gov.pii", "ENGINEER")
        tagged.run("GRANT SELECT ON TABLE shop.core.orders TO ROLE engineer")
        error = tagged.fails(self.SET.format("orders"), "ENGINEER")
        assert "must have OWNERSHIP granted on TABLE SHOP.CORE.ORDERS." in error.message

    def test_the_global_privilege_works_on_foreign_tables(self, tagged: Lab) -> None:
        tagged.run(self.SET.format("orders"), "GOVERNOR")
        tagged.run("ALTER DATABASE shop SET TAG shop.gov.pii = 'name'", "GOVERNOR")
        assert tagged.fails("ALTER DATABASE shop SET COMMENT = 'x'", "GOVERNOR").code == 3001

    def test_but_their_containers_must_be_open(self, tagged: Lab) -> None:
        """P18, R4: also for a role that sees every name."""
        tagged.run("GRANT RESOLVE ALL ON ACCOUNT TO ROLE governor", "ACCOUNTADMIN")
        tagged.run("REVOKE USAGE ON SCHEMA shop.core FROM ROLE governor")
        error = tagged.fails(self.SET.format("orders"), "GOVERNOR")
        assert "Object 'SHOP.CORE.ORDERS' does not exist or not authorized." in error.message

    def test_the_tags_parents_must_be_open(self, tagged: Lab) -> None:
        tagged.run("REVOKE USAGE ON SCHEMA shop.gov FROM ROLE governor")
        assert "Tag 'SHOP.GOV.PII'" in tagged.fails(self.SET.format("orders"), "GOVERNOR").message

    def test_unset_takes_the_same(self, tagged: Lab) -> None:
        tagged.run(self.SET.format("mine"), "SYSADMIN")
        assert tagged.fails("ALTER TABLE shop.core.mine UNSET TAG shop.gov.pii", "ENGINEER").code == 2003


class TestTagPolicies:
    """M32, T18, T22-T24."""

    @pytest.fixture
    def masked(self, tagged: Lab) -> Lab:
        for name, kind in (("text1", "STRING"), ("text2", "VARCHAR"), ("num", "NUMBER")):
            tagged.run(f"CREATE MASKING POLICY shop.gov.{name} AS (v {kind}) RETURNS {kind} -> v")
        return tagged

    def policies(self, lab: Lab) -> list[str]:
        return [p.name[-1] for p in tag(lab).masking_policies]

    def test_t23_takes_apply_masking_policy_on_account(self, masked: Lab) -> None:
        sql = "ALTER TAG shop.gov.pii SET MASKING POLICY shop.gov.text1"
        assert "APPLY MASKING POLICY granted on ACCOUNT LOCAL" in masked.fails(sql, "SYSADMIN").message
        masked.run(sql, "ACCOUNTADMIN")
        unset = "ALTER TAG shop.gov.pii UNSET MASKING POLICY shop.gov.text1"
        assert masked.fails(unset, "SYSADMIN").code == 3001
        masked.run(unset, "ACCOUNTADMIN")

    def test_m32_one_policy_per_data_type(self, masked: Lab) -> None:
        alter = "ALTER TAG shop.gov.pii"
        masked.run(f"{alter} SET MASKING POLICY shop.gov.text1, MASKING POLICY shop.gov.num", "ACCOUNTADMIN")
        masked.run(f"{alter} SET MASKING POLICY shop.gov.text1", "ACCOUNTADMIN")  # the same again
        error = masked.fails(f"{alter} SET MASKING POLICY shop.gov.text2", "ACCOUNTADMIN")
        assert "at most one policy per data type" in error.message
        masked.run(f"{alter} SET MASKING POLICY shop.gov.text2 FORCE", "ACCOUNTADMIN")
        assert self.policies(masked) == ["NUM", "TEXT2"]
        masked.run(f"{alter} UNSET MASKING POLICY shop.gov.num, MASKING POLICY shop.gov.text2", "ACCOUNTADMIN")
        assert self.policies(masked) == []

    def test_t18_m41_neither_tag_nor_policy_is_dropped_while_they_belong_together(self, masked: Lab) -> None:
        masked.run("ALTER TAG shop.gov.pii SET MASKING POLICY shop.gov.text1", "ACCOUNTADMIN")
        for sql in (
            "DROP TAG shop.gov.pii",
            "CREATE OR REPLACE TAG shop.gov.pii",
            "DROP MASKING POLICY shop.gov.text1",
        ):
            assert masked.fails(sql, "SYSADMIN").code == 3531

    def test_t22_t24_on_a_container_it_takes_the_global_privilege(self, masked: Lab) -> None:
        set_tag = "ALTER SCHEMA shop.core SET TAG shop.gov.pii = 'name'"
        masked.run(set_tag, "SYSADMIN")
        masked.run("ALTER TAG shop.gov.pii SET MASKING POLICY shop.gov.text1", "ACCOUNTADMIN")
        for sql in (set_tag, "ALTER SCHEMA shop.core UNSET TAG shop.gov.pii"):
            assert "APPLY MASKING POLICY" in masked.fails(sql, "SYSADMIN").message
        masked.run("ALTER TABLE shop.core.orders SET TAG shop.gov.pii = 'name'", "SYSADMIN")  # a table of its own
        masked.run("ALTER SCHEMA shop.core UNSET TAG shop.gov.pii", "ACCOUNTADMIN")

    def test_unknown_policy(self, masked: Lab) -> None:
        error = masked.fails("ALTER TAG shop.gov.pii SET MASKING POLICY shop.gov.nope", "ACCOUNTADMIN")
        assert "Masking policy 'SHOP.GOV.NOPE' does not exist or not authorized." in error.message  # E6
