"""What a step does, in words: action, object type, name, detail. The views of a plan are made of these."""

from __future__ import annotations

from typing import NamedTuple

from snowmesh.account.objects import ObjectType, role_ref
from snowmesh.bootstrap.changes import (
    AlterObject,
    Change,
    CreateObject,
    GrantPrivileges,
    GrantRoles,
    Plan,
    RevokePrivileges,
    RevokeRole,
    Scope,
    SetManagedAccess,
    Step,
    TransferOwnership,
)
from snowmesh.bootstrap.wording import say, say_owner, say_role

CREATE, ALTER, GRANT, REVOKE, DROP = "create", "alter", "grant", "revoke", "drop"
ACTIONS = (CREATE, ALTER, GRANT, REVOKE, DROP)


class PlanRow(NamedTuple):
    """One step in words."""

    action: str
    kind: str
    name: str
    detail: str

    @property
    def head(self) -> str:
        """`CREATE ROLE`, `GRANT ON SCHEMA`, `REVOKE ROLE`."""
        return f"{self.action.upper()} {self.kind}"


def row(change: Change) -> PlanRow:
    """A change in words."""
    if isinstance(change, GrantPrivileges | RevokePrivileges):
        return _privileges(change)
    if isinstance(change, GrantRoles):
        names = ", ".join(role_ref(role).fqn for role in change.roles)
        return PlanRow(GRANT, role_ref(change.roles[0]).type.value, names, f"to {say(change.to)}")
    if isinstance(change, RevokeRole):
        ref = role_ref(change.role)
        return PlanRow(REVOKE, ref.type.value, ref.fqn, f"from {say(change.to)}")
    if isinstance(change, CreateObject):
        ref = change.object.ref
        detail = ", ".join(f"{_word(k)} {_value(v)}" for k, v in change.object.properties.items())
        return PlanRow(CREATE, ref.type.value, ref.fqn, detail)
    if isinstance(change, AlterObject | SetManagedAccess | TransferOwnership):
        return PlanRow(ALTER, change.ref.type.value, change.ref.fqn, _altered(change))
    return PlanRow(DROP, change.ref.type.value, change.ref.fqn, "")


def counted(plan: Plan) -> dict[str, int]:
    """How many steps there are of each action; drops only when there are any."""
    found = dict.fromkeys((CREATE, ALTER, GRANT, REVOKE), 0)
    for step in plan.steps:
        action = row(step.change).action
        found[action] = found.get(action, 0) + 1
    return found


def reasons(steps: tuple[Step, ...]) -> list[tuple[str, str]]:
    """(role, why) for every role beyond the usual one, each reason once."""
    return list(dict.fromkeys((step.run_as, step.why) for step in steps if step.why))


def _privileges(change: GrantPrivileges | RevokePrivileges) -> PlanRow:
    given = isinstance(change, GrantPrivileges)
    words = ", ".join(change.privileges)
    if change.option and not given:
        words = f"grant option of {words}"
    option = " with grant option" if change.option and given else ""
    on = change.on
    kind, name = on.type.value, on.fqn or "ACCOUNT"
    if change.scope is not Scope.OBJECT and change.objects:
        kind, name = f"{change.scope.value} {change.objects.plural}", f"in {say(on)}"
    if on.type is ObjectType.ACCOUNT:
        kind, name = "ACCOUNT", ""
    detail = f"{words} {'to' if given else 'from'} {say_role(change.role)}{option}"
    return PlanRow(GRANT if given else REVOKE, f"ON {kind}", name, detail)


def _altered(change: AlterObject | SetManagedAccess | TransferOwnership) -> str:
    if isinstance(change, TransferOwnership):
        return (
            f"owner {say_owner(str(role_ref(change.before).name[-1]))} -> {say_owner(role_ref(change.after).name[-1])}"
        )
    if isinstance(change, SetManagedAccess):
        return f"managed access {_on(not change.enabled)} -> {_on(change.enabled)}"
    return ", ".join(f"{_word(key)} {_value(before)} -> {_value(after)}" for key, before, after in change.properties)


def _on(enabled: bool) -> str:
    return "on" if enabled else "off"


def _value(text: str) -> str:
    return text or "none"


def _word(key: str) -> str:
    return key.lower().replace("_", " ")
