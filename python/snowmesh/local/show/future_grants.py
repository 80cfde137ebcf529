"""SHOW FUTURE GRANTS: other column names than SHOW GRANTS, and no grantor (S7)."""

from __future__ import annotations

from snowmesh.account import identifiers
from snowmesh.account.grants import FutureGrant
from snowmesh.account.objects import EPOCH, ObjectType, role_name, role_ref, shown_role
from snowmesh.account.roles import closure
from snowmesh.local.session import ResultSet
from snowmesh.local.show.grants import existing_role
from snowmesh.local.show.listing import columns, result
from snowmesh.local.show.request import Request, true_false
from snowmesh.local.show.statements import Scope, ShowFutureGrants

COLUMNS = columns("created_on:TIMESTAMP_LTZ, privilege, grant_on, name, grant_to, grantee_name, grant_option")


def execute(request: Request, statement: ShowFutureGrants) -> ResultSet:
    """The result of a SHOW FUTURE GRANTS."""
    of_role = statement.type in (ObjectType.ROLE, ObjectType.DATABASE_ROLE)
    grants = _to_role(request, statement) if of_role else _in_container(request, statement)
    rows = [
        {
            "created_on": _created(request, g),
            "privilege": g.privilege,
            "grant_on": g.object_type.shown,
            "name": placeholder(g),
            "grant_to": role_ref(g.role).type.shown,
            "grantee_name": shown_role(g.role),
            "grant_option": true_false(g.grant_option),
        }
        for g in sorted(grants, key=_order)[: statement.limit]
    ]
    return result(COLUMNS, rows)


def placeholder(grant: FutureGrant) -> str:
    """`DB.SCH.<TABLE>`, `DB.<SCHEMA>`: the objects that are not there yet."""
    return f"{identifiers.display_all(grant.container.name)}.<{grant.object_type.shown}>"


def _to_role(request: Request, statement: ShowFutureGrants) -> list[FutureGrant]:
    name = role_name(existing_role(request, statement.name, statement.type))
    roles = closure(request.account, [name]) if statement.hierarchy else frozenset({name})
    own = request.authority.roles
    return [
        g for g in request.account.future_grants if g.role in roles and (g.role in own or request.sees(g.container))
    ]


def _in_container(request: Request, statement: ShowFutureGrants) -> list[FutureGrant]:
    """Those defined on this container itself: IN DATABASE does not list those of its schemas."""
    name = request.prefix(Scope(statement.type.value, statement.name))
    return [g for g in request.account.future_grants if g.container.type is statement.type and g.container.name == name]


def _order(grant: FutureGrant) -> tuple[str, ...]:
    return (*role_ref(grant.role).name, grant.privilege, grant.object_type.value, *grant.container.name)


def _created(request: Request, grant: FutureGrant) -> object:
    item = request.account.objects.get(grant.container)
    return item.created_on if item else EPOCH
