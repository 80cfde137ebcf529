"""Each ref that does not resolve: what is wrong, and the next step."""

from typing import Any

import pytest

from dbt_snowmesh.problem import Problem, listed, report
from dbt_snowmesh.references import Reference, explain
from dbt_snowmesh.upstream import Model, Upstream


def model(name: str, access: str = "public", version: str | None = None, **node: Any) -> Model:
    return Model(name, access, version, "2" if version else None, node)


ORDERS = Upstream(
    "orders",
    models=(
        model("fct_orders"),
        model("dim_dates", version="1"),
        model("dim_dates", version="2"),
        model("int_prices", "protected"),
        model("secret", "private", group="core"),
        model("half", "protected", version="1"),
        model("half", version="2"),
    ),
    others={"countries": "seed"},
    owners={"core": "core@example.com"},
)


def explained(name: str, version: str | None = None, project: str = "orders") -> str:
    (problem,) = explain([Reference("models/a.sql", project, name, version)], {"orders": ORDERS}, {"finance", "dbt"})
    return str(problem)


def test_an_unknown_model_with_the_nearest_public_name() -> None:
    text = explained("fct_order")
    assert "models/a.sql uses ref('orders', 'fct_order'), but orders has no model 'fct_order'" in text
    assert "Did you mean 'fct_orders'?" in text
    assert "Public models: dim_dates, fct_orders, half." in text


def test_a_hidden_model_is_never_the_nearest_name() -> None:
    assert "Did you mean" not in explained("secrets")


@pytest.mark.parametrize(("name", "access"), [("int_prices", "protected"), ("secret", "private")])
def test_a_model_that_is_not_public(name: str, access: str) -> None:
    text = explained(name)
    assert f"that model is {access}: only public models cross projects" in text
    assert "`access: public`" in text


def test_the_owner_of_a_private_model_is_named() -> None:
    assert "ask its owner (core: core@example.com)" in explained("secret")
    assert "ask the owner of orders" in explained("int_prices")


def test_a_version_that_does_not_exist() -> None:
    text = explained("dim_dates", "3")
    assert "ref('orders', 'dim_dates', v=3)" in text
    assert "Versions: 1, 2." in text
    assert "use v=2, the latest" in text


def test_a_version_of_a_model_without_versions() -> None:
    assert "leave v= out" in explained("fct_orders", "1")


def test_only_one_version_is_hidden() -> None:
    assert "that model is protected" in explained("half", "1")


def test_a_seed() -> None:
    assert "'countries' is a seed of orders; only its public models" in explained("countries")


def test_a_project_that_is_not_declared() -> None:
    text = explained("fct_orders", project="order")
    assert "dependencies.yml does not name the project 'order'. Did you mean 'orders'?" in text
    assert "add `- name: order`" in text


def test_a_project_that_dbt_knows_is_left_to_dbt() -> None:
    assert explain([Reference("models/a.sql", "finance", "x")], {"orders": ORDERS}, {"finance"}) == []


def test_a_missing_upstream_is_told_once_with_the_first_file() -> None:
    missing = Problem("project 'orders' has no manifest yet.", "build it.")
    references = [Reference(f"models/{name}.sql", "orders", name) for name in ("a", "b")]
    (problem,) = explain(references, {"orders": missing}, ())
    assert (
        str(problem)
        == "models/a.sql uses ref('orders', 'a'), but project 'orders' has no manifest yet.\nNext: build it."
    )


def test_all_problems_are_reported_at_once() -> None:
    references = [Reference("models/a.sql", "orders", name) for name in ("x", "y", "x")]
    text = report(explain(references, {"orders": ORDERS}, ()))
    assert text.startswith("Cross-project ref: 2 problems\n1. models/a.sql uses ref('orders', 'x')")
    assert "\n   Next: " in text
    assert "\n2. " in text


def test_long_lists_are_cut() -> None:
    assert listed(f"m{i:02}" for i in range(12)) == ", ".join(f"m{i:02}" for i in range(10)) + " and 2 more"
    assert listed([]) == "none"
