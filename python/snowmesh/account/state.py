"""The account: one frozen value that holds every object, grant, tag and policy reference.

A change is a new Account (`with_object`, `with_grants`, ...). Shared by bootstrap (declared and current
state) and local (the catalog).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import (
    MaskingPolicy,
    ObjectRef,
    ObjectType,
    Policy,
    Relation,
    RoleName,
    SecurableObject,
    Tag,
    role_name,
)

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, order=True)
class TagTarget:
    """What a tag is set on: an object, or a column of a relation."""

    object: ObjectRef
    column: str = ""


@dataclass(frozen=True)
class PolicyReference:
    """A masking policy set directly on a column; `using` are the column names after USING (M18)."""

    policy: ObjectRef
    using: tuple[str, ...] = ()


@dataclass(frozen=True)
class RowPolicyReference:
    """The row access policy of a relation; `columns` are those after ON, bound by position (A5)."""

    policy: ObjectRef
    columns: tuple[str, ...]


@dataclass(frozen=True)
class AggregationReference:
    """The aggregation policy of a relation; `entity_keys` are the column lists after ENTITY KEY (A22)."""

    policy: ObjectRef
    entity_keys: tuple[tuple[str, ...], ...] = ()


def frozen(items: Mapping[K, V]) -> Mapping[K, V]:
    """A read-only copy of a mapping."""
    return MappingProxyType(dict(items))


@dataclass(frozen=True)
class Dropped:
    """An object that UNDROP can bring back for `days`: `piece` is the part of the account that went with it.

    `outside`: created_on of every object that the piece names and that stayed. `replaced`: by CREATE OR REPLACE.
    """

    ref: ObjectRef
    on: datetime
    days: int
    piece: Account
    outside: Mapping[ObjectRef, datetime]
    replaced: bool = False


@dataclass(frozen=True)
class Account:
    """Everything the account knows. Treat as a value; all changes return a new one."""

    name: str = "LOCAL"
    objects: Mapping[ObjectRef, SecurableObject] = field(default_factory=lambda: frozen({}))
    grants: frozenset[Grant] = frozenset()
    future_grants: frozenset[FutureGrant] = frozenset()
    memberships: frozenset[Membership] = frozenset()
    tag_values: Mapping[TagTarget, Mapping[ObjectRef, str]] = field(default_factory=lambda: frozen({}))
    masks: Mapping[tuple[ObjectRef, str], PolicyReference] = field(default_factory=lambda: frozen({}))
    row_policies: Mapping[ObjectRef, RowPolicyReference] = field(default_factory=lambda: frozen({}))
    projections: Mapping[tuple[ObjectRef, str], ObjectRef] = field(default_factory=lambda: frozen({}))
    aggregations: Mapping[ObjectRef, AggregationReference] = field(default_factory=lambda: frozen({}))
    dropped: tuple[Dropped, ...] = ()  # the last one first

    # -- reading ---------------------------------------------------------------------------------

    def of_type(self, *types: ObjectType) -> list[SecurableObject]:
        """All objects of these types, by name."""
        return sorted((o for r, o in self.objects.items() if r.type in types), key=lambda o: o.ref)

    def role_exists(self, name: str) -> bool:
        """Whether a role of that stored name exists."""
        return ObjectRef(ObjectType.ROLE, (name,)) in self.objects

    def relation(self, name: tuple[str, ...]) -> Relation | None:
        """The table, view or dynamic table of that full name; they share a namespace (I16)."""
        return self._relations.get(name)

    def tag(self, ref: ObjectRef) -> Tag | None:
        """The tag, or None."""
        found = self.objects.get(ref)
        return found if isinstance(found, Tag) else None

    def masking_policy(self, ref: ObjectRef) -> MaskingPolicy | None:
        """The masking policy, or None."""
        found = self.objects.get(ref)
        return found if isinstance(found, MaskingPolicy) else None

    def policy(self, ref: ObjectRef) -> Policy | None:
        """The policy of whatever kind, or None."""
        found = self.objects.get(ref)
        return found if isinstance(found, Policy) else None

    def is_secure(self, relation: Relation) -> bool:
        """Whether a view's text and errors are its owner's: a secure one, or one with an aggregation policy (A23)."""
        return relation.secure or (relation.is_view and relation.ref in self.aggregations)

    def grants_on(self, ref: ObjectRef) -> frozenset[Grant]:
        """The grants on one object (OWNERSHIP is not among them)."""
        return self._grants_by_object.get(ref, frozenset())

    def granted_to(self, grantee: ObjectRef) -> frozenset[Membership]:
        """The role grants to one role, database role or user."""
        return self._memberships_by_grantee.get(grantee, frozenset())

    def children(self, container: ObjectRef) -> list[SecurableObject]:
        """Every object inside a database or schema, at any depth, by name."""
        return [o for o in self._sorted if container in o.ref.parents]

    @cached_property
    def closures(self) -> dict[frozenset[RoleName], frozenset[RoleName]]:
        """Roles -> all that they inherit, as far as somebody asked: an account does not change."""
        return {}

    @cached_property
    def _relations(self) -> dict[tuple[str, ...], Relation]:
        return {r.name: o for r, o in self.objects.items() if isinstance(o, Relation)}

    @cached_property
    def _sorted(self) -> list[SecurableObject]:
        return sorted(self.objects.values(), key=lambda o: o.ref)

    @cached_property
    def _memberships_by_grantee(self) -> dict[ObjectRef, frozenset[Membership]]:
        found: dict[ObjectRef, set[Membership]] = {}
        for membership in self.memberships:
            found.setdefault(membership.to, set()).add(membership)
        return {to: frozenset(memberships) for to, memberships in found.items()}

    @cached_property
    def _grants_by_object(self) -> dict[ObjectRef, frozenset[Grant]]:
        found: dict[ObjectRef, set[Grant]] = {}
        for grant in self.grants:
            found.setdefault(grant.on, set()).add(grant)
        return {ref: frozenset(grants) for ref, grants in found.items()}

    # -- changing --------------------------------------------------------------------------------

    def with_object(self, item: SecurableObject) -> Account:
        """The account with an object added, or changed in place (grants, tags and masks stay)."""
        return replace(self, objects=frozen({**self.objects, item.ref: item}))

    def with_grants(self, grants: Iterable[Grant]) -> Account:
        """The account with these grants added."""
        return replace(self, grants=self.grants | frozenset(grants))

    def without_grants(self, grants: Iterable[Grant]) -> Account:
        """The account without these grants."""
        return replace(self, grants=self.grants - frozenset(grants))

    def with_future_grants(self, grants: Iterable[FutureGrant]) -> Account:
        """The account with these future grants added."""
        return replace(self, future_grants=self.future_grants | frozenset(grants))

    def without_future_grants(self, grants: Iterable[FutureGrant]) -> Account:
        """The account without these future grants."""
        return replace(self, future_grants=self.future_grants - frozenset(grants))

    def with_memberships(self, memberships: Iterable[Membership]) -> Account:
        """The account with these role grants added."""
        return replace(self, memberships=self.memberships | frozenset(memberships))

    def without_memberships(self, memberships: Iterable[Membership]) -> Account:
        """The account without these role grants."""
        return replace(self, memberships=self.memberships - frozenset(memberships))

    def with_tag_value(self, target: TagTarget, tag: ObjectRef, value: str) -> Account:
        """The account with a tag set on a target; an earlier value is overwritten (T17)."""
        values = {**self.tag_values.get(target, {}), tag: value}
        return replace(self, tag_values=frozen({**self.tag_values, target: frozen(values)}))

    def without_tag_value(self, target: TagTarget, tag: ObjectRef) -> Account:
        """The account with a tag unset on a target; succeeds when it was not set (T17)."""
        values = {t: v for t, v in self.tag_values.get(target, {}).items() if t != tag}
        rest = {k: v for k, v in self.tag_values.items() if k != target}
        if values:
            rest[target] = frozen(values)
        return replace(self, tag_values=frozen(rest))

    def with_mask(self, relation: ObjectRef, column: str, reference: PolicyReference) -> Account:
        """The account with a masking policy set on a column."""
        return replace(self, masks=frozen({**self.masks, (relation, column): reference}))

    def without_mask(self, relation: ObjectRef, column: str) -> Account:
        """The account with the masking policy of a column unset."""
        return replace(self, masks=frozen({k: v for k, v in self.masks.items() if k != (relation, column)}))

    def with_row_policy(self, relation: ObjectRef, reference: RowPolicyReference) -> Account:
        """The account with a row access policy on a relation."""
        return replace(self, row_policies=frozen({**self.row_policies, relation: reference}))

    def without_row_policy(self, relation: ObjectRef) -> Account:
        """The account without the row access policy of a relation."""
        return replace(self, row_policies=frozen({k: v for k, v in self.row_policies.items() if k != relation}))

    def with_projection(self, relation: ObjectRef, column: str, policy: ObjectRef) -> Account:
        """The account with a projection policy set on a column."""
        return replace(self, projections=frozen({**self.projections, (relation, column): policy}))

    def without_projection(self, relation: ObjectRef, column: str) -> Account:
        """The account with the projection policy of a column unset."""
        return replace(self, projections=frozen({k: v for k, v in self.projections.items() if k != (relation, column)}))

    def with_aggregation(self, relation: ObjectRef, reference: AggregationReference) -> Account:
        """The account with an aggregation policy on a relation."""
        return replace(self, aggregations=frozen({**self.aggregations, relation: reference}))

    def without_aggregation(self, relation: ObjectRef) -> Account:
        """The account without the aggregation policy of a relation."""
        return replace(self, aggregations=frozen({k: v for k, v in self.aggregations.items() if k != relation}))

    def without_object(self, ref: ObjectRef) -> Account:
        """The account without an object, what it contains, and everything that hung on any of it.

        Grants on it, grants to it, memberships, future grants, tag values, masks: all go (P-table 3.6).
        """
        gone = {ref, *(o.ref for o in self.children(ref))}
        tags = {r for r in gone if r.type is ObjectType.TAG}
        roles = {role_name(r) for r in gone}
        return replace(
            self,
            objects=frozen({r: o for r, o in self.objects.items() if r not in gone}),
            grants=self.grants - {g for g in self.grants if g.on in gone or g.role in roles},
            future_grants=frozenset(g for g in self.future_grants if g.container not in gone and g.role not in roles),
            memberships=frozenset(m for m in self.memberships if m.role not in roles and m.to not in gone),
            tag_values=frozen(
                {
                    target: frozen(kept)
                    for target, values in self.tag_values.items()
                    if target.object not in gone and (kept := {t: v for t, v in values.items() if t not in tags})
                }
            ),
            masks=frozen({k: v for k, v in self.masks.items() if k[0] not in gone}),
            row_policies=frozen({k: v for k, v in self.row_policies.items() if k not in gone}),
            projections=frozen({k: v for k, v in self.projections.items() if k[0] not in gone}),
            aggregations=frozen({k: v for k, v in self.aggregations.items() if k not in gone}),
            dropped=tuple(d for d in self.dropped if not gone.intersection(d.ref.parents)),
        )
