"""A mesh to the account it declares: objects, role grants and the least privileges that make it work."""

from __future__ import annotations

from dataclasses import replace

from snowmesh.account import identifiers, objects
from snowmesh.account.objects import ACCOUNT, RELATION_TYPES, ObjectRef, ObjectType, SecurableObject
from snowmesh.account.objects import Database as DatabaseObject
from snowmesh.account.objects import Schema as SchemaObject
from snowmesh.account.roles import SYSADMIN, USERADMIN
from snowmesh.bootstrap.collected import SHARED, Collected, present
from snowmesh.bootstrap.declarations import (
    AccessRole,
    Database,
    Domain,
    DottedName,
    Governance,
    Mesh,
    Name,
    Reader,
    Role,
    Schema,
    User,
    Warehouse,
)
from snowmesh.bootstrap.declared import Cause, Declared

WRITES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")


def expand(mesh: Mesh) -> Declared:
    """Expand a valid mesh, in the environment that was chosen."""
    found = Collected()
    for domain in mesh.domains.values():
        _domain(found, mesh, domain)
    for role in mesh.roles:
        found.role(SHARED, role.name, "declared under 'roles'", role.comment)
        _functional(found, SHARED, role, ())
    for user in mesh.users:
        _user(found, mesh, user)
    _raw(found, mesh)
    found.parents |= _alone(mesh)
    declared = found.declared(mesh)
    # most meshes have neither, and a command starts sooner without
    if mesh.tests:
        from snowmesh.bootstrap import assertions

        declared = replace(declared, tests=assertions.declared(mesh))
    chosen = next((e for e in mesh.environments if e.label == mesh.environment), None)
    if chosen is not None:
        from snowmesh.bootstrap import environments

        declared = environments.apply(declared, chosen)
    return declared


# -- domains -------------------------------------------------------------------------------------------


def _domain(found: Collected, mesh: Mesh, domain: Domain) -> None:
    """Everything one domain declares: roles, then containers, then what the roles may do."""
    _roles(found, domain)
    _containers(found, domain)
    _owner(found, domain)
    for reader in domain.readers:
        _reader(found, domain, reader)
    for access in domain.access:
        _access(found, domain, access)
    default_warehouses = tuple(w for w in domain.warehouses if w.used_by is None)
    for role in domain.roles:
        _functional(found, domain.label, role, default_warehouses)
    for warehouse in domain.warehouses:
        _used(found, domain, warehouse)
    if domain.governance:
        _governance(found, domain, domain.governance)
    _governed(found, mesh, domain)
    _consumed(found, mesh, domain)
    for name in domain.imports:  # a shared database is read as a whole (L7)
        cause = Cause(domain.label, name.place, "imports")
        found.grant(cause, ("IMPORTED PRIVILEGES",), objects.database(name.stored), domain.owner.stored)


def _roles(found: Collected, domain: Domain) -> None:
    group = domain.label
    found.role(group, domain.owner, "the owner role")
    for reader in domain.readers:
        found.role(group, reader.name, "a reader role", reader.comment)
    for access in domain.access:
        found.role(group, access.name, "an access role", access.comment)
    for role in domain.roles:
        found.role(group, role.name, "a functional role", role.comment)
    if domain.governance and domain.governance.steward:
        found.role(group, domain.governance.steward, "the steward of tags and policies")


def _containers(found: Collected, domain: Domain) -> None:
    group = domain.label
    for database in domain.databases:
        ref = objects.database(database.name.stored)
        properties = present(COMMENT=database.comment)
        found.add(DatabaseObject(ref=ref, owner=SYSADMIN, properties=properties), group, database.name, "database")
        for schema in database.schemas:
            managed = domain.managed_access if schema.managed_access is None else schema.managed_access
            found.add(_schema(database, schema.name, managed, schema.comment), group, schema.name, "schema")
        governance = domain.governance if database is domain.databases[0] else None
        if governance:
            managed = domain.managed_access if governance.managed_access is None else governance.managed_access
            item = _schema(database, governance.schema, managed, governance.comment)
            found.add(item, group, governance.schema, "governance schema")
    for warehouse in domain.warehouses:
        found.add(_warehouse(warehouse), group, warehouse.name, "warehouse")


def _schema(database: Database, name: Name, managed: bool | None, comment: str | None) -> SchemaObject:
    word = None if managed is None else str(managed).upper()
    return SchemaObject(
        ref=objects.schema(database.name.stored, name.stored),
        owner=SYSADMIN,
        properties=present(COMMENT=comment, MANAGED_ACCESS=word),
        managed_access=bool(managed),
    )


def _warehouse(warehouse: Warehouse) -> SecurableObject:
    properties = present(
        WAREHOUSE_SIZE=warehouse.size, AUTO_SUSPEND=str(warehouse.auto_suspend), COMMENT=warehouse.comment
    )
    return SecurableObject(ref=objects.warehouse(warehouse.name.stored), owner=SYSADMIN, properties=properties)


