"""POLICY_REFERENCES: both forms, tag-based rows, statuses, errors, visibility (M34-M36, M61-M65)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from snowmesh.account.grants import Grant
from snowmesh.account.objects import ACCOUNT, Column, MaskingPolicy, ObjectRef, ObjectType, Relation, Tag, schema
from snowmesh.account.state import Account, PolicyReference
from snowmesh.local import virtual
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session

GOLDEN = (
    "POLICY_DB POLICY_SCHEMA POLICY_NAME POLICY_KIND REF_DATABASE_NAME REF_SCHEMA_NAME REF_ENTITY_NAME REF_ENTITY_DOMAIN "
    "REF_COLUMN_NAME REF_ARG_COLUMN_NAMES TAG_DATABASE TAG_SCHEMA TAG_NAME POLICY_STATUS"
)
ORDERS = ObjectRef(ObjectType.TABLE, ("SHOP", "CORE", "ORDERS"))
PII = ObjectRef(ObjectType.TAG, ("SHOP", "GOV", "PII"))
FREE = ObjectRef(ObjectType.TAG, ("SHOP", "GOV", "FREE"))
TEXT = ObjectRef(ObjectType.MASKING_POLICY, ("SHOP", "GOV", "MASK_TEXT"))
CONDITIONAL = ObjectRef(ObjectType.MASKING_POLICY, ("SHOP", "GOV", "MASK_IF"))
BY_POLICY = {"POLICY_NAME": "shop.gov.mask_text"}
BY_TABLE = {"REF_ENTITY_NAME": "shop.core.orders", "REF_ENTITY_DOMAIN": "table"}
Call = Callable[..., list[tuple[object, ...]]]


def run(account: Account, given: dict[str, str], role: str = "ACCOUNTADMIN") -> list[tuple[object, ...]]:
    """POLICY_NAME, REF_ENTITY_NAME, REF_ENTITY_DOMAIN, REF_COLUMN_NAME, REF_ARG_COLUMN_NAMES, TAG_NAME, POLICY_STATUS."""
    session = Session("ADMIN", role, "NONE")
    found = virtual.table_function("SHOP", "POLICY_REFERENCES", tuple(given.items()), account, session)
    assert found is not None
    names = [c.name for c in found.columns]
    assert names == GOLDEN.split()
    wanted = [n for n in names if n in ("POLICY_NAME", "TAG_NAME", "POLICY_STATUS") or n.startswith("REF_")]
    return [
        tuple(row[names.index(w)] for w in wanted if w not in ("REF_DATABASE_NAME", "REF_SCHEMA_NAME"))
        for row in found.rows
    ]


def tagged(account: Account, tag: ObjectRef, *policies: ObjectRef) -> Account:
    found = account.tag(tag)
    assert isinstance(found, Tag)
    return account.with_object(replace(found, masking_policies=policies))


@pytest.mark.parametrize("given", [BY_POLICY, BY_TABLE])
def test_a_direct_policy(shop: Account, given: dict[str, str]) -> None:
    """M61-M63."""
    assert run(shop, given) == [("MASK_TEXT", "ORDERS", "TABLE", "NAME", None, None, "ACTIVE")]


def test_the_other_columns(shop: Account) -> None:
    found = virtual.table_function(
        "SHOP", "POLICY_REFERENCES", tuple(BY_TABLE.items()), shop, Session("ADMIN", "ACCOUNTADMIN")
    )
    assert found is not None
    row = dict(zip([c.name for c in found.columns], found.rows[0], strict=True))
    assert (row["POLICY_DB"], row["POLICY_SCHEMA"], row["POLICY_KIND"]) == ("SHOP", "GOV", "MASKING_POLICY")
    assert (row["REF_DATABASE_NAME"], row["REF_SCHEMA_NAME"]) == ("SHOP", "CORE")


def test_a_tag_brings_its_policy_to_columns_of_the_same_type(shop: Account) -> None:
    """M33: text columns only; M34: the direct policy of NAME silences the tag's."""
    account = tagged(shop.without_mask(ORDERS, "NAME"), FREE, TEXT)
    assert run(account, BY_TABLE) == [("MASK_TEXT", "ORDERS", "TABLE", "NAME", None, "FREE", "ACTIVE")]
    assert run(tagged(shop, FREE, TEXT), BY_TABLE) == [("MASK_TEXT", "ORDERS", "TABLE", "NAME", None, None, "ACTIVE")]


