"""What a mesh may not say although every single value is well formed: names that clash or lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from snowmesh.account.objects import ObjectType
from snowmesh.account.privileges import GRANTABLE, is_grantable
from snowmesh.account.roles import PUBLIC, SYSTEM_ROLES
from snowmesh.bootstrap.declarations import Domain, DottedName, Mesh, Name, RawGrant, Role, Target, User
from snowmesh.bootstrap.problems import Place, Problem, one_of
from snowmesh.bootstrap.reader import MAX_PROBLEMS

# ORGADMIN is Snowflake's too, outside the hierarchy (R1)
RESERVED_ROLES = frozenset((*SYSTEM_ROLES, "ORGADMIN", "GLOBALORGADMIN"))
RESERVED_DATABASES = frozenset(("SNOWFLAKE",))
RESERVED_SCHEMAS = frozenset(("INFORMATION_SCHEMA",))


def problems(mesh: Mesh) -> list[Problem]:
    """Every problem, in no particular order; of very many the first."""
    return list(islice(_Checks(mesh).all(), MAX_PROBLEMS))


def first_at(place: Place, later: Place) -> str:
    """Where something was said first, as short as it is clear."""
    return f"first in line {place.line}" if place.file == later.file else f"first in {place.file}:{place.line}"


class _Checks:
    """The names that a mesh declares, and what is asked of them."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.domains = list(mesh.domains.values())
        self.role_names = [name for d in self.domains for name in d.role_names] + [r.name for r in mesh.roles]
        self.roles = {name.stored for name in self.role_names}
        self.databases = {db.name.stored for d in self.domains for db in d.databases}
        self.warehouses = {w.name.stored for d in self.domains for w in d.warehouses}

    def all(self) -> Iterator[Problem]:
        yield from _unique("role", self.role_names, RESERVED_ROLES)
        yield from _unique("database", [db.name for d in self.domains for db in d.databases], RESERVED_DATABASES)
        yield from _unique("warehouse", [w.name for d in self.domains for w in d.warehouses])
        yield from _unique("user", [u.name for u in self.mesh.users])
        for domain in self.domains:
            yield from self._domain(domain)
        yield from self._held([role for d in self.domains for role in d.roles] + list(self.mesh.roles))
        for user in self.mesh.users:
            yield from self._user(user)
        for grant in self.mesh.grants:
            yield from self._grant(grant)
        # most meshes have neither, and a command starts sooner without
        if self.mesh.tests:
            from snowmesh.bootstrap import assertions

            yield from assertions.problems(self.mesh, self.roles)
        if self.mesh.environments:
            from snowmesh.bootstrap import environments

            yield from environments.problems(self.mesh)

    # -- domains -----------------------------------------------------------------------------------

    def _domain(self, domain: Domain) -> Iterator[Problem]:
        governance = (domain.governance.schema,) if domain.governance else ()
        for database in domain.databases:
            names = [s.name for s in database.schemas]
            more = governance if database is domain.databases[0] else ()
            yield from _unique(f"schema of domain '{domain.label}'", [*names, *more], RESERVED_SCHEMAS)
        yield from _unique(f"product of domain '{domain.label}'", [p.name for p in domain.products])
        yield from _unique(f"import of domain '{domain.label}'", domain.imports)
        yield from self._schemas(domain)
        for name in domain.imports:
            if name.stored in self.databases:
                text = f"database {name.stored} belongs to a domain of this mesh; use 'consumes', not 'imports'"
                yield Problem(name.place, text)
        for warehouse in domain.warehouses:
            for name in warehouse.used_by or ():
                yield from self._role(name, "is given no privileges by a mesh file")
        yield from self._consumes(domain)
        yield from self._governed(domain)

    def _schemas(self, domain: Domain) -> Iterator[Problem]:
        for product in domain.products:
            what = f"product {product.name.stored}"
            if product.schema is None and domain.find(None) is None:
                text = f"{what} must say where it lies, `name: {{schema: ...}}`: there are more schemas"
                yield Problem(product.name.place, text)
            elif product.schema is not None:
                yield from _schema(domain, product.schema, f"{what} lies in")
        for reader in domain.readers:
            for name in reader.schemas or ():
                yield from _schema(domain, name, f"reader {reader.name.stored} reaches")
        for access in domain.access:
            for name in (*access.read, *access.write):
                yield from _schema(domain, name, f"access role {access.name.stored} is for")

    def _consumes(self, domain: Domain) -> Iterator[Problem]:
        for consumed in domain.consumes:
            label, wanted = consumed.parts
            producer = self.mesh.domains.get(label)
            if producer is None:
                yield self._no_domain(Name(label, consumed.place))
            elif producer is domain:
                text = f"domain '{domain.label}' consumes its own product; it may read it anyway"
                yield Problem(consumed.place, text)
            elif wanted not in (products := [p.name.stored for p in producer.products]):
                text = f"domain '{producer.label}' has no product {wanted}; {one_of(wanted, products)}"
                text += ". A product is declared by the domain that owns it, under 'products'"
                yield Problem(consumed.place, text)

    def _governed(self, domain: Domain) -> Iterator[Problem]:
        for name in domain.governed_by:
            governor = self.mesh.domains.get(name.stored)
            if governor is None:
                yield self._no_domain(name)
            elif governor is domain:
                yield Problem(name.place, f"domain '{domain.label}' is governed by itself; its owner may do it anyway")
            elif governor.governance is None or not governor.governance.applied:
                text = f"domain '{governor.label}' lists no tags or policies for others under 'governance'"
                yield Problem(name.place, text)

    def _no_domain(self, name: Name) -> Problem:
        return Problem(name.place, f"unknown domain '{name.stored}'; {one_of(name.stored, self._labels())}")

    def _labels(self) -> list[str]:
        return [d.label for d in self.domains]

    # -- roles, users, grants ------------------------------------------------------------------------

    def _held(self, roles: list[Role]) -> Iterator[Problem]:
        holds = {role.name.stored: [h.stored for h in role.holds] for role in roles}
        for domain in self.domains:
            holds.setdefault(domain.owner.stored, []).extend(r.name.stored for r in domain.readers)
        asked = [(to.stored, name) for grant in self.mesh.grants for to in grant.to for name in grant.roles]
        for to, name in asked:
            holds.setdefault(to, []).append(name.stored)
        for to, name in [*((role.name.stored, name) for role in roles for name in role.holds), *asked]:
            if to in _below(holds, name.stored):
                yield Problem(name.place, f"role {name.stored} holds {to} already; roles cannot hold each other")
        for role in roles:
            for name in role.holds:
                yield from self._role(name, "grant it by hand, not from a mesh file")
            for name in role.warehouses or ():
                if name.stored not in self.warehouses:
                    text = f"unknown warehouse {name.stored}; {one_of(name.stored, self.warehouses)}"
                    yield Problem(name.place, text)

    def _user(self, user: User) -> Iterator[Problem]:
        own = [role.stored for role in user.roles]
        if user.domain and user.domain.stored not in self.mesh.domains:
            yield self._no_domain(user.domain)
        elif user.domain:
            own.append(self.mesh.domains[user.domain.stored].owner.stored)
        for role in user.roles:
            yield from self._role(role, "grant it by hand, not from a mesh file")
        if user.default_role and user.default_role.stored not in own:
            text = f"user {user.name.stored} does not have its default role {user.default_role.stored}"
            yield Problem(user.default_role.place, f"{text}; {one_of(user.default_role.stored, own)}")
        warehouse = user.default_warehouse
        if warehouse and warehouse.stored not in self.warehouses:
            text = f"unknown warehouse {warehouse.stored}; {one_of(warehouse.stored, self.warehouses)}"
            yield Problem(warehouse.place, text)

    def _grant(self, grant: RawGrant) -> Iterator[Problem]:
        for role in grant.to:
            if role.stored != PUBLIC or grant.roles:
                yield from self._role(role, "is given no privileges by a mesh file")
        for role in grant.roles:
            yield from self._role(role, "grant it by hand, not from a mesh file")
        for target, place in grant.on:
            yield from _fits(grant.privileges, target)
            if target.ref.type is ObjectType.DATABASE and target.ref.name[0] in RESERVED_DATABASES:
                yield Problem(place, "database SNOWFLAKE belongs to Snowflake; grant on it by hand")

    def _role(self, name: Name, instead: str) -> Iterator[Problem]:
        if name.stored in RESERVED_ROLES:
            yield Problem(name.place, f"role {name.stored} belongs to Snowflake; {instead}")
        elif name.stored not in self.roles:
            yield Problem(name.place, f"unknown role {name.stored}; {one_of(name.stored, self.roles)}")


