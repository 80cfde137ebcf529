"""Grants as data: privileges on objects, future grants, role memberships."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef, ObjectType, RoleName


@dataclass(frozen=True, order=True)
class Grant:
    """A privilege on an object held by a role, a database role or a user (R24). OWNERSHIP is `owner` of the object.

    `granted_by` is a role; empty means SYSTEM, and such a grant cannot be changed (P33).
    """

    privilege: str
    on: ObjectRef
    role: RoleName
    grant_option: bool = False
    granted_by: RoleName = ""


@dataclass(frozen=True, order=True)
class FutureGrant:
    """A privilege that objects of a type get when created in a container, a database or schema (P42)."""

    privilege: str
    object_type: ObjectType
    container: ObjectRef
    role: RoleName
    grant_option: bool = False


@dataclass(frozen=True, order=True)
class Membership:
    """`GRANT [DATABASE] ROLE role TO {ROLE | DATABASE ROLE | USER} to` (R12, R40)."""

    role: RoleName
    to: ObjectRef
    grant_option: bool = False
    granted_by: RoleName = ""
