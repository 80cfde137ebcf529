"""CREATE/ALTER/DROP MASKING POLICY and masking policies on columns (M1-M30)."""

from __future__ import annotations

import pytest

from snowmesh.account.objects import MaskingPolicy, ObjectRef, ObjectType
from tests.unit.local.statements.laboratory import Lab, ref

ORDERS = ref(ObjectType.TABLE, "SHOP", "CORE", "ORDERS")
P = ref(ObjectType.MASKING_POLICY, "SHOP", "GOV", "P")
CREATE = "CREATE MASKING POLICY shop.gov.p AS "


@pytest.fixture
def masked(lab: Lab) -> Lab:
    """The laboratory with policies for text and numbers; ENGINEER owns a table of its own."""
    for name, kind in (("p", "STRING"), ("p2", "VARCHAR"), ("num", "NUMBER")):
        lab.run(f"CREATE MASKING POLICY shop.gov.{name} AS (v {kind}) RETURNS {kind} -> NULL")
    lab.run("CREATE MASKING POLICY shop.gov.cond AS (v STRING, id NUMBER) RETURNS STRING -> IFF(id = 1, v, '*')")
    lab.run("CREATE MASKING POLICY shop.gov.free AS (v STRING) RETURNS STRING -> '*' EXEMPT_OTHER_POLICIES = TRUE")
    lab.relation("SHOP", "CORE", "MINE", owner="ENGINEER")
    return lab


def policy(lab: Lab, which: ObjectRef = P) -> MaskingPolicy:
    found = lab.account.masking_policy(which)
    assert found is not None
    return found


def masks(lab: Lab, target: ObjectRef = ORDERS) -> dict[str, tuple[str, tuple[str, ...]]]:
    return {c: (m.policy.name[-1], m.using) for (r, c), m in lab.account.masks.items() if r == target}


