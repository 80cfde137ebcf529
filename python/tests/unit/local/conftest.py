"""A small account for the tests of SHOW and INFORMATION_SCHEMA, and a way to ask it as a role."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

import pytest

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import (
    ACCOUNT,
    Column,
    Database,
    MaskingPolicy,
    ObjectRef,
    ObjectType,
    Relation,
    Schema,
    SecurableObject,
    Tag,
    database,
    role,
    schema,
    user,
    warehouse,
)
from snowmesh.account.state import Account, PolicyReference, TagTarget, frozen
from snowmesh.account.system import fresh_account
from snowmesh.local import show
from snowmesh.local.session import ResultSet, Session

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
Rows = list[dict[str, object]]


def ref(kind: ObjectType, *name: str) -> ObjectRef:
    return ObjectRef(kind, name)


ORDERS = ref(ObjectType.TABLE, "SHOP", "CORE", "ORDERS")
VIEW = ref(ObjectType.VIEW, "SHOP", "CORE", "V_ORDERS")
SECRET_VIEW = ref(ObjectType.VIEW, "SHOP", "CORE", "V_SECRET")
DYNAMIC = ref(ObjectType.DYNAMIC_TABLE, "SHOP", "CORE", "DT_ORDERS")
OTHER = ref(ObjectType.TABLE, "SHOP", "Mixed", "odd name")
SAMPLE = ref(ObjectType.TABLE, "SAMPLE", "TPCH", "CUSTOMER")
PII = ref(ObjectType.TAG, "SHOP", "GOV", "PII")
FREE = ref(ObjectType.TAG, "SHOP", "GOV", "FREE")
TEXT_MASK = ref(ObjectType.MASKING_POLICY, "SHOP", "GOV", "MASK_TEXT")
CONDITIONAL = ref(ObjectType.MASKING_POLICY, "SHOP", "GOV", "MASK_IF")
COLUMNS = (
    Column("ID", "NUMBER(38,0)", nullable=False),
    Column("NAME", "VARCHAR(16777216)", comment="who"),
    Column("AMOUNT", "NUMBER(12,2)"),
    Column("SOLD_AT", "TIMESTAMP_NTZ(9)"),
    Column("RATE", "FLOAT"),
)


def _objects() -> list[SecurableObject]:
    dynamic = {"TARGET_LAG": "1 hour", "WAREHOUSE": "COMPUTE_WH", "IMMUTABLE_WHERE": "id < 3"}
    bob = {"DEFAULT_ROLE": "READER", "DEFAULT_NAMESPACE": "SHOP.CORE", "TYPE": "SERVICE", "PASSWORD": "hunter2"}
    return [
        *(SecurableObject(ref=role(n), owner="USERADMIN", created_on=NOON) for n in ("SHOP_ROLE", "READER", "LONELY")),
        SecurableObject(ref=role("odd role"), owner="USERADMIN", comment="mixed case"),
        SecurableObject(ref=user("BOB"), owner="USERADMIN", comment="service", properties=frozen(bob)),
        SecurableObject(
            ref=warehouse("SHOP_WH"),
            owner="SYSADMIN",
            properties=frozen({"WAREHOUSE_SIZE": "XXLARGE", "STATE": "SUSPENDED"}),
        ),
        Database(ref=database("SHOP"), owner="SHOP_ROLE", created_on=NOON, comment="the shop"),
        Database(ref=database("SAMPLE"), owner="", shared=True, properties=frozen({"ORIGIN": "SNOW.SAMPLE"})),
        Schema(ref=schema("SHOP", "CORE"), owner="SHOP_ROLE", created_on=NOON),
        Schema(ref=schema("SHOP", "GOV"), owner="SHOP_ROLE", managed_access=True),
        Schema(ref=schema("SHOP", "Mixed"), owner="SHOP_ROLE", transient=True),
        Schema(ref=schema("SAMPLE", "TPCH"), owner=""),
        Relation(ref=ORDERS, owner="SHOP_ROLE", columns=COLUMNS, kind="TRANSIENT", created_on=NOON, comment="orders"),
        Relation(ref=VIEW, owner="SHOP_ROLE", columns=COLUMNS[:2], kind="VIEW", query="select 1"),
        Relation(ref=SECRET_VIEW, owner="SHOP_ROLE", columns=COLUMNS[:1], kind="VIEW", query="select 2", secure=True),
        Relation(
            ref=DYNAMIC,
            owner="SHOP_ROLE",
            columns=COLUMNS[:2],
            kind="DYNAMIC TABLE",
            query="select 3",
            properties=frozen(dynamic),
        ),
        Relation(ref=OTHER, owner="SHOP_ROLE", columns=COLUMNS[:1]),
        Relation(ref=SAMPLE, owner="", columns=COLUMNS[:2]),
        Tag(ref=PII, owner="SHOP_ROLE", allowed_values=("name", "e-mail")),
        Tag(ref=FREE, owner="SHOP_ROLE"),
        MaskingPolicy(
            ref=TEXT_MASK, owner="SHOP_ROLE", signature=(("VAL", "STRING"),), returns="STRING", body="'****'"
        ),
        MaskingPolicy(
            ref=CONDITIONAL,
            owner="SHOP_ROLE",
            signature=(("VAL", "NUMBER(38,0)"), ("NAME", "VARCHAR(10)")),
            returns="NUMBER(38,0)",
            body="iff(name = 'x', val, 0)",
            exempt_other_policies=True,
        ),
    ]


def build_account() -> Account:
    """SHOP_ROLE owns SHOP; READER may read ORDERS; LONELY has nothing."""
    account = fresh_account()
    for item in _objects():
        account = account.with_object(item)
    return (
        account.with_grants(
            [
                Grant("USAGE", database("SHOP"), "READER", granted_by="SHOP_ROLE"),
                Grant("USAGE", schema("SHOP", "CORE"), "READER", granted_by="SHOP_ROLE"),
                Grant("SELECT", ORDERS, "READER", granted_by="SHOP_ROLE"),
                Grant("SELECT", VIEW, "READER", grant_option=True, granted_by="SHOP_ROLE"),
                Grant("SELECT", SECRET_VIEW, "READER", granted_by="SHOP_ROLE"),
                Grant("USAGE", warehouse("SHOP_WH"), "READER", granted_by="SYSADMIN"),
                Grant("APPLY", PII, "READER", granted_by="SHOP_ROLE"),
                Grant("IMPORTED PRIVILEGES", database("SAMPLE"), "SHOP_ROLE"),
            ]
        )
        .with_memberships(
            [
                Membership("SHOP_ROLE", role("SYSADMIN"), granted_by="USERADMIN"),
                Membership("READER", user("BOB"), granted_by="USERADMIN"),
                Membership("READER", role("SHOP_ROLE"), grant_option=True, granted_by="USERADMIN"),
                Membership("odd role", role("READER"), granted_by="USERADMIN"),
            ]
        )
        .with_future_grants(
            [
                FutureGrant("SELECT", ObjectType.TABLE, schema("SHOP", "CORE"), "READER"),
                FutureGrant("USAGE", ObjectType.SCHEMA, database("SHOP"), "READER"),
                FutureGrant(
                    "SELECT", ObjectType.DYNAMIC_TABLE, schema("SHOP", "Mixed"), "SHOP_ROLE", grant_option=True
                ),
            ]
        )
        .with_mask(ORDERS, "NAME", PolicyReference(TEXT_MASK))
        .with_tag_value(TagTarget(schema("SHOP", "CORE")), FREE, "core")
        .with_tag_value(TagTarget(ORDERS), FREE, "orders")
        .with_tag_value(TagTarget(ORDERS, "NAME"), PII, "name")
        .with_tag_value(TagTarget(ACCOUNT), FREE, "everywhere")
    )


def as_rows(result: ResultSet) -> Rows:
    names = [c.name for c in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


@pytest.fixture(scope="session")
def shop() -> Account:
    """The shop's account."""
    return build_account()


@pytest.fixture
def ask_shop(shop: Account) -> Callable[..., Rows]:
    """Ask the shop a SHOW or DESCRIBE as a role, secondary roles off."""

    def run(
        sql: str,
        role: str = "SHOP_ROLE",
        user: str = "ADMIN",
        database: str = "",
        schema: str = "",
        account: Account = shop,
    ) -> Rows:
        statement = show.parse(sql)
        assert statement is not None
        session = Session(user=user, role=role, secondary="NONE", database=database, schema=schema)
        return as_rows(show.execute(statement, account, session))

    return run