def _owner(found: Collected, domain: Domain) -> None:
    """The owner uses the domain's containers and creates relations in its schemas; dbt needs no more."""
    group, owner = domain.label, domain.owner.stored
    pairs = [pair for product in domain.products if (pair := domain.find(product.schema))]
    offered = {(d.name.stored, s.name.stored) for d, s in pairs}
    for database in domain.databases:
        cause = Cause(group, database.name.place, "database")
        found.grant(cause, ("USAGE",), objects.database(database.name.stored), owner)
        for schema in database.schemas:
            ref = objects.schema(database.name.stored, schema.name.stored)
            creates = tuple(f"CREATE {kind}" for kind in schema.creates or domain.creates)
            found.grant(Cause(group, schema.name.place, "schemas, creates"), ("USAGE", *creates), ref, owner)
            managed = domain.managed_access if schema.managed_access is None else schema.managed_access
            if managed and (database.name.stored, schema.name.stored) in offered:
                reason = "managed_access: dbt grants its products as the owner, which has to manage the grants there"
                found.grant(Cause(group, schema.name.place, reason), ("MANAGE GRANTS",), ref, owner)


def _reader(found: Collected, domain: Domain, reader: Reader) -> None:
    """A reader reaches the schemas; SELECT on a product comes from dbt's own grants.

    The owner inherits the reader role, so that what it builds is built from clear values (M48).
    """
    group, place, role = domain.label, reader.name.place, reader.name.stored
    found.member(Cause(group, place, "the owner inherits its readers"), role, objects.role(domain.owner.stored))
    pairs = domain.schemas if reader.schemas is None else _named(domain, reader.schemas)
    for ref in _reached(pairs):
        found.grant(Cause(group, place, "readers"), ("USAGE",), ref, role)


def _access(found: Collected, domain: Domain, access: AccessRole) -> None:
    """An access role holds its privileges on whatever is or comes into the schemas."""
    group, role = domain.label, access.name.stored
    for names, privileges in ((access.read, ("SELECT",)), (access.write, ("SELECT", *WRITES))):
        for name, pair in zip(names, _named(domain, names), strict=True):
            cause = Cause(group, name.place, "read" if names is access.read else "write")
            for ref in _reached([pair]):
                found.grant(cause, ("USAGE",), ref, role)
            schema = objects.schema(pair[0].name.stored, pair[1].name.stored)
            for kind in RELATION_TYPES:
                if kind.value in (pair[1].creates or domain.creates):
                    usable = privileges if kind is ObjectType.TABLE else ("SELECT",)
                    found.each(cause, usable, kind, schema, role)


def _functional(found: Collected, group: str, role: Role, defaults: tuple[Warehouse, ...]) -> None:
    """A functional role holds other roles, and the warehouses that it works with."""
    for held in role.holds:
        found.member(Cause(group, held.place, "holds"), held.stored, objects.role(role.name.stored))
    names = [(w.name.stored, role.name) for w in defaults]
    if role.warehouses is not None:
        names = [(name.stored, name) for name in role.warehouses]
    for warehouse, name in names:
        found.grant(Cause(group, name.place, "warehouses"), ("USAGE",), objects.warehouse(warehouse), role.name.stored)


def _used(found: Collected, domain: Domain, warehouse: Warehouse) -> None:
    """Who works with a warehouse: those it names, else the owner and the readers."""
    users = [(domain.owner, warehouse.name), *((r.name, r.name) for r in domain.readers)]
    if warehouse.used_by is not None:
        users = [(name, name) for name in warehouse.used_by]
    for role, why in users:
        cause = Cause(domain.label, why.place, "warehouse")
        found.grant(cause, ("USAGE",), objects.warehouse(warehouse.name.stored), role.stored)


def _governance(found: Collected, domain: Domain, governance: Governance) -> None:
    """Tags and policies are made by the steward; a policy is put on a tag with an account privilege only (T23).

    Whoever owns a tag or policy and the relation needs nothing to put it there; everybody else needs APPLY on it (T21,
    M22, A18).
    """
    steward = governance.steward or domain.owner
    ref = objects.schema(domain.database.stored, governance.schema.stored)
    cause = Cause(domain.label, governance.schema.place, "governance")
    found.grant(cause, ("USAGE", *(f"CREATE {kind}" for kind in governance.creates)), ref, steward.stored)
    if {"TAG", "MASKING POLICY"} <= set(governance.creates):
        reason = "governance: a policy on a tag needs it on the account"
        cause = Cause(domain.label, governance.schema.place, reason)
        found.grant(cause, ("APPLY MASKING POLICY",), ACCOUNT, steward.stored)
    if governance.steward:
        cause = Cause(domain.label, governance.steward.place, "governance: the steward reaches its schema")
        found.grant(cause, ("USAGE",), objects.database(domain.database.stored), steward.stored)
        for warehouse in domain.warehouses:
            if warehouse.used_by is None:
                found.grant(cause, ("USAGE",), objects.warehouse(warehouse.name.stored), steward.stored)
        _applies(found, domain, domain, domain.owner, governance.steward)


