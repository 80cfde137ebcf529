"""What a role sees, computed from declarations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from snowmesh.access.declared import Sight, lacks_types, place
from snowmesh.account import objects
from snowmesh.account.grants import Grant, Membership
from snowmesh.account.state import Account
from snowmesh.artifacts.definitions import parse
from snowmesh.artifacts.manifest import Model, ModelColumn
from snowmesh.artifacts.problems import ArtifactError

RAW: dict[str, Any] = {
    "schema": "governance",
    "tags": {"pii": {"allowed_values": ["name", "city"], "masking_policies": ["hide"]}, "plain": {}},
    "masking_policies": {
        "hide": {"data_type": "string", "unmasked_for": ["reader"], "masked": "'****'"},
        "zero": {"data_type": "number", "unmasked_for": ["reader"], "masked": "0"},
        "free": {"data_type": "string", "body": "val"},
    },
}
DEFINITIONS = parse(RAW, Path("dbt_project.yml"))
USAGE = [
    Grant("USAGE", on, role)
    for role in ("READER", "CONSUMER", "LOOKER")
    for on in (objects.database("DB"), objects.schema("DB", "PROD"))
]
ACCOUNT = Account(
    grants=frozenset(USAGE),
    memberships=frozenset({Membership("READER", objects.role("OWNER")), Membership("CONSUMER", objects.role("BOSS"))}),
)
MODEL = Model(
    project="shop",
    name="orders",
    relation="db.prod.orders",
    materialized="table",
    access="public",
    file="models/core.yml",
    columns=(
        ModelColumn("id", data_type="number"),
        ModelColumn("name", data_type="varchar", block={"tags": {"pii": "name"}}),
        ModelColumn("amount", data_type="number(12,2)", block={"tags": {"pii": "name"}}),
        ModelColumn("salary", data_type="number(12,2)", block={"masking_policy": "zero"}),
        ModelColumn("Mixed", quoted=True, data_type="varchar", block={"tags": {"pii": None}}),
    ),
    grants={"select": ("reader", "consumer", "stranger")},
)


def sight(column: str, role: str, model: Model = MODEL) -> Sight:
    return place(ACCOUNT, model, DEFINITIONS, "OWNER").cell(column, role).sight


@pytest.mark.parametrize(
    ("column", "role", "expected"),
    [
        ("ID", "CONSUMER", Sight.CLEAR),
        ("NAME", "CONSUMER", Sight.MASKED),
        ("NAME", "READER", Sight.CLEAR),  # unmasked_for
        ("NAME", "OWNER", Sight.CLEAR),  # inherits the reader (R12)
        ("NAME", "BOSS", Sight.MASKED),  # inherits a role that sees the mask
        ("AMOUNT", "CONSUMER", Sight.CLEAR),  # the tag's policy is for another type (M33)
        ("SALARY", "CONSUMER", Sight.MASKED),
        ("Mixed", "CONSUMER", Sight.CLEAR),  # null stops the tag
        ("NAME", "LOOKER", Sight.REFUSED),  # USAGE and no SELECT
        ("NAME", "STRANGER", Sight.REFUSED),  # SELECT and no USAGE (P17)
        ("ID", "NOBODY", Sight.REFUSED),
    ],
)
def test_cell(column: str, role: str, expected: Sight) -> None:
    assert sight(column, role) is expected


def test_reason_names_what_is_missing_and_what_masks() -> None:
    product = place(ACCOUNT, MODEL, DEFINITIONS, "OWNER")
    assert product.cell("NAME", "LOOKER").why == "no SELECT on DB.PROD.ORDERS"
    assert product.cell("NAME", "STRANGER").why == "no privilege on database DB"
    assert product.cell("NAME", "CONSUMER").why == "policy hide of tag PII"
    assert product.cell("SALARY", "OWNER").why == "policy zero: unmasked for READER"


def test_tag_of_the_whole_model_masks_its_columns_of_that_type() -> None:
    """T29: a column has the tags of its table."""
    model = replace(MODEL, block={"tags": {"pii": "city"}}, columns=(ModelColumn("town", data_type="string"),))
    assert sight("TOWN", "CONSUMER", model) is Sight.MASKED


def test_types_that_are_not_declared_are_those_of_the_relation() -> None:
    model = replace(MODEL, columns=(ModelColumn("name", block={"tags": {"pii": "name"}}),))
    assert lacks_types(model)
    assert not lacks_types(replace(model, columns=(ModelColumn("name"),)))
    product = place(ACCOUNT, model, DEFINITIONS, "OWNER", {"NAME": "VARCHAR(16777216)"})
    assert product.cell("NAME", "CONSUMER").sight is Sight.MASKED


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"tags": {"pi": "name"}}, "tag pi is not defined"),
        ({"tags": {"pii": "phone"}}, "value 'phone' of tag pii is not allowed"),
        ({"masking_policy": "hidden"}, "masking policy hidden is not defined"),
    ],
)
def test_declaration_that_cannot_be_computed_names_file_model_and_column(block: dict[str, Any], says: str) -> None:
    model = replace(MODEL, columns=(ModelColumn("name", data_type="varchar", block=block),))
    with pytest.raises(ArtifactError, match=says) as error:
        place(ACCOUNT, model, DEFINITIONS, "OWNER")
    assert "models/core.yml: model orders, column NAME" in str(error.value).replace("name:", "NAME:")


def test_policy_of_free_sql_is_not_guessed() -> None:
    model = replace(MODEL, columns=(ModelColumn("name", data_type="varchar", block={"masking_policy": "free"}),))
    with pytest.raises(ArtifactError, match="has a body of its own"):
        sight("NAME", "CONSUMER", model)


def test_no_schema_for_tags_is_an_error() -> None:
    with pytest.raises(ArtifactError, match="names no schema"):
        place(ACCOUNT, MODEL, parse({**RAW, "schema": None}, Path("dbt_project.yml")), "OWNER")


def test_unknown_data_type_names_the_column() -> None:
    model = replace(MODEL, columns=(ModelColumn("name", data_type="vachar"),))
    with pytest.raises(ArtifactError, match="column name: 'vachar' is not a data type"):
        place(ACCOUNT, model, DEFINITIONS, "OWNER")
