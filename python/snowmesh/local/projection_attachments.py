"""Projection policies on columns: setting and unsetting them, with every check (A25-A27).

https://docs.snowflake.com/en/user-guide/projection-policies
Pure: each function returns the account after the change or raises a SnowflakeError.
"""

from __future__ import annotations

from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.account.state import Account
from snowmesh.local import errors, policy_checks
from snowmesh.local.session import Session

_KIND = ObjectType.PROJECTION_POLICY


def set_policy(
    account: Account,
    session: Session,
    relation: ObjectRef,
    column: str,
    policy_parts: tuple[str, ...],
    *,
    force: bool = False,
    creating: bool = False,
) -> Account:
    """Put a column under a projection policy. The same policy again changes nothing; FORCE replaces another.

    `creating`: the primary role counts, and the object in the making is its own (R22).
    """
    item = policy_checks.relation(account, relation)
    policy = policy_checks.usable(account, session, _KIND, policy_parts, creating)
    if not creating:
        policy_checks.authorize(account, session, item, _KIND, policy.ref)
    policy_checks.column(item, column, creating)
    current = account.projections.get((relation, column))
    if current == policy.ref:
        return account
    if current is not None and not force:
        raise errors.invalid(
            "Specified column already attached to another 'PROJECTION_POLICY'.A column cannot be attached to multiple "
            "policies of same kind.please drop the current association in order to attach a new policy."
        )
    _check_no_argument(account, relation, column)
    policy_checks.check_sources(account, policy, item)
    return account.with_projection(relation, column, policy.ref)


def unset_policy(account: Account, session: Session, relation: ObjectRef, column: str) -> Account:
    """Take the policy off a column; nothing to take is no error."""
    item = policy_checks.relation(account, relation)
    policy_checks.column(item, column)
    policy_checks.authorize(account, session, item, _KIND, account.projections.get((relation, column)))
    return account.without_projection(relation, column)


def _check_no_argument(account: Account, relation: ObjectRef, column: str) -> None:
    """A constrained column is no argument of a row access policy or of another column's mask (A9)."""
    row_policy = account.row_policies.get(relation)
    conditions = [c for (r, masked), m in account.masks.items() if r == relation and masked != column for c in m.using]
    if column in conditions or (row_policy is not None and column in row_policy.columns):
        raise errors.invalid(
            f"Column '{column}' is an argument of another policy and cannot be projection constrained."
        )
