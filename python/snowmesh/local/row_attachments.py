"""Adding and dropping row access policies on tables and views, with every check in Snowflake's order (A3-A10, A18).

Pure: each function returns the account after the change or raises a SnowflakeError.
"""

from __future__ import annotations

from snowmesh.account.objects import ObjectRef, ObjectType, Policy
from snowmesh.account.state import Account, RowPolicyReference
from snowmesh.local import errors, policy_checks
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session

_KIND = ObjectType.ROW_ACCESS_POLICY


def add(
    account: Account,
    session: Session,
    relation: ObjectRef,
    policy_parts: tuple[str, ...],
    columns: tuple[str, ...],
    *,
    creating: bool = False,
) -> Account:
    """Put a relation under a row access policy. `creating`: the primary role counts, the object is its own (R22).

    Policy, columns, their number, masks, types, and only then whether there is one already (A8).
    """
    item = policy_checks.relation(account, relation)
    policy = policy_checks.usable(account, session, _KIND, policy_parts, creating)
    if not creating:
        policy_checks.authorize(account, session, item, _KIND, policy.ref)
    found = [policy_checks.column(item, name, creating) for name in columns]
    policy_checks.check_count(policy, item, columns)
    for name in columns:
        policy_checks.check_row_argument(account, item, name, policy)
    for column, (_, data_type) in zip(found, policy.signature, strict=True):
        policy_checks.check_family(column, data_type, _KIND)
    if relation in account.row_policies:
        raise SnowflakeError(
            3549,
            "23505",
            f"SQL compilation error:\nObject {relation.name[-1]} already has a ROW_ACCESS_POLICY. "
            "Only one ROW_ACCESS_POLICY is allowed at a time.",
        )
    policy_checks.check_sources(account, policy, item)
    return account.with_row_policy(relation, RowPolicyReference(policy.ref, columns))


def drop(account: Account, session: Session, relation: ObjectRef, policy_parts: tuple[str, ...]) -> Account:
    """Take the named policy off a relation (A3, A8)."""
    item = policy_checks.relation(account, relation)
    policy: Policy = policy_checks.usable(account, session, _KIND, policy_parts)
    policy_checks.authorize(account, session, item, _KIND, policy.ref)
    reference = account.row_policies.get(relation)
    if reference is None or reference.policy != policy.ref:
        raise errors.invalid(f"Policy {policy.ref.name[-1]} is not attached to TABLE {relation.name[-1]}.")
    return account.without_row_policy(relation)


def drop_all(account: Account, session: Session, relation: ObjectRef) -> Account:
    """Take every row access policy off a relation; nothing to take is no error (A3)."""
    item = policy_checks.relation(account, relation)
    reference = account.row_policies.get(relation)
    policy_checks.authorize(account, session, item, _KIND, reference.policy if reference else None)
    return account.without_row_policy(relation)
