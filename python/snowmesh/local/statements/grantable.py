"""Which privileges a GRANT or REVOKE means, and what it reports (P8, P16, P29, P32)."""

from __future__ import annotations

from snowmesh.account import privileges
from snowmesh.account.objects import ObjectType
from snowmesh.local import errors
from snowmesh.local.session import Outcome
from snowmesh.local.statements.base import SUCCESS, PartiallyExecuted

EVERY = ("ALL",)  # GRANT ALL [PRIVILEGES]


def wanted(names: tuple[str, ...], object_type: ObjectType) -> tuple[str, ...]:
    """The privileges that are meant, ALL expanded; each must exist for the object type (P16)."""
    if names == EVERY:
        if object_type is ObjectType.TAG:
            raise errors.invalid("ALL PRIVILEGES cannot be granted on a TAG: name the privileges (APPLY, READ).")
        found = privileges.all_of(object_type)
        if not found:
            raise errors.invalid(f"Invalid object type '{object_type.value}' for privilege 'ALL'.")
        return found
    for name in names:
        if not privileges.is_grantable(object_type, name):
            raise errors.invalid(f"Invalid object type '{object_type.value}' for privilege '{name}'.")
    return names


def affected(count: int) -> str:
    """The status of ON ALL (P29)."""
    return f"{SUCCESS} {count} objects affected."


def partially_revoked(revoked: int, skipped: int, outcome: Outcome) -> PartiallyExecuted:
    """Something stays, because it was granted on and CASCADE is not written (P32)."""
    text = (
        f"Revoke partially executed: {revoked} grant(s) revoked, {skipped} grant(s) skipped due to dependent grants "
        "and no CASCADE is specified."
    )
    return PartiallyExecuted(3935, "23001", text, outcome)
