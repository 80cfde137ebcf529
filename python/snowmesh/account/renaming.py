"""A new name for an object: everything that refers to it follows (table 3.6, T50, M56)."""

from __future__ import annotations

from dataclasses import replace

from snowmesh.account.objects import ObjectRef, RoleName, SecurableObject, Tag, role_name
from snowmesh.account.state import Account, frozen


def renamed(account: Account, old: ObjectRef, new: ObjectRef) -> Account:
    """The account with an object that contains nothing renamed: role, database role, user, warehouse, tag, policy."""
    rename = _Rename(old, new)
    return replace(
        account,
        objects=frozen({rename.ref(r): rename.item(o) for r, o in account.objects.items()}),
        grants=frozenset(
            replace(g, on=rename.ref(g.on), role=rename.role(g.role), granted_by=rename.role(g.granted_by))
            for g in account.grants
        ),
        future_grants=frozenset(replace(g, role=rename.role(g.role)) for g in account.future_grants),
        memberships=frozenset(
            replace(m, role=rename.role(m.role), to=rename.ref(m.to), granted_by=rename.role(m.granted_by))
            for m in account.memberships
        ),
        tag_values=frozen(
            {
                replace(target, object=rename.ref(target.object)): frozen({rename.ref(t): v for t, v in values.items()})
                for target, values in account.tag_values.items()
            }
        ),
        masks=frozen({k: replace(m, policy=rename.ref(m.policy)) for k, m in account.masks.items()}),
        row_policies=frozen({k: replace(p, policy=rename.ref(p.policy)) for k, p in account.row_policies.items()}),
        projections=frozen({k: rename.ref(p) for k, p in account.projections.items()}),
        aggregations=frozen({k: replace(a, policy=rename.ref(a.policy)) for k, a in account.aggregations.items()}),
    )


class _Rename:
    """The two substitutions: an object reference, and a role's name where it stands as text."""

    def __init__(self, old: ObjectRef, new: ObjectRef) -> None:
        self.old, self.new = old, new

    def ref(self, ref: ObjectRef) -> ObjectRef:
        return self.new if ref == self.old else ref

    def role(self, name: RoleName) -> RoleName:
        return role_name(self.new) if name == role_name(self.old) else name

    def item(self, item: SecurableObject) -> SecurableObject:
        item = replace(item, ref=self.ref(item.ref), owner=self.role(item.owner))
        if isinstance(item, Tag):
            return replace(item, masking_policies=tuple(self.ref(p) for p in item.masking_policies))
        return item