def test_views_are_asked_for_as_views(shop: Account) -> None:
    """M61; the wrong word is refused as Snowflake words it (I17)."""
    account = tagged(shop, FREE, TEXT)
    given = {"REF_ENTITY_NAME": "shop.core.v_orders", "REF_ENTITY_DOMAIN": "VIEW"}
    assert run(account, given) == [("MASK_TEXT", "V_ORDERS", "VIEW", "NAME", None, "FREE", "ACTIVE")]
    with pytest.raises(SnowflakeError, match="Object found is of type 'VIEW', not specified type 'TABLE'"):
        run(account, {**given, "REF_ENTITY_DOMAIN": "TABLE"})
    dynamic = {"REF_ENTITY_NAME": "shop.core.dt_orders", "REF_ENTITY_DOMAIN": "TABLE"}
    assert [row[2] for row in run(account, dynamic)] == ["TABLE"]


def test_a_tag_is_an_entity(shop: Account) -> None:
    account = tagged(shop, PII, TEXT)
    row = ("MASK_TEXT", "PII", "TAG", None, None, None, "ACTIVE")
    assert run(account, {"REF_ENTITY_NAME": "shop.gov.pii", "REF_ENTITY_DOMAIN": "tag"}) == [row]
    assert row in run(account, BY_POLICY)


def test_conditional_columns(shop: Account) -> None:
    """M63: `[ "A", "B" ]`, for USING and for the arguments that a tag binds by name (M36)."""
    direct = shop.with_mask(ORDERS, "ID", PolicyReference(CONDITIONAL, ("ID", "NAME", "AMOUNT")))
    assert run(direct, BY_TABLE)[0][3:5] == ("ID", '[ "NAME", "AMOUNT" ]')
    by_tag = tagged(shop, FREE, CONDITIONAL)
    assert [row[3:] for row in run(by_tag, BY_TABLE) if row[3] == "ID"] == [("ID", '[ "NAME" ]', "FREE", "ACTIVE")]


def with_table(account: Account, *columns: Column) -> Account:
    return account.with_object(Relation(ref=ORDERS, owner="SHOP_ROLE", columns=columns))


def test_statuses(shop: Account) -> None:
    """M35, M36."""
    second = MaskingPolicy(
        ref=replace(TEXT, name=("SHOP", "GOV", "MASK_TOO")),
        owner="SHOP_ROLE",
        signature=(("V", "STRING"),),
        returns="STRING",
        body="v",
    )
    two = tagged(tagged(shop.without_mask(ORDERS, "NAME").with_object(second), FREE, TEXT), PII, second.ref)
    assert {(row[0], row[5], row[6]) for row in run(two, BY_TABLE)} == {
        ("MASK_TEXT", "FREE", "MULTIPLE_MASKING_POLICY_ASSIGNED_TO_THE_COLUMN"),
        ("MASK_TOO", "PII", "MULTIPLE_MASKING_POLICY_ASSIGNED_TO_THE_COLUMN"),
    }
    by_tag = tagged(shop.without_mask(ORDERS, "NAME"), FREE, CONDITIONAL)
    missing = with_table(by_tag, Column("ID", "NUMBER(38,0)"))
    assert [row[6] for row in run(missing, BY_TABLE)] == ["COLUMN_IS_MISSING_FOR_SECONDARY_ARG"]
    mismatch = with_table(by_tag, Column("ID", "NUMBER(38,0)"), Column("NAME", "DATE"))
    assert [row[6] for row in run(mismatch, BY_TABLE)] == ["COLUMN_DATATYPE_MISMATCH_FOR_SECONDARY_ARG"]