class TestDefinition:
    def test_m1_comment_and_exempt_come_after_the_body(self, lab: Lab) -> None:
        sql = (
            f'{CREATE} (val STRING, "Id" NUMBER(10, 2)) RETURNS VARCHAR -> /* c */ CASE WHEN "Id" = 1 THEN val\n'
            "ELSE 'a = ''b''' END COMMENT = 'it''s' EXEMPT_OTHER_POLICIES = TRUE"
        )
        assert lab.run(sql) == "Masking policy P successfully created."
        found = policy(lab)
        assert found.signature == (("VAL", "VARCHAR(134217728)"), ("Id", "NUMBER(10,2)"))  # M4
        assert found.returns == "VARCHAR(134217728)"
        assert found.body == "CASE WHEN \"Id\" = 1 THEN val\nELSE 'a = ''b''' END"
        assert (found.comment, found.exempt_other_policies, found.owner) == ("it's", True, "SYSADMIN")

    @pytest.mark.parametrize(
        "body",
        [
            "CASE WHEN CURRENT_ROLE() IN ('A', 'B') THEN v ELSE '****' END",
            "CASE WHEN current_role = 'A' THEN v ELSE NULL END",
            "IFF(IS_ROLE_IN_SESSION('A'), v, SHA2(v))",
            "REGEXP_REPLACE(v, '.+@', '*****@')",
            "LEFT(v, 2) || '***'",
            "CASE WHEN SYSTEM$GET_TAG_ON_CURRENT_COLUMN('shop.gov.t') = 'x' THEN v ELSE SOME_UDF(v) END",
            "CASE WHEN EXISTS (SELECT 1 FROM shop.core.orders o WHERE o.name = CURRENT_ROLE() AND id = 1) THEN v END",
            "(SELECT MAX(mail) FROM shop.core.orders WHERE name = v)",
            "COALESCE(v, 'x')",
            "NULL",
            "TO_VARCHAR(1)",
        ],
    )
    def test_m5_bodies(self, lab: Lab, body: str) -> None:
        lab.run(f"{CREATE} (v STRING) RETURNS STRING -> {body}")
        assert policy(lab).body == body

    @pytest.mark.parametrize(
        ("rest", "code", "text"),
        [
            ("(v STRING) RETURNS STRING -> nosuch", 904, "invalid identifier 'NOSUCH'"),  # M3
            ("(v STRING) RETURNS STRING -> '*' || nosuch", 904, "at position 7\ninvalid identifier 'NOSUCH'"),
            ("(v STRING) RETURNS STRING -> t.v", 904, "invalid identifier 'T.V'"),
            ("(v STRING) RETURNS STRING -> (SELECT nope FROM shop.core.orders)", 904, "invalid identifier 'NOPE'"),
            ("(v STRING) RETURNS STRING -> (SELECT 1 FROM nope)", 2003, "Object 'SHOP.GOV.NOPE' does not exist"),
            (
                "(v STRING) RETURNS STRING -> 1",
                90207,
                "Declared return type 'VARCHAR(134217728)' is incompatible with actual return type 'NUMBER(1,0)'",
            ),
            ("(v STRING) RETURNS STRING -> v = 'x'", 90207, "actual return type 'BOOLEAN'"),
            ("(v NUMBER) RETURNS NUMBER -> '****'", 90207, "actual return type 'VARCHAR(134217728)'"),
            ("(v STRING) RETURNS STRING -> v::NUMBER", 90207, "incompatible"),
            ("(v NUMBER) RETURNS NUMBER -> IFF(TRUE, v, '*')", 1008, "argument and return type mismatch."),  # E8
            ("(v STRING) RETURNS NUMBER -> 1", 1008, "argument and return type mismatch."),  # M2
            ("() RETURNS STRING -> 'x'", 1003, "an identifier"),  # M2: no zero-argument form
            ("(v STRING, v NUMBER) RETURNS STRING -> v", 1003, "named twice"),
            ("(v NOSUCHTYPE) RETURNS NOSUCHTYPE -> v", 1003, "is not a data type"),
            ("(v STRING) RETURNS STRING -> ", 1003, "an expression"),
            ("(v STRING) RETURNS STRING -> DROP TABLE x", 1003, "one expression"),
            ("(v STRING) RETURNS STRING -> v; DROP TABLE x", 1003, "one expression"),
            ("(v STRING) RETURNS STRING -> SELECT 1", 1003, "one expression"),
            ("(v STRING) RETURNS STRING -> v COMMENT = 3", 1003, "COMMENT"),
        ],
    )
    def test_m3_the_body_is_compiled(self, lab: Lab, rest: str, code: int, text: str) -> None:
        error = lab.fails(f"{CREATE} {rest}")
        assert (error.code, text in error.message) == (code, True), error.message

    def test_m6_the_owner_must_be_able_to_read_what_the_body_reads(self, lab: Lab) -> None:
        lab.run("GRANT CREATE MASKING POLICY ON SCHEMA shop.gov TO ROLE engineer")
        sql = f"{CREATE} (v STRING) RETURNS STRING -> (SELECT MAX(name) FROM shop.core.orders)"
        assert "Object 'SHOP.CORE.ORDERS' does not exist" in lab.fails(sql, "ENGINEER").message
        lab.run("GRANT SELECT ON TABLE orders TO ROLE engineer")
        lab.run(sql, "ENGINEER")

    def test_create_takes_the_privilege_on_the_schema(self, lab: Lab) -> None:
        error = lab.fails(f"{CREATE} (v STRING) RETURNS STRING -> v", "ENGINEER")
        assert "must have CREATE MASKING POLICY granted on SCHEMA SHOP.GOV." in error.message

    def test_m10_alter(self, masked: Lab) -> None:
        masked.run("ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.p", "ACCOUNTADMIN")
        masked.run("ALTER MASKING POLICY shop.gov.p SET BODY -> 'x' || v")
        assert policy(masked).body == "'x' || v"
        masked.run("ALTER MASKING POLICY shop.gov.p SET COMMENT = 'c'")
        masked.run("ALTER MASKING POLICY shop.gov.p RENAME TO shop.gov.renamed")
        assert masks(masked) == {"NAME": ("RENAMED", ())}
        masked.run("CREATE TAG shop.gov.t")
        masked.run("ALTER MASKING POLICY shop.gov.renamed SET TAG shop.gov.t = 'x'")
        masked.run("ALTER MASKING POLICY IF EXISTS shop.gov.nope SET BODY -> 'x'")

    @pytest.mark.parametrize(
        ("sql", "role", "code"),
        [
            ("ALTER MASKING POLICY shop.gov.p SET BODY -> nosuch", "SYSADMIN", 904),
            ("ALTER MASKING POLICY shop.gov.p SET BODY -> 1", "SYSADMIN", 90207),
            ("ALTER MASKING POLICY shop.gov.p SET BODY -> v", "ENGINEER", 2003),
            ("ALTER MASKING POLICY shop.gov.p SET EXEMPT_OTHER_POLICIES = TRUE", "SYSADMIN", 2),  # M31
            ("ALTER MASKING POLICY shop.gov.nope SET BODY -> v", "SYSADMIN", 2003),
            ("DROP MASKING POLICY shop.gov.nope", "SYSADMIN", 2003),  # M11
            ("UNDROP MASKING POLICY shop.gov.p", "SYSADMIN", 2),
            ("CREATE OR ALTER MASKING POLICY shop.gov.p AS (v STRING) RETURNS STRING -> v", "SYSADMIN", 2),
        ],
    )
    def test_refusals(self, masked: Lab, sql: str, role: str, code: int) -> None:
        assert masked.fails(sql, role).code == code

    def test_apply_is_not_ownership(self, masked: Lab) -> None:
        masked.run("GRANT APPLY ON MASKING POLICY shop.gov.p TO ROLE engineer")
        for change in ("SET BODY -> v", "SET COMMENT = 'x'", "RENAME TO shop.gov.x"):
            error = masked.fails(f"ALTER MASKING POLICY shop.gov.p {change}", "ENGINEER")
            assert "must have OWNERSHIP granted on POLICY SHOP.GOV.P." in error.message

    def test_m9_an_attached_policy_is_neither_dropped_nor_replaced(self, masked: Lab) -> None:
        masked.run("ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.p", "ACCOUNTADMIN")
        replace = "CREATE OR REPLACE MASKING POLICY shop.gov.p AS (v STRING) RETURNS STRING -> v"
        for sql in ("DROP MASKING POLICY shop.gov.p", replace):
            error = masked.fails(sql)
            assert (error.code, error.sqlstate) == (3531, "23001")
            assert "Policy P cannot be dropped/replaced as it is associated" in error.message
        masked.run("ALTER TABLE orders ALTER name UNSET MASKING POLICY", "ACCOUNTADMIN")
        masked.run(replace)
        assert masked.run("DROP MASKING POLICY shop.gov.p") == "P successfully dropped."

    def test_m8_if_not_exists_keeps_the_policy_as_it_is(self, masked: Lab) -> None:
        masked.run("CREATE MASKING POLICY IF NOT EXISTS shop.gov.p AS (v NUMBER) RETURNS NUMBER -> 0")
        assert policy(masked).body == "NULL"


