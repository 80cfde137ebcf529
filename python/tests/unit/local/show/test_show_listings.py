"""The values of listings that dbt, mesh-bootstrap and people read."""

import json

import pytest

from snowmesh.local import show
from snowmesh.local.parameters import ACCEPTED
from snowmesh.local.session import Session


def one(rows: list[dict[str, object]], name: str) -> dict[str, object]:
    return next(r for r in rows if r.get("name") == name)


def test_objects_as_dbt_reads_them(ask_shop) -> None:
    """S17: kind is TABLE or VIEW whatever the table is; dbt reads any other word as an external table."""
    rows = ask_shop("show objects in shop.core")
    read = {
        r["name"]: (r["database_name"], r["schema_name"], r["kind"], r["is_dynamic"], r["is_iceberg"]) for r in rows
    }
    assert read == {
        "DT_ORDERS": ("SHOP", "CORE", "TABLE", "Y", "N"),
        "ORDERS": ("SHOP", "CORE", "TABLE", "N", "N"),
        "V_ORDERS": ("SHOP", "CORE", "VIEW", "N", "N"),
        "V_SECRET": ("SHOP", "CORE", "VIEW", "N", "N"),
    }


def test_tables_tell_their_kind_and_terse_does_not(ask_shop) -> None:
    """S18; dbt looks a dynamic table up here for TRANSIENT."""
    assert {r["name"]: r["kind"] for r in ask_shop("show tables in shop.core")} == {
        "ORDERS": "TRANSIENT",
        "DT_ORDERS": "TABLE",
    }
    assert {r["kind"] for r in ask_shop("show terse tables in shop.core")} == {"TABLE"}
    assert {r["kind"] for r in ask_shop("show terse views in shop.core")} == {"VIEW"}


def test_dynamic_tables_as_dbt_reads_them(ask_shop) -> None:
    (row,) = ask_shop('show dynamic tables like \'DT_ORDERS\' in schema "SHOP"."CORE"')
    assert (row["target_lag"], row["warehouse"], row["refresh_mode"]) == ("1 hour", "COMPUTE_WH", "AUTO")
    assert row["immutable_where"] == "IMMUTABLE WHERE (id < 3)"
    assert row["scheduler"] is row["initialization_warehouse"] is None
    assert row["text"] == 'create or replace dynamic table "SHOP"."CORE"."DT_ORDERS" as select 3'


def test_schemas(ask_shop) -> None:
    """S12: options, and INFORMATION_SCHEMA with an empty owner in every database."""
    rows = ask_shop("show schemas in database shop", database="SHOP", schema="CORE")
    assert {r["name"]: (r["owner"], r["options"], r["is_current"]) for r in rows} == {
        "CORE": ("SHOP_ROLE", "", "Y"),
        "GOV": ("SHOP_ROLE", "MANAGED ACCESS", "N"),
        "INFORMATION_SCHEMA": ("", "", "N"),
        "Mixed": ("SHOP_ROLE", "TRANSIENT", "N"),
    }
    terse = ask_shop("show terse schemas in database shop")
    assert [r["name"] for r in terse] == ["CORE", "GOV", "INFORMATION_SCHEMA", "Mixed"]
    assert {(r["kind"], r["schema_name"], r["database_name"]) for r in terse} == {(None, None, "SHOP")}
    assert len(ask_shop("show schemas in account")) == 6


def test_databases(ask_shop) -> None:
    """S11."""
    rows = ask_shop("show databases", database="SHOP", user="BOB")
    shop, sample = one(rows, "SHOP"), one(rows, "SAMPLE")
    assert (shop["kind"], shop["owner"], shop["is_current"], shop["comment"]) == (
        "STANDARD",
        "SHOP_ROLE",
        "Y",
        "the shop",
    )
    assert (sample["kind"], sample["origin"], sample["owner_role_type"]) == ("IMPORTED DATABASE", "SNOW.SAMPLE", "")
    assert {r["dropped_on"] for r in ask_shop("show databases history")} == {None}
    assert {r["kind"] for r in ask_shop("show terse databases")} == {None}


def test_what_is_default_comes_from_the_user(ask_shop) -> None:
    rows = ask_shop("show schemas in database shop", user="BOB")
    assert [r["name"] for r in rows if r["is_default"] == "Y"] == ["CORE"]
    assert [r["name"] for r in ask_shop("show roles", user="BOB") if r["is_default"] == "Y"] == ["READER"]
    found = ask_shop("show warehouses", role="SECURITYADMIN", user="ADMIN")
    assert [r["name"] for r in found if r["is_default"] == "Y"] == ["COMPUTE_WH"]


