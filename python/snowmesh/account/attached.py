"""What hangs on a relation and its columns - tags and policies of every kind - moved and copied as one (table 3.6)."""

from __future__ import annotations

from dataclasses import replace

from snowmesh.account.objects import ObjectRef
from snowmesh.account.state import Account, TagTarget


def policies_of(account: Account, ref: ObjectRef) -> frozenset[ObjectRef]:
    """Every policy that is set on a relation or a column of it; those that tags bring are not among them."""
    found = {m.policy for (relation, _), m in account.masks.items() if relation == ref}
    found |= {policy for (relation, _), policy in account.projections.items() if relation == ref}
    if ref in account.row_policies:
        found.add(account.row_policies[ref].policy)
    if ref in account.aggregations:
        found.add(account.aggregations[ref].policy)
    return frozenset(found)


def protected_by(account: Account, policy: ObjectRef) -> list[ObjectRef]:
    """The relations on which, or on whose columns, a policy is set."""
    found = {relation for (relation, _), m in account.masks.items() if m.policy == policy}
    found |= {relation for (relation, _), p in account.projections.items() if p == policy}
    found |= {relation for relation, r in account.row_policies.items() if r.policy == policy}
    found |= {relation for relation, a in account.aggregations.items() if a.policy == policy}
    return sorted(found)


def copied(account: Account, source: Account, old: ObjectRef, new: ObjectRef) -> Account:
    """The account with all that hangs on `old` in `source` on `new` too: a clone refers to the same policies."""
    for (relation, column), mask in source.masks.items():
        account = account.with_mask(new, column, mask) if relation == old else account
    for (relation, column), policy in source.projections.items():
        account = account.with_projection(new, column, policy) if relation == old else account
    if old in source.row_policies:
        account = account.with_row_policy(new, source.row_policies[old])
    if old in source.aggregations:
        account = account.with_aggregation(new, source.aggregations[old])
    for target, values in source.tag_values.items():
        for tag, value in values.items() if target.object == old else ():
            account = account.with_tag_value(TagTarget(new, target.column), tag, value)
    return account


def column_renamed(account: Account, ref: ObjectRef, old: str, new: str) -> Account:
    """The account after a column of a relation has another name: its tags and policies follow."""

    def named(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(new if column == old else column for column in columns)

    for tag, value in account.tag_values.get(TagTarget(ref, old), {}).items():
        account = account.without_tag_value(TagTarget(ref, old), tag).with_tag_value(TagTarget(ref, new), tag, value)
    if row_policy := account.row_policies.get(ref):
        account = account.with_row_policy(ref, replace(row_policy, columns=named(row_policy.columns)))
    if aggregation := account.aggregations.get(ref):
        keys = tuple(named(key) for key in aggregation.entity_keys)
        account = account.with_aggregation(ref, replace(aggregation, entity_keys=keys))
    if projection := account.projections.get((ref, old)):
        account = account.without_projection(ref, old).with_projection(ref, new, projection)
    for (relation, column), mask in list(account.masks.items()):
        if relation == ref:
            account = account.without_mask(ref, column)
            account = account.with_mask(ref, new if column == old else column, replace(mask, using=named(mask.using)))
    return account


def column_dropped(account: Account, ref: ObjectRef, column: str) -> Account:
    """The account without what hung on a column (M57)."""
    for tag in account.tag_values.get(TagTarget(ref, column), {}):
        account = account.without_tag_value(TagTarget(ref, column), tag)
    return account.without_mask(ref, column).without_projection(ref, column)