class TestAttaching:
    def test_m15_several_columns_in_one_statement(self, masked: Lab) -> None:
        masked.run(
            "ALTER TABLE orders MODIFY COLUMN name SET MASKING POLICY shop.gov.p, "
            "COLUMN mail SET MASKING POLICY shop.gov.cond USING (mail, id)",
            "ACCOUNTADMIN",
        )
        assert masks(masked) == {"NAME": ("P", ()), "MAIL": ("COND", ("MAIL", "ID"))}
        masked.run(
            "ALTER TABLE orders ALTER name UNSET MASKING POLICY, COLUMN mail UNSET MASKING POLICY", "ACCOUNTADMIN"
        )
        assert masks(masked) == {}

    def test_views_and_dynamic_tables(self, masked: Lab) -> None:
        dynamic = masked.relation("SHOP", "CORE", "DT", type=ObjectType.DYNAMIC_TABLE)
        masked.run("ALTER VIEW v ALTER name SET MASKING POLICY shop.gov.p", "ACCOUNTADMIN")
        masked.run("ALTER DYNAMIC TABLE dt ALTER name SET MASKING POLICY shop.gov.p", "ACCOUNTADMIN")
        masked.run("ALTER TABLE dt ALTER mail SET MASKING POLICY shop.gov.p", "ACCOUNTADMIN")
        assert masks(masked, dynamic) == {"NAME": ("P", ()), "MAIL": ("P", ())}

    def test_m16_the_same_again_changes_nothing_another_one_fails(self, masked: Lab) -> None:
        set_p = "ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.p"
        for _ in range(2):
            masked.run(set_p, "ACCOUNTADMIN")
        masked.run(f"{set_p} USING (name)", "ACCOUNTADMIN")
        error = masked.fails("ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.p2", "ACCOUNTADMIN")
        assert "Specified column already attached to another masking policy." in error.message  # E7

    def test_m17_force_replaces_with_the_same_type_only(self, masked: Lab) -> None:
        masked.run("ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.p FORCE", "ACCOUNTADMIN")
        masked.run("ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.p2 FORCE", "ACCOUNTADMIN")
        assert masks(masked) == {"NAME": ("P2", ())}

    @pytest.mark.parametrize(
        ("clause", "code", "text"),
        [
            ("id SET MASKING POLICY shop.gov.p", 1008, "Column 'ID' data type 'NUMBER(38,0)' does not match"),  # M24
            ("rate SET MASKING POLICY shop.gov.num", 1008, "Column 'RATE' data type 'FLOAT' does not match"),
            ("sold SET MASKING POLICY shop.gov.p", 1008, "Column 'SOLD' data type 'DATE' does not match"),
            ("nope SET MASKING POLICY shop.gov.p", 904, "invalid identifier 'NOPE'"),
            ("name SET MASKING POLICY shop.gov.nope", 2003, "Masking policy 'SHOP.GOV.NOPE' does not exist"),  # E6
            ("name SET MASKING POLICY shop.gov.cond", 2, "without USING"),  # M18
            ("name SET MASKING POLICY shop.gov.cond USING (id, name)", 1008, "must be the masked column 'NAME'"),
            ("name SET MASKING POLICY shop.gov.cond USING (name)", 1008, "expected 2 arguments, got 1"),
            ("name SET MASKING POLICY shop.gov.cond USING (name, rate)", 1008, "Column 'RATE'"),
            ("name SET MASKING POLICY shop.gov.cond USING (name, nope)", 904, "invalid identifier 'NOPE'"),
            ("name SET JOIN POLICY p", 2, "JOIN POLICY"),
            ("name SET MASKING POLICY shop.gov.p, COLUMN mail SET TAG a = 'x'", 1003, "as for the first column"),
        ],
    )
    def test_refusals(self, masked: Lab, clause: str, code: int, text: str) -> None:
        error = masked.fails(f"ALTER TABLE orders ALTER COLUMN {clause}", "ACCOUNTADMIN")
        assert (error.code, text in error.message) == (code, True), error.message

    def test_all_columns_or_none(self, masked: Lab) -> None:
        masked.fails(
            "ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.p, COLUMN id SET MASKING POLICY shop.gov.p",
            "ACCOUNTADMIN",
        )

    def test_m30_a_masked_column_is_no_condition_of_another_policy(self, masked: Lab) -> None:
        conditional = "ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.cond USING (name, id)"
        mask_id = "ALTER TABLE orders ALTER id SET MASKING POLICY shop.gov.num"
        masked.run(mask_id, "ACCOUNTADMIN")
        assert "Column 'ID' cannot be used as policy argument" in masked.fails(conditional, "ACCOUNTADMIN").message
        masked.run("ALTER TABLE orders ALTER id UNSET MASKING POLICY", "ACCOUNTADMIN")
        masked.run(conditional, "ACCOUNTADMIN")
        assert "Column 'ID' cannot be used as policy argument" in masked.fails(mask_id, "ACCOUNTADMIN").message

    def test_m30_unless_its_own_policy_is_exempt(self, masked: Lab) -> None:
        masked.run(
            "CREATE MASKING POLICY shop.gov.if_mail AS (v STRING, m STRING) RETURNS STRING -> IFF(m = '', v, '*')"
        )
        conditional = "ALTER TABLE orders ALTER name SET MASKING POLICY shop.gov.if_mail USING (name, mail)"
        exempt = "ALTER TABLE orders ALTER mail SET MASKING POLICY shop.gov.free"
        masked.run_all(exempt, conditional, role="ACCOUNTADMIN")
        masked.run("ALTER TABLE orders ALTER mail UNSET MASKING POLICY", "ACCOUNTADMIN")
        masked.run(exempt, "ACCOUNTADMIN")

    @pytest.mark.parametrize(
        "phrase",
        [
            "UNSET PRIVACY POLICY",
            "ADD PRIVACY POLICY p",
            "DROP JOIN POLICY p",
            "SET JOIN POLICY p",
        ],
    )
    def test_other_policies_are_refused_by_name(self, masked: Lab, phrase: str) -> None:
        assert masked.fails(f"ALTER TABLE orders {phrase}").code == 2