def test_warehouses(ask_shop) -> None:
    """S13."""
    rows = ask_shop("show warehouses", role="SECURITYADMIN")
    big, small = one(rows, "SHOP_WH"), one(rows, "COMPUTE_WH")
    assert (big["size"], big["state"], big["auto_suspend"]) == ("2X-Large", "SUSPENDED", 600)
    assert (small["size"], small["state"], small["type"], small["auto_resume"]) == (
        "X-Small",
        "STARTED",
        "STANDARD",
        "true",
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # is_current, is_inherited, assigned_to_users, granted_to_roles, granted_roles, owner
        ("SHOP_ROLE", ("Y", "N", 0, 1, 1, "USERADMIN")),
        ("READER", ("N", "Y", 1, 1, 1, "USERADMIN")),
        ("odd role", ("N", "Y", 0, 1, 0, "USERADMIN")),
        ("LONELY", ("N", "N", 0, 0, 0, "USERADMIN")),
        ("SYSADMIN", ("N", "N", 0, 1, 1, "")),
        ("ACCOUNTADMIN", ("N", "N", 1, 0, 2, "")),
        ("PUBLIC", ("N", "Y", 0, 0, 0, "")),
    ],
)
def test_roles(ask_shop, name: str, expected: tuple[object, ...]) -> None:
    """S1, R2: the fixed edges of the system roles count, their owner is empty."""
    row = one(ask_shop("show roles"), name)
    keys = ("is_current", "is_inherited", "assigned_to_users", "granted_to_roles", "granted_roles", "owner")
    assert tuple(row[k] for k in keys) == expected


def test_tags_and_policies(ask_shop) -> None:
    """S14, S15, T51c, M31."""
    tags = {r["name"]: r["allowed_values"] for r in ask_shop("show tags in schema shop.gov")}
    assert tags == {"FREE": None, "PII": '["name","e-mail"]'}
    policies = {r["name"]: (r["kind"], r["options"]) for r in ask_shop("show masking policies in shop.gov")}
    assert policies == {
        "MASK_IF": ("MASKING_POLICY", '{"EXEMPT_OTHER_POLICIES": "TRUE"}'),
        "MASK_TEXT": ("MASKING_POLICY", ""),
    }
    assert ask_shop("show row access policies in account") == []


def test_show_columns_prints_types_as_json(ask_shop) -> None:
    found = {
        r["column_name"]: json.loads(str(r["data_type"])) for r in ask_shop("show columns in table shop.core.orders")
    }
    assert found == {
        "ID": {"type": "FIXED", "precision": 38, "scale": 0, "nullable": False},
        "NAME": {"type": "TEXT", "length": 16777216, "byteLength": 16777216, "nullable": True, "fixed": False},
        "AMOUNT": {"type": "FIXED", "precision": 12, "scale": 2, "nullable": True},
        "SOLD_AT": {"type": "TIMESTAMP_NTZ", "precision": 0, "scale": 9, "nullable": True},
        "RATE": {"type": "REAL", "nullable": True},
    }
    like = ask_shop("show columns like 'na%' in shop.core.orders")
    assert [(r["column_name"], r["null?"], r["comment"]) for r in like] == [("NAME", "true", "who")]


def test_parameters_show_what_is_set_in_the_session(shop) -> None:
    """dbt reads rows[0]['value'] and sets it back after the model."""
    statement = show.parse("show parameters like 'query_tag' in session")
    assert statement is not None
    session = Session("ADMIN", "PUBLIC")
    assert show.execute(statement, shop, session).rows[0][:4] == ("QUERY_TAG", "", "", "")
    assert show.execute(statement, shop, session, {"QUERY_TAG": "x"}).rows[0][:4] == ("QUERY_TAG", "x", "", "SESSION")


def test_every_parameter_that_can_be_set_can_be_read(shop) -> None:
    statement = show.parse("show parameters")
    assert statement is not None
    session = Session("ADMIN", "PUBLIC")
    shown = {row[0] for row in show.execute(statement, shop, session).rows}
    assert set(ACCEPTED) <= shown
    given = show.execute(statement, shop, session, {"USE_CACHED_RESULT": "FALSE"})
    assert ("USE_CACHED_RESULT", "false", "true", "SESSION") in {row[:4] for row in given.rows}
    in_account = show.parse("show parameters like 'query_tag' in account")
    assert in_account is not None
    assert show.execute(in_account, shop, session, {"QUERY_TAG": "x"}).rows[0][1] == ""