def _unique(kind: str, names: Iterable[Name], reserved: frozenset[str] = frozenset()) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for name in names:
        if name.stored in reserved:
            yield Problem(name.place, f"{kind} {name.stored} belongs to Snowflake; a mesh cannot declare it")
        elif name.stored in seen:
            text = f"{kind} {name.stored} is declared twice; {first_at(seen[name.stored], name.place)}"
            yield Problem(name.place, text)
        seen.setdefault(name.stored, name.place)


def _schema(domain: Domain, name: DottedName, what: str) -> Iterator[Problem]:
    if domain.find(name) is not None:
        return
    pairs = [(d.name.stored, s.name.stored) for d, s in domain.schemas]
    shown = ".".join(name.parts)
    if sum(schema == shown for _, schema in pairs) > 1:
        text = f"{what} schema {shown}, of which domain '{domain.label}' has more than one; write database.schema"
        yield Problem(name.place, text)
    else:
        allowed = one_of(shown, [".".join(p[-len(name.parts) :]) for p in pairs])
        yield Problem(name.place, f"{what} schema {shown}, which domain '{domain.label}' does not have; {allowed}")


def _below(holds: dict[str, list[str]], role: str) -> set[str]:
    found: set[str] = set()
    waiting = [role]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += holds.get(name, ())
    return found


def _fits(privileges: tuple[Name, ...], target: Target) -> Iterator[Problem]:
    """Whether the object has the privileges."""
    for privilege in privileges:
        if not is_grantable(target.type, privilege.stored):
            allowed = one_of(privilege.stored, [p.lower() for p in GRANTABLE[target.type]])
            kind = target.type.value.lower()
            yield Problem(privilege.place, f"{privilege.stored} is no privilege of a {kind}; {allowed}")
