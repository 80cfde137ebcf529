"""Grants as data: privileges on objects, future grants, role memberships."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectRef, ObjectType


@dataclass(frozen=True, order=True)
class Grant:
    """A privilege on an object held by a role. OWNERSHIP is never a Grant: it is `owner` of the object.

    `granted_by` is a role; empty means SYSTEM, and such a grant cannot be changed (P33).
    """

    privilege: str
    on: ObjectRef
    role: str
    grant_option: bool = False
    granted_by: str = ""


@dataclass(frozen=True, order=True)
class FutureGrant:
    """A privilege that objects of a type get when created in a container, a database or schema (P42)."""

    privilege: str
    object_type: ObjectType
    container: ObjectRef
    role: str
    grant_option: bool = False


@dataclass(frozen=True, order=True)
class Membership:
    """`GRANT ROLE role TO {ROLE | USER} to` (R12). `to` is an ObjectRef of type ROLE or USER."""

    role: str
    to: ObjectRef
    grant_option: bool = False
    granted_by: str = ""
