"""A mesh to the account it declares: objects, role grants and the least privileges that make it work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from snowmesh.account import identifiers, objects
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ACCOUNT, Database, ObjectRef, Schema, SecurableObject
from snowmesh.account.roles import SYSADMIN, USERADMIN
from snowmesh.account.state import Account, frozen
from snowmesh.bootstrap.declarations import Domain, Mesh, Name, User
from snowmesh.bootstrap.declared import Cause, Declared, Item

SHARED = "mesh"  # the group of what belongs to no single domain
__all__ = ["Cause", "Declared", "expand"]


def expand(mesh: Mesh) -> Declared:
    """Expand a valid mesh."""
    builder = _Builder(mesh)
    for domain in mesh.domains.values():
        builder.domain(domain)
    for role in mesh.roles:
        builder.role(SHARED, role, "declared under 'roles'")
        builder.member(Cause(SHARED, role.place, "every role rolls up to SYSADMIN"), role, objects.role(SYSADMIN))
    for user in mesh.users:
        builder.user(user)
    return builder.declared()


class _Builder:
    """Collects items in file order; an item declared twice keeps its first cause."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.objects: dict[ObjectRef, SecurableObject] = {}
        self.causes: dict[Item, Cause] = {}

    def declared(self) -> Declared:
        account = Account(
            objects=frozen(self.objects),
            grants=frozenset(c for c in self.causes if isinstance(c, Grant)),
            future_grants=frozenset(c for c in self.causes if isinstance(c, FutureGrant)),
            memberships=frozenset(c for c in self.causes if isinstance(c, Membership)),
        )
        return Declared(
            account, MappingProxyType(dict(self.causes)), self.mesh.file, self.mesh.environment, self.mesh.digest
        )

    # -- what a domain means ---------------------------------------------------------------------

    def domain(self, domain: Domain) -> None:
        """Everything one domain declares."""
        group = domain.label
        self.role(group, domain.owner, "the owner role")
        for reader in domain.readers:
            self.role(group, reader, "a reader role")
        self._containers(domain)
        cause = Cause(group, domain.owner.place, "every role rolls up to SYSADMIN")
        self.member(cause, domain.owner, objects.role(SYSADMIN))
        self._owner(domain)
        for reader in domain.readers:
            self._reader(domain, reader)
        self._governance(domain)
        self._consumed(domain)
        self._imported(domain)

    def _containers(self, domain: Domain) -> None:
        group, warehouse = domain.label, domain.warehouse
        database = objects.database(domain.database.stored)
        comment = _present(COMMENT=domain.comment)
        self._add(Database(ref=database, owner=SYSADMIN, properties=comment), group, domain.database, "database")
        for schema, reason in self._schemas(domain):
            ref = objects.schema(domain.database.stored, schema.stored)
            self._add(Schema(ref=ref, owner=SYSADMIN), group, schema, reason)
        properties = _present(
            WAREHOUSE_SIZE=warehouse.size, AUTO_SUSPEND=str(warehouse.auto_suspend), COMMENT=warehouse.comment
        )
        ref = objects.warehouse(warehouse.name.stored)
        self._add(SecurableObject(ref=ref, owner=SYSADMIN, properties=properties), group, warehouse.name, "warehouse")

    @staticmethod
    def _schemas(domain: Domain) -> list[tuple[Name, str]]:
        governance = [(domain.governance, "governance schema")] if domain.governance else []
        return [*((s, "schema") for s in domain.schemas), *governance]

    def _owner(self, domain: Domain) -> None:
        """The owner uses the domain's containers and creates relations in its schemas; dbt needs no more."""
        group, owner, database = domain.label, domain.owner, domain.database.stored
        self.grant(Cause(group, domain.database.place, "database"), ("USAGE",), objects.database(database), owner)
        creates = tuple(f"CREATE {kind}" for kind in domain.creates)
        for schema in domain.schemas:
            ref = objects.schema(database, schema.stored)
            self.grant(Cause(group, schema.place, "schemas, creates"), ("USAGE", *creates), ref, owner)
        warehouse = domain.warehouse.name
        self.grant(Cause(group, warehouse.place, "warehouse"), ("USAGE",), objects.warehouse(warehouse.stored), owner)

    def _reader(self, domain: Domain, reader: Name) -> None:
        """A reader reaches the schemas; SELECT on a product comes from dbt's own grants.

        The owner inherits the reader role, so that what it builds is built from clear values (M48).
        """
        group, database = domain.label, domain.database.stored
        inherits = Cause(group, reader.place, "the owner inherits its readers")
        self.member(inherits, reader, objects.role(domain.owner.stored))
        schemas = [objects.schema(database, schema.stored) for schema in domain.schemas]
        warehouse = objects.warehouse(domain.warehouse.name.stored)
        for ref in (objects.database(database), *schemas, warehouse):
            self.grant(Cause(group, reader.place, "readers"), ("USAGE",), ref, reader)

    def _governance(self, domain: Domain) -> None:
        """Tags and policies are made by the owner; a policy is put on a tag with an account privilege only (T23)."""
        if domain.governance is None:
            return
        ref = objects.schema(domain.database.stored, domain.governance.stored)
        cause = Cause(domain.label, domain.governance.place, "governance")
        self.grant(cause, ("USAGE", "CREATE TAG", "CREATE MASKING POLICY"), ref, domain.owner)
        cause = replace(cause, reason="governance: a policy on a tag needs it on the account")
        self.grant(cause, ("APPLY MASKING POLICY",), ACCOUNT, domain.owner)

    def _consumed(self, domain: Domain) -> None:
        """A consumer reaches the schema of the product and nothing else; SELECT comes from dbt's grants."""
        for consumed in domain.consumes:
            producer = self.mesh.domains[consumed.domain]
            product = next(p for p in producer.products if p.name.stored == consumed.product)
            cause = Cause(domain.label, consumed.place, f"consumes {producer.label}.{product.name.stored}")
            database = producer.database.stored
            for ref in (objects.database(database), objects.schema(database, product.schema)):
                self.grant(cause, ("USAGE",), ref, domain.owner)

    def _imported(self, domain: Domain) -> None:
        """A shared database is read as a whole (L7)."""
        for name in domain.imports:
            cause = Cause(domain.label, name.place, "imports")
            self.grant(cause, ("IMPORTED PRIVILEGES",), objects.database(name.stored), domain.owner)

    # -- users -------------------------------------------------------------------------------------

    def user(self, user: User) -> None:
        """A user, its defaults and its roles."""
        domain = self.mesh.domains[user.domain.stored] if user.domain else None
        group = domain.label if domain else SHARED
        ref = objects.user(user.name.stored)
        properties = {"TYPE": user.type.value, **(_defaults(domain) if domain else {})}
        self._add(SecurableObject(ref=ref, owner=USERADMIN, properties=frozen(properties)), group, user.name, "user")
        if domain and user.domain:
            self.member(Cause(group, user.domain.place, "the user's domain"), domain.owner, ref)
        for role in user.roles:
            self.member(Cause(group, role.place, "the user's roles"), role, ref)

    # -- single items --------------------------------------------------------------------------------

    def role(self, group: str, name: Name, reason: str) -> None:
        """Declare a role."""
        self._add(SecurableObject(ref=objects.role(name.stored), owner=USERADMIN), group, name, reason)

    def member(self, cause: Cause, role: Name, to: ObjectRef) -> None:
        """Declare a role grant."""
        self.causes.setdefault(Membership(role.stored, to), cause)

    def grant(self, cause: Cause, privileges: tuple[str, ...], on: ObjectRef, role: Name) -> None:
        """Declare privileges on an object."""
        for privilege in privileges:
            self.causes.setdefault(Grant(privilege, on, role.stored), cause)

    def _add(self, item: SecurableObject, group: str, name: Name, reason: str) -> None:
        self.objects[item.ref] = item
        self.causes[item.ref] = Cause(group, name.place, reason)


def _defaults(domain: Domain) -> dict[str, str]:
    """Where a domain's user starts. Values as Snowflake prints them."""
    return {
        "DEFAULT_ROLE": domain.owner.stored,
        "DEFAULT_WAREHOUSE": domain.warehouse.name.stored,
        "DEFAULT_NAMESPACE": identifiers.display_all((domain.database.stored, domain.schemas[0].stored)),
    }


def _present(**properties: str | None) -> Mapping[str, str]:
    """The properties that are declared; None is not managed."""
    return frozen({key: value for key, value in properties.items() if value is not None})
