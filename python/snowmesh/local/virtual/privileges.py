"""INFORMATION_SCHEMA.TABLE_PRIVILEGES, OBJECT_PRIVILEGES, APPLICABLE_ROLES and ENABLED_ROLES."""

from __future__ import annotations

from snowmesh.account.objects import ACCOUNT, RELATION_TYPES, ObjectRef, ObjectType, role, role_ref, shown_role, user
from snowmesh.account.roles import available_to_user
from snowmesh.local.session import ResultSet
from snowmesh.local.show.grants import Held, all_held, memberships
from snowmesh.local.show.listing import columns
from snowmesh.local.virtual.catalog import Catalog, rows, yes_no

TABLE_PRIVILEGES = columns(
    "GRANTOR, GRANTEE, GRANTED_TO, TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE, IS_GRANTABLE, "
    "WITH_HIERARCHY, CREATED:TIMESTAMP_LTZ"
)
OBJECT_PRIVILEGES = columns(
    "GRANTOR, GRANTEE, GRANTED_TO, OBJECT_CATALOG, OBJECT_SCHEMA, OBJECT_NAME, OBJECT_TYPE, PRIVILEGE_TYPE, "
    "IS_GRANTABLE, CREATED:TIMESTAMP_LTZ"
)
APPLICABLE_ROLES = columns("GRANTEE, ROLE_NAME, ROLE_OWNER, IS_GRANTABLE")
ENABLED_ROLES = columns("ROLE_NAME, ROLE_OWNER")


def table_privileges(catalog: Catalog, database: str) -> ResultSet:
    """TABLE_PRIVILEGES on the visible tables and views of the database; ownership is one of them."""
    found = [
        {
            **_held(held),
            "TABLE_CATALOG": held.on.name[0],
            "TABLE_SCHEMA": held.on.name[1],
            "TABLE_NAME": held.on.name[2],
            "WITH_HIERARCHY": "NO",
        }
        for held in _all(catalog)
        if held.on.type in RELATION_TYPES and held.on.name[0] == database
    ]
    return rows(TABLE_PRIVILEGES, found)


def object_privileges(catalog: Catalog, _database: str) -> ResultSet:
    """OBJECT_PRIVILEGES on every visible object of the account."""
    found = []
    for held in _all(catalog):
        container = [parent.name[-1] for parent in held.on.parents]
        found.append(
            {
                **_held(held),
                "OBJECT_CATALOG": container[0] if container else None,
                "OBJECT_SCHEMA": container[1] if len(container) > 1 else None,
                "OBJECT_NAME": held.on.name[-1] if held.on.name else catalog.account.name,
                "OBJECT_TYPE": held.on.type.value,
            }
        )
    return rows(OBJECT_PRIVILEGES, found)


def _all(catalog: Catalog) -> list[Held]:
    held = [h for h in all_held(catalog.account) if h.on == ACCOUNT or catalog.sees(h.on)]
    return sorted(held, key=lambda h: (h.on.type.value, *h.on.name, *h.order))


def _held(held: Held) -> dict[str, object]:
    return {
        "GRANTOR": shown_role(held.granted_by) or None,
        "GRANTEE": held.grantee.name[-1],
        "GRANTED_TO": held.grantee.type.shown,
        "PRIVILEGE_TYPE": held.privilege,
        "IS_GRANTABLE": yes_no(held.grant_option),
        "CREATED": held.created_on,
    }


def applicable_roles(catalog: Catalog, _database: str) -> ResultSet:
    """APPLICABLE_ROLES: one row for each role grant from the user downward."""
    grantees = {role(name) for name in available_to_user(catalog.account, catalog.session.user)}
    grantees.add(user(catalog.session.user))
    held = sorted((h for h in memberships(catalog.account) if h.grantee in grantees), key=lambda h: h.order)
    found = [
        {
            "GRANTEE": h.grantee.name[-1],
            "ROLE_NAME": h.on.name[-1],
            "ROLE_OWNER": _owner(catalog, h.on),
            "IS_GRANTABLE": yes_no(h.grant_option),
        }
        for h in held
    ]
    return rows(APPLICABLE_ROLES, found)


def enabled_roles(catalog: Catalog, _database: str) -> ResultSet:
    """ENABLED_ROLES: the active roles and all that they inherit."""
    active = {role_ref(name) for name in catalog.authority.roles}
    refs = sorted(r for r in active if r in catalog.account.objects and r.type is not ObjectType.USER)
    return rows(ENABLED_ROLES, [{"ROLE_NAME": ref.name[-1], "ROLE_OWNER": _owner(catalog, ref)} for ref in refs])


def _owner(catalog: Catalog, ref: ObjectRef) -> str | None:
    found = catalog.account.objects.get(ref)
    return shown_role(found.owner) or None if found else None