class TestPrivileges:
    """M22: APPLY MASKING POLICY on ACCOUNT, or APPLY on the policy and OWNERSHIP of the table."""

    SET = "ALTER TABLE shop.core.mine ALTER name SET MASKING POLICY shop.gov.p"
    UNSET = "ALTER TABLE shop.core.mine ALTER name UNSET MASKING POLICY"

    def test_the_owner_alone_may_neither_set_nor_unset(self, masked: Lab) -> None:
        assert "Masking policy 'SHOP.GOV.P' does not exist" in masked.fails(self.SET, "ENGINEER").message  # E6
        masked.run(self.SET, "GOVERNOR")
        assert "ALTER TABLE UNSET MASKING POLICY 'P'" in masked.fails(self.UNSET, "ENGINEER").message  # E9

    def test_apply_and_ownership(self, masked: Lab) -> None:
        masked.run("GRANT APPLY ON MASKING POLICY shop.gov.p TO ROLE engineer")
        masked.run(self.SET, "ENGINEER")
        masked.run(self.UNSET, "ENGINEER")
        masked.run("GRANT SELECT ON TABLE shop.core.orders TO ROLE engineer")
        error = masked.fails(self.SET.replace("mine", "orders"), "ENGINEER")
        assert "must have OWNERSHIP granted on TABLE SHOP.CORE.ORDERS." in error.message

    def test_the_policys_parents_must_be_open(self, masked: Lab) -> None:
        masked.run("REVOKE USAGE ON SCHEMA shop.gov FROM ROLE governor")
        assert "Masking policy 'SHOP.GOV.P'" in masked.fails(self.SET, "GOVERNOR").message

    def test_the_tables_parents_must_be_open(self, masked: Lab) -> None:
        """P18, R4: also for a role that sees every name."""
        masked.run("GRANT RESOLVE ALL ON ACCOUNT TO ROLE governor", "ACCOUNTADMIN")
        masked.run("REVOKE USAGE ON SCHEMA shop.core FROM ROLE governor")
        assert "Object 'SHOP.CORE.MINE'" in masked.fails(self.SET, "GOVERNOR").message

    def test_unset_without_a_policy_succeeds(self, masked: Lab) -> None:
        masked.run(self.UNSET, "ENGINEER")
