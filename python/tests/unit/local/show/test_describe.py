"""DESCRIBE: tables, views, policies, users, containers (S16, S21-S23, M4, P25)."""

import pytest

from snowmesh.account.data_types import UnknownDataType
from snowmesh.account.grants import Grant
from snowmesh.account.objects import ACCOUNT, MaskingPolicy, ObjectRef, ObjectType
from snowmesh.local.errors import SnowflakeError


def test_a_table(ask_shop) -> None:
    """S22: types as printed, Y/N, comment NULL when empty."""
    rows = ask_shop("describe table shop.core.orders", role="READER")
    assert [(r["name"], r["type"], r["null?"], r["comment"]) for r in rows] == [
        ("ID", "NUMBER(38,0)", "N", None),
        ("NAME", "VARCHAR(16777216)", "Y", "who"),
        ("AMOUNT", "NUMBER(12,2)", "Y", None),
        ("SOLD_AT", "TIMESTAMP_NTZ(9)", "Y", None),
        ("RATE", "FLOAT", "Y", None),
    ]
    assert {(r["kind"], r["primary key"], r["unique key"]) for r in rows} == {("COLUMN", "N", "N")}


def test_policy_name_is_the_policy_set_directly(ask_shop) -> None:
    """M67, S22; D:sql-reference/sql/desc-table: a tag-based policy shows NULL here."""
    names = {r["name"]: r["policy name"] for r in ask_shop("describe table shop.core.orders")}
    assert names == {"ID": None, "NAME": "SHOP.GOV.MASK_TEXT", "AMOUNT": None, "SOLD_AT": None, "RATE": None}


def test_names_resolve_in_the_session(ask_shop) -> None:
    """I12, I15."""
    assert len(ask_shop("describe table orders", database="SHOP", schema="CORE")) == 5
    assert len(ask_shop("desc table core.orders", database="SHOP")) == 5
    with pytest.raises(SnowflakeError) as caught:
        ask_shop("describe table orders")
    assert caught.value.code == 90105


@pytest.mark.parametrize(
    ("sql", "role", "code", "text"),
    [
        (
            "describe table shop.core.nope",
            "SHOP_ROLE",
            2003,
            "Object 'SHOP.CORE.NOPE' does not exist or not authorized",
        ),
        ("describe table shop.core.orders", "LONELY", 2003, "Object 'SHOP.CORE.ORDERS' does not exist"),
        ("describe table shop.core.dt_orders", "READER", 2003, "does not exist"),
        # MANAGE GRANTS shows the table, and does not allow to describe it (P25)
        (
            "describe table shop.core.orders",
            "SECURITYADMIN",
            3001,
            "Insufficient privileges to operate on table 'ORDERS'",
        ),
        ("describe masking policy shop.gov.mask_text", "READER", 2003, "Masking policy 'SHOP.GOV.MASK_TEXT' does not"),
        ("desc user bob", "SHOP_ROLE", 2003, "User 'BOB' does not exist"),
        ("desc warehouse shop_wh", "READER", 3001, "must have MONITOR granted on WAREHOUSE SHOP_WH"),
        ("desc schema shop.gov", "READER", 2003, "Schema 'SHOP.GOV' does not exist"),
        ("describe table shop.information_schema.tables", "SHOP_ROLE", 2, "INFORMATION_SCHEMA"),
    ],
)
def test_refused(ask_shop, sql: str, role: str, code: int, text: str) -> None:
    """P25, P27."""
    with pytest.raises(SnowflakeError, match=text) as caught:
        ask_shop(sql, role=role)
    assert caught.value.code == code


@pytest.mark.parametrize("privilege", ["APPLY MASKING POLICY", "APPLY TAG", "APPLY ROW ACCESS POLICY"])
def test_a_global_apply_privilege_describes_every_table(ask_shop, shop, privilege: str) -> None:
    """M23, P3."""
    given = shop.with_grants([Grant(privilege, ACCOUNT, "LONELY")])
    assert len(ask_shop("describe table shop.core.orders", role="LONELY", account=given)) == 5


@pytest.mark.parametrize(
    ("signature", "returns", "shown"),
    [
        ((("VAL", "STRING"),), "STRING", ("(VAL VARCHAR)", "VARCHAR(134217728)")),
        ((("VAL", "VARCHAR"),), "VARCHAR", ("(VAL VARCHAR)", "VARCHAR(134217728)")),
        ((("VAL", "VARCHAR(20)"),), "VARCHAR(20)", ("(VAL VARCHAR)", "VARCHAR(20)")),
        ((("VAL", "CHAR"),), "CHAR", ("(VAL VARCHAR)", "VARCHAR(1)")),
        ((("VAL", "NUMBER"), ("ROLE", "TEXT")), "NUMBER", ("(VAL NUMBER, ROLE VARCHAR)", "NUMBER(38,0)")),
    ],
)
def test_masking_policies(ask_shop, shop, signature, returns: str, shown: tuple[str, str]) -> None:
    """S16, M4: an unsized text is 134217728 long in a policy, and the signature names no size."""
    ref = ObjectRef(ObjectType.MASKING_POLICY, ("SHOP", "GOV", "P"))
    policy = MaskingPolicy(
        ref=ref, owner="SHOP_ROLE", signature=signature, returns=returns, body="case when 1 then val end"
    )
    (row,) = ask_shop("desc masking policy shop.gov.p", account=shop.with_object(policy))
    assert (row["signature"], row["return_type"]) == shown
    assert (row["name"], row["body"]) == ("P", "case when 1 then val end")


def test_a_user_describes_itself_and_no_password_is_shown(ask_shop) -> None:
    """S21, R20."""
    for who in ({"user": "BOB", "role": "READER"}, {"role": "USERADMIN"}):
        found = {r["property"]: r["value"] for r in ask_shop("desc user bob", **who)}
        assert (found["NAME"], found["TYPE"], found["COMMENT"]) == ("BOB", "SERVICE", "service")
        assert (found["DEFAULT_SECONDARY_ROLES"], found["PASSWORD"]) == ('["ALL"]', "********")


def test_containers(ask_shop) -> None:
    assert [(r["name"], r["kind"]) for r in ask_shop("desc database shop")] == [
        ("CORE", "SCHEMA"),
        ("GOV", "SCHEMA"),
        ("Mixed", "SCHEMA"),
    ]
    assert [(r["name"], r["kind"]) for r in ask_shop("desc schema shop.core")] == [
        ("DT_ORDERS", "DYNAMIC_TABLE"),
        ("ORDERS", "TABLE"),
        ("V_ORDERS", "VIEW"),
        ("V_SECRET", "VIEW"),
    ]
    assert [(r["name"], r["kind"]) for r in ask_shop("desc warehouse shop_wh", role="SYSADMIN")] == [
        ("SHOP_WH", "WAREHOUSE")
    ]


def test_a_column_type_we_do_not_know_does_not_break_a_listing() -> None:
    from snowmesh.account.data_types import family
    from snowmesh.local.show.data_types import parts

    with pytest.raises(UnknownDataType):
        family("VECTOR(FLOAT, 3)")
    assert parts("VECTOR(FLOAT, 3)").family == "VECTOR"
