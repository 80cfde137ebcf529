"""From a node of a manifest to what dbt takes."""

from datetime import datetime, timezone

import pytest

from dbt_snowmesh.inject import node_args, parse_date
from dbt_snowmesh.upstream import Model


@pytest.mark.parametrize("text", ["2030-01-02T00:00:00+00:00", "2030-01-02T00:00:00Z"])
def test_a_deprecation_date_is_a_moment(text: str) -> None:
    """Mesh 2.6: a text would crash partial parsing; a time without zone would crash the comparison."""
    assert parse_date(text) == datetime(2030, 1, 2, tzinfo=timezone.utc)


def test_a_date_without_zone_is_local() -> None:
    moment = parse_date("2030-01-02")
    assert moment is not None
    assert moment.tzinfo is not None
    assert moment.replace(tzinfo=None) == datetime(2030, 1, 2)


def test_no_date() -> None:
    assert parse_date(None) is None


def test_a_versioned_model() -> None:
    node = {"package_name": "orders", "schema": "prod", "database": "db", "alias": "dim_dates_v1"}
    arguments = node_args(Model("dim_dates", "public", "1", "2", node))
    assert arguments.unique_id == "model.orders.dim_dates.v1"
    assert (arguments.database, arguments.schema, arguments.identifier) == ("db", "prod", "dim_dates_v1")
    assert arguments.access == "public"