def test_the_same_policy_from_two_tags_is_no_conflict(shop: Account) -> None:
    account = tagged(tagged(shop.without_mask(ORDERS, "NAME"), FREE, TEXT), PII, TEXT)
    assert [(row[5], row[6]) for row in run(account, BY_TABLE)] == [("FREE", "ACTIVE"), ("PII", "ACTIVE")]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "expects argument"),
        ({"REF_ENTITY_NAME": "shop.core.orders"}, "expects argument"),
        ({**BY_POLICY, **BY_TABLE}, "expects argument"),
        ({"TABLE_NAME": "x"}, "expects argument"),
        ({"REF_ENTITY_NAME": "x", "REF_ENTITY_DOMAIN": "stream"}, "Unknown domain: STREAM"),
        ({**BY_POLICY, "POLICY_KIND": "MASKING_POLICY"}, "Unknown policy kind: MASKING_POLICY"),
        ({**BY_POLICY, "POLICY_KIND": "NETWORK_POLICY"}, "network policy"),
        ({"REF_ENTITY_NAME": "ADMIN", "REF_ENTITY_DOMAIN": "USER"}, "domain USER"),
        ({"POLICY_NAME": "shop.gov.nope"}, "Masking policy 'SHOP.GOV.NOPE' does not exist or not authorized"),
        ({"REF_ENTITY_NAME": "shop.core.nope", "REF_ENTITY_DOMAIN": "TABLE"}, "Object 'SHOP.CORE.NOPE' does not exist"),
        ({"REF_ENTITY_NAME": "shop.gov.nope", "REF_ENTITY_DOMAIN": "TAG"}, "Tag 'SHOP.GOV.NOPE' does not exist"),
    ],
)
def test_wrong_arguments(shop: Account, given: dict[str, str], text: str) -> None:
    """M61, M64."""
    with pytest.raises(SnowflakeError, match=text):
        run(shop, given)


def test_arguments_by_position(shop: Account) -> None:
    """M64: the first is the policy's name, the second its kind."""
    session = Session("ADMIN", "ACCOUNTADMIN")
    found = virtual.table_function("SHOP", "POLICY_REFERENCES", ((None, "shop.gov.mask_text"),), shop, session)
    assert found is not None
    assert len(found.rows) == 1
    with pytest.raises(SnowflakeError, match="Unknown policy kind: TABLE"):
        virtual.table_function(
            "SHOP", "POLICY_REFERENCES", ((None, "shop.core.orders"), (None, "TABLE")), shop, session
        )


def test_who_may_know(shop: Account) -> None:
    """M65: APPLY MASKING POLICY sees all; APPLY on the policy only one's own objects; SELECT alone is an error."""
    gov = [Grant("USAGE", schema("SHOP", "GOV"), "READER")]
    with pytest.raises(SnowflakeError, match="must have APPLY MASKING POLICY granted on TABLE"):
        run(shop.with_grants(gov), BY_TABLE, role="READER")
    with pytest.raises(SnowflakeError, match=r"Masking policy 'SHOP\.GOV\.MASK_TEXT' does not exist"):
        run(shop.with_grants(gov), BY_POLICY, role="READER")
    with_apply = shop.with_grants([*gov, Grant("APPLY", TEXT, "READER")])
    assert run(with_apply, BY_TABLE, role="READER") == []
    assert run(with_apply, BY_POLICY, role="READER") == []
    mine = with_apply.with_object(replace(with_apply.objects[ORDERS], owner="READER"))
    assert len(run(mine, BY_TABLE, role="READER")) == len(run(mine, BY_POLICY, role="READER")) == 1
    everything = shop.with_grants([Grant("APPLY MASKING POLICY", ACCOUNT, "LONELY")])
    assert len(run(everything, BY_TABLE, role="LONELY")) == 1
    with pytest.raises(SnowflakeError, match="does not exist or not authorized"):
        run(shop, BY_TABLE, role="LONELY")
