"""Which policy bodies can fail on a value (E17, M58)."""

import pytest
import sqlglot

from snowmesh.local.secure import may_fail


@pytest.mark.parametrize(
    ("body", "fails"),
    [
        ("case when 'A' in ('A', 'B') then v else '****' end", False),
        ("iff(true and not false or v is null, v, left(v, 1) || '***')", False),
        ("case when exists (select 1 from t where t.a = v) then v end", False),
        ("case when v in (select a from t) then v end", False),
        ("sha2(lower(v))", False),
        ("v::number", True),
        ("to_number(v)", True),
        ("1 / v", True),
        ("v + 1", True),
        ("some_function(v)", True),
        ("(select a from t)", True),
        ("case when exists (select 1 from t where t.a = v::number) then v end", True),
    ],
)
def test_may_fail(body: str, fails: bool) -> None:
    assert may_fail(sqlglot.parse_one(body, read="snowflake")) is fails
