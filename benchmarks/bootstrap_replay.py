"""An account that answers SHOW without any delay, from what a mesh file declares: as if the mesh had been applied."""

from __future__ import annotations

from collections.abc import Iterable

from snowmesh.account import roles
from snowmesh.account.grants import Grant, Membership
from snowmesh.account.objects import ObjectRef, ObjectType, role, role_ref
from snowmesh.account.state import Account
from snowmesh.bootstrap.session import SYNTAX_ERROR, Row, StatementError

_ON = {ObjectType.ROLE: "ROLE", ObjectType.DATABASE_ROLE: "DATABASE_ROLE"}


class Replay:
    """A session of mesh-bootstrap. `hierarchy`: whether the account knows SHOW GRANTS ... INCLUDE HIERARCHY."""

    account, user = "REPLAY", "BENCH"

    def __init__(self, account: Account, hierarchy: bool) -> None:
        self._account, self._hierarchy = account, hierarchy
        self._role = ""
        self.sent = 1  # USE SECONDARY ROLES NONE
        self._by_role: dict[str, list[Row]] = {}
        for grant in account.grants:
            self._by_role.setdefault(str(grant.role), []).append(_granted(grant))
        for member in account.memberships:
            if member.to.type is ObjectType.ROLE:
                self._by_role.setdefault(member.to.name[0], []).append(_member(member))

    def use_role(self, name: str) -> None:
        """Take a role."""
        self.sent += name != self._role
        self._role = name

    def query(self, sql: str) -> list[Row]:
        """The rows of a SHOW."""
        self.sent += 1
        words = sql.split()
        if words[1] in ("GRANTS", "FUTURE"):
            return self._grants(sql, words)
        kind = {
            "ROLES": ObjectType.ROLE,
            "WAREHOUSES": ObjectType.WAREHOUSE,
            "DATABASES": ObjectType.DATABASE,
            "SCHEMAS": ObjectType.SCHEMA,
            "USERS": ObjectType.USER,
        }[words[1]]
        return [self._object(ref) for ref in self._account.objects if ref.type is kind]

    def _grants(self, sql: str, words: list[str]) -> list[Row]:
        if sql.endswith("HIERARCHY") and not self._hierarchy:
            raise StatementError(sql, SYNTAX_ERROR, "syntax error")
        if words[1] == "FUTURE":
            return []
        name = words[4].strip('"')
        if words[3] == "USER":
            to = ObjectRef(ObjectType.USER, (name,))
            return [{**_member(m), "role": m.role} for m in self._account.granted_to(to)]
        if words[2] == "OF":
            ref = role(name)
            return [_member(m) for m in self._account.memberships if role_ref(m.role) == ref]
        names: Iterable[object] = roles.closure(self._account, [name]) if sql.endswith("HIERARCHY") else [name]
        return [row for each in names for row in self._by_role.get(str(each), ())]

    def _object(self, ref: ObjectRef) -> Row:
        item = self._account.objects[ref]
        found = item.properties
        held = any(m.to.type is ObjectType.USER for m in self._account.memberships) and ref.name[0].endswith("_ROLE")
        return {
            "name": ref.name[-1],
            "database_name": ref.name[0],
            "owner": item.owner,
            "comment": found.get("COMMENT", ""),
            "size": found.get("WAREHOUSE_SIZE", ""),
            "auto_suspend": found.get("AUTO_SUSPEND", ""),
            "type": found.get("TYPE", ""),
            "default_role": found.get("DEFAULT_ROLE", ""),
            "default_warehouse": found.get("DEFAULT_WAREHOUSE", ""),
            "default_namespace": found.get("DEFAULT_NAMESPACE", ""),
            "assigned_to_users": int(held),
        }


def _granted(grant: Grant) -> Row:
    return {
        "privilege": grant.privilege,
        "granted_on": grant.on.type.shown,
        "name": grant.on.fqn,
        "granted_to": "ROLE",
        "grantee_name": grant.role,
        "grant_option": "false",
        "granted_by": "SYSADMIN",
    }


def _member(member: Membership) -> Row:
    ref = role_ref(member.role)
    return {
        "privilege": "USAGE",
        "granted_on": _ON[ref.type],
        "name": ref.fqn,
        "granted_to": member.to.type.shown,
        "grantee_name": member.to.name[-1],
        "grant_option": "false",
        "granted_by": "USERADMIN",
    }
