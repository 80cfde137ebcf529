"""MASKING_POLICIES, ROW_ACCESS_POLICIES, PROJECTION_POLICIES and AGGREGATION_POLICIES of ACCOUNT_USAGE."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from snowmesh.account.objects import MaskingPolicy, ObjectType, Policy
from snowmesh.account.state import Account
from snowmesh.local.show.describe import policy_text
from snowmesh.local.show.listing import columns
from snowmesh.local.virtual.usage_view import GOVERNANCE, Row, View, role_name, times

_COLUMNS = (
    "POLICY_NAME, POLICY_ID:FIXED, POLICY_SCHEMA_ID:FIXED, POLICY_SCHEMA, POLICY_CATALOG_ID:FIXED, POLICY_CATALOG, "
    "POLICY_OWNER, POLICY_SIGNATURE, POLICY_RETURN_TYPE, POLICY_BODY, POLICY_COMMENT, CREATED:TIMESTAMP_LTZ, "
    "LAST_ALTERED:TIMESTAMP_LTZ, DELETED:TIMESTAMP_LTZ, OWNER_ROLE_TYPE"
)


def _policies(kind: ObjectType) -> Callable[[Account], Iterator[Row]]:
    def rows(account: Account) -> Iterator[Row]:
        for item in account.of_type(kind):
            if isinstance(item, Policy):
                yield _row(item)

    return rows


def _row(item: Policy) -> Row:
    name, signature, returns, body = policy_text(item)
    exempts = isinstance(item, MaskingPolicy) and item.exempt_other_policies
    return {
        "POLICY_NAME": name,
        "POLICY_SCHEMA": item.ref.name[1],
        "POLICY_CATALOG": item.ref.name[0],
        "POLICY_OWNER": role_name(item.owner),
        "POLICY_SIGNATURE": signature,
        "POLICY_RETURN_TYPE": returns,
        "POLICY_BODY": body,
        "POLICY_COMMENT": item.comment or None,
        **times(item, "CREATED", "LAST_ALTERED"),
        "OPTIONS": '{"EXEMPT_OTHER_POLICIES": "TRUE"}' if exempts else None,
    }


_WITH_OPTIONS, _WITHOUT = columns(f"{_COLUMNS}, OPTIONS"), columns(_COLUMNS)
VIEWS = {
    "MASKING_POLICIES": View(_WITH_OPTIONS, _policies(ObjectType.MASKING_POLICY), (GOVERNANCE,)),
    "ROW_ACCESS_POLICIES": View(_WITH_OPTIONS, _policies(ObjectType.ROW_ACCESS_POLICY), (GOVERNANCE,)),
    "PROJECTION_POLICIES": View(_WITHOUT, _policies(ObjectType.PROJECTION_POLICY), (GOVERNANCE,)),
    "AGGREGATION_POLICIES": View(_WITHOUT, _policies(ObjectType.AGGREGATION_POLICY), (GOVERNANCE,)),
}
