"""Aggregation policies on tables and views: setting and unsetting them, with every check (A22).

https://docs.snowflake.com/en/user-guide/aggregation-policies
https://docs.snowflake.com/en/user-guide/aggregation-policies-entity-privacy
Pure: each function returns the account after the change or raises a SnowflakeError.
"""

from __future__ import annotations

from dataclasses import replace

from snowmesh.account.objects import ObjectRef, ObjectType, Policy, Relation
from snowmesh.account.state import Account, AggregationReference
from snowmesh.local import errors, policy_checks
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session

_KIND = ObjectType.AGGREGATION_POLICY
Keys = tuple[tuple[str, ...], ...]


def set_policy(
    account: Account,
    session: Session,
    relation: ObjectRef,
    policy_parts: tuple[str, ...],
    *,
    keys: Keys = (),
    force: bool = False,
    creating: bool = False,
) -> Account:
    """Put a relation under an aggregation policy; with entity keys groups are counted in entities (A23).

    The same policy with the same keys again changes nothing; FORCE replaces another.
    """
    item, policy = _usable(account, session, relation, policy_parts, creating)
    _check_keys(item, keys, creating)
    reference = AggregationReference(policy.ref, keys)
    current = account.aggregations.get(relation)
    if current == reference:
        return account
    if current is not None and not force:
        raise _already(relation)
    return account.with_aggregation(relation, reference)


def add_keys(
    account: Account, session: Session, relation: ObjectRef, policy_parts: tuple[str, ...], keys: Keys
) -> Account:
    """`ADD AGGREGATION POLICY p ENTITY KEY (…)`: further entity keys under the same policy."""
    item, policy = _usable(account, session, relation, policy_parts, creating=False)
    _check_keys(item, keys, creating=False)
    current = account.aggregations.get(relation)
    if current is None:
        return account.with_aggregation(relation, AggregationReference(policy.ref, keys))
    if current.policy != policy.ref:
        raise errors.not_implemented("several aggregation policies on one object", "use one, with several entity keys")
    if not (current.entity_keys and keys):
        raise _already(relation)
    new = tuple(key for key in keys if key not in current.entity_keys)
    return account.with_aggregation(relation, replace(current, entity_keys=(*current.entity_keys, *new)))


def drop_keys(
    account: Account, session: Session, relation: ObjectRef, policy_parts: tuple[str, ...], keys: Keys
) -> Account:
    """`DROP AGGREGATION POLICY p [ENTITY KEY (…)]`: that key, or without one the policy with all keys."""
    _, policy = _usable(account, session, relation, policy_parts, creating=False)
    current = account.aggregations.get(relation)
    if current is None or current.policy != policy.ref or not set(keys) <= set(current.entity_keys):
        raise errors.invalid(f"Policy {policy.ref.name[-1]} is not attached to TABLE {relation.name[-1]}.")
    kept = tuple(key for key in current.entity_keys if key not in keys) if keys else ()
    if not kept:  # without any key it would protect rows, which are fewer than entities: it goes
        return account.without_aggregation(relation)
    return account.with_aggregation(relation, replace(current, entity_keys=kept))


def unset_policy(account: Account, session: Session, relation: ObjectRef) -> Account:
    """Take the policy off a relation. There must be one, unlike for projection policies."""
    item = policy_checks.relation(account, relation)
    current = account.aggregations.get(relation)
    policy_checks.authorize(account, session, item, _KIND, current.policy if current else None)
    if current is None:
        raise errors.invalid(f"Any policy of kind AGGREGATION_POLICY is not attached to TABLE {relation.name[-1]}.")
    return account.without_aggregation(relation)


def _usable(
    account: Account, session: Session, relation: ObjectRef, policy_parts: tuple[str, ...], creating: bool
) -> tuple[Relation, Policy]:
    item = policy_checks.relation(account, relation)
    policy = policy_checks.usable(account, session, _KIND, policy_parts, creating)
    if not creating:
        policy_checks.authorize(account, session, item, _KIND, policy.ref)
    return item, policy


def _check_keys(item: Relation, keys: Keys, creating: bool) -> None:
    for key in keys:
        for name in key:
            policy_checks.column(item, name, creating)
        if len(set(key)) != len(key):
            raise errors.invalid(f"A column stands twice in ENTITY KEY ({', '.join(key)}).")
    if len(set(keys)) != len(keys):
        raise errors.invalid("An entity key is given twice.")


def _already(relation: ObjectRef) -> SnowflakeError:
    return SnowflakeError(
        3549,
        "23505",
        f"SQL compilation error:\nObject {relation.name[-1]} already has a AGGREGATION_POLICY. "
        "Only one AGGREGATION_POLICY is allowed at a time.",
    )
