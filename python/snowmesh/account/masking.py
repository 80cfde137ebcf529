"""Which tags and which masking policy are in force on a column (facts T29-T31, M32-M37)."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.data_types import family
from snowmesh.account.objects import ACCOUNT, MaskingPolicy, ObjectRef, ObjectType, Relation
from snowmesh.account.state import Account, TagTarget


class MaskingConflict(Exception):
    """A column whose mask cannot be decided; the query fails with this text (M35, M36).

    `status` is what POLICY_REFERENCES says of the column.
    """

    def __init__(self, message: str, status: str = "") -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class EffectiveTag:
    """A tag in force on a target: its value and the object type at which it is set (T35)."""

    tag: ObjectRef
    value: str
    level: str


@dataclass(frozen=True)
class EffectiveMask:
    """The policy in force on a column, its arguments as column names, and the tag that brought it."""

    policy: MaskingPolicy
    arguments: tuple[str, ...]
    tag: ObjectRef | None = None


def effective_tags(account: Account, ref: ObjectRef, column: str = "") -> dict[ObjectRef, EffectiveTag]:
    """The tags in force on an object or column; the nearest explicit value wins (T29)."""
    found: dict[ObjectRef, EffectiveTag] = {}
    for target, level in _inheritance(ref, column):
        for tag, value in account.tag_values.get(target, {}).items():
            found.setdefault(tag, EffectiveTag(tag, value, level))
    return found


def effective_mask(account: Account, relation: Relation, column: str) -> EffectiveMask | None:
    """The masking policy in force on a column, or None. Raises MaskingConflict (M34-M36)."""
    direct = account.masks.get((relation.ref, column))
    if direct is not None:
        policy = account.masking_policy(direct.policy)
        if policy is None:
            raise MaskingConflict(
                f"Column {column} already attached to a masking policy that does not exist. "
                "Please contact the policy administrator."
            )
        return EffectiveMask(policy, direct.using or (column,))
    return _tag_mask(account, relation, column)


def tag_policies(account: Account, relation: Relation, column: str) -> list[tuple[ObjectRef, MaskingPolicy]]:
    """Every (tag, policy) that the tags in force bring to a column of matching type (M32, M33)."""
    found = relation.column(column)
    if found is None:
        return []
    pairs: list[tuple[ObjectRef, MaskingPolicy]] = []
    for tag in sorted(effective_tags(account, relation.ref, column)):
        definition = account.tag(tag)
        for ref in definition.masking_policies if definition else ():
            policy = account.masking_policy(ref)
            if policy and family(policy.signature[0][1]) == family(found.data_type):
                pairs.append((tag, policy))
    return pairs


def _tag_mask(account: Account, relation: Relation, column: str) -> EffectiveMask | None:
    pairs = tag_policies(account, relation, column)
    if len({policy.ref for _, policy in pairs}) > 1:
        raise MaskingConflict(
            f"Column {column} is mapped to multiple masking policies by tags."
            "Please contact your local administrator to fix the issue.",
            "MULTIPLE_MASKING_POLICY_ASSIGNED_TO_THE_COLUMN",
        )
    if not pairs:
        return None
    tag, policy = pairs[0]
    return EffectiveMask(policy, _named_arguments(relation, column, policy), tag)


def _named_arguments(relation: Relation, column: str, policy: MaskingPolicy) -> tuple[str, ...]:
    """Bind conditional arguments by column name (M36)."""
    arguments = [column]
    for name, data_type in policy.signature[1:]:
        other = relation.column(name)
        if other is None:
            raise MaskingConflict(
                f"Column {column} is mapped to a masking policy where the table doesn't have a column for a "
                "secondary argument name of the policy.Please contact your local administrator to fix the issue.",
                "COLUMN_IS_MISSING_FOR_SECONDARY_ARG",
            )
        if family(other.data_type) != family(data_type):
            raise MaskingConflict(
                f"Column {column} is mapped to a masking policy where the table has a column with different "
                "data-type for a secondary argument name.Please contact your local administrator to fix the issue.",
                "COLUMN_DATATYPE_MISMATCH_FOR_SECONDARY_ARG",
            )
        arguments.append(name)
    return tuple(arguments)


def _inheritance(ref: ObjectRef, column: str) -> list[tuple[TagTarget, str]]:
    """Where tags come from, nearest first. A view says TABLE, as Snowflake does (T33)."""
    own = "TABLE" if ref.type in (ObjectType.VIEW, ObjectType.DYNAMIC_TABLE) else ref.type.value
    chain = [(TagTarget(ref, column), "COLUMN")] if column else []
    chain.append((TagTarget(ref), own))
    chain.extend((TagTarget(parent), parent.type.value) for parent in reversed(ref.parents))
    if ref.type is not ObjectType.ACCOUNT:
        chain.append((TagTarget(ACCOUNT), "ACCOUNT"))
    return chain