def _governed(found: Collected, mesh: Mesh, domain: Domain) -> None:
    for name in domain.governed_by:
        _applies(found, domain, mesh.domains[name.stored], domain.owner, name)


def _applies(found: Collected, domain: Domain, governor: Domain, role: Name, why: Name) -> None:
    """A role puts the listed tags and policies of a domain on relations that it owns: APPLY on each of them."""
    governance = governor.governance
    if governance is None:
        return
    cause = Cause(domain.label, why.place, f"governed by {governor.label}")
    database = governor.database.stored
    for ref in (objects.database(database), objects.schema(database, governance.schema.stored)):
        found.grant(cause, ("USAGE",), ref, role.stored)
    for kind, name in governance.applied:
        ref = ObjectRef(kind, (database, governance.schema.stored, name.stored))
        found.grant(cause, ("APPLY",), ref, role.stored)


def _consumed(found: Collected, mesh: Mesh, domain: Domain) -> None:
    """A consumer reaches the schema of the product and nothing else; SELECT comes from dbt's grants."""
    for consumed in domain.consumes:
        producer = mesh.domains[consumed.parts[0]]
        product = next(p for p in producer.products if p.name.stored == consumed.parts[1])
        cause = Cause(domain.label, consumed.place, f"consumes {producer.label}.{product.name.stored}")
        pair = producer.find(product.schema)
        for ref in _reached([pair] if pair else ()):
            found.grant(cause, ("USAGE",), ref, domain.owner.stored)


def _named(domain: Domain, names: tuple[DottedName, ...]) -> list[tuple[Database, Schema]]:
    """The schemas of those names; checked before."""
    return [pair for name in names if (pair := domain.find(name))]


def _reached(pairs: list[tuple[Database, Schema]] | tuple[tuple[Database, Schema], ...]) -> list[ObjectRef]:
    """What has to be open to reach schemas: their databases, and they."""
    refs = [ref for d, s in pairs for ref in _path(d.name.stored, s.name.stored)]
    return list(dict.fromkeys(refs))


def _path(database: str, schema: str) -> tuple[ObjectRef, ObjectRef]:
    return objects.database(database), objects.schema(database, schema)


# -- users and single grants -----------------------------------------------------------------------------


def _user(found: Collected, mesh: Mesh, user: User) -> None:
    """A user, its defaults and its roles."""
    domain = mesh.domains[user.domain.stored] if user.domain else None
    group = domain.label if domain else SHARED
    ref = objects.user(user.name.stored)
    properties = present(TYPE=user.type.value, **_defaults(user, domain), COMMENT=user.comment)
    found.add(SecurableObject(ref=ref, owner=USERADMIN, properties=properties), group, user.name, "user")
    if domain and user.domain:
        found.member(Cause(group, user.domain.place, "the user's domain"), domain.owner.stored, ref)
    for role in user.roles:
        found.member(Cause(group, role.place, "the user's roles"), role.stored, ref)


def _defaults(user: User, domain: Domain | None) -> dict[str, str | None]:
    """Where a user starts. Values as Snowflake prints them."""
    role, warehouse, namespace = user.default_role, user.default_warehouse, None
    if domain:
        role = role or domain.owner
        if warehouse is None and domain.warehouses:
            warehouse = domain.warehouses[0].name
        first = domain.databases[0]
        namespace = identifiers.display_all((first.name.stored, first.schemas[0].name.stored))
    return {
        "DEFAULT_ROLE": role.stored if role else None,
        "DEFAULT_WAREHOUSE": warehouse.stored if warehouse else None,
        "DEFAULT_NAMESPACE": namespace,
    }


def _alone(mesh: Mesh) -> set[str]:
    """The roles that do not roll up."""
    roles = [*mesh.roles, *(r for d in mesh.domains.values() for kind in (d.access, d.roles) for r in kind)]
    owners = {d.owner.stored for d in mesh.domains.values() if not d.rolls_up}
    return owners | {role.name.stored for role in roles if not role.rolls_up}


def _raw(found: Collected, mesh: Mesh) -> None:
    for entry in mesh.grants:
        for role in entry.roles:
            for name in entry.to:
                cause = Cause(SHARED, role.place, "declared under 'grants'")
                found.member(cause, role.stored, objects.role(name.stored))
        for privilege in entry.privileges:
            for target, _ in entry.on:
                for role in entry.to:
                    cause = Cause(SHARED, privilege.place, "declared under 'grants'")
                    found.ask(cause, privilege.stored, target, role.stored, entry.grant_option)
