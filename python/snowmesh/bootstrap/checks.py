"""What a mesh file may not say although every single value is well formed: names that clash or lead nowhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from snowmesh.account.roles import SYSTEM_ROLES
from snowmesh.bootstrap.declarations import Domain, Mesh, Name, User
from snowmesh.bootstrap.problems import Place, Problem, one_of

# ORGADMIN is Snowflake's too, outside the hierarchy (R1)
RESERVED_ROLES = (*SYSTEM_ROLES, "ORGADMIN", "GLOBALORGADMIN")
RESERVED_DATABASES = ("SNOWFLAKE",)
RESERVED_SCHEMAS = ("INFORMATION_SCHEMA",)


def problems(mesh: Mesh) -> list[Problem]:
    """Every problem, in no particular order."""
    domains = list(mesh.domains.values())
    return [
        *_unique("role", [r for d in domains for r in (d.owner, *d.readers)] + list(mesh.roles), RESERVED_ROLES),
        *_unique("database", [d.database for d in domains], RESERVED_DATABASES),
        *_unique("warehouse", [d.warehouse.name for d in domains], ()),
        *_unique("user", [u.name for u in mesh.users], ()),
        *(problem for domain in domains for problem in _domain(mesh, domain)),
        *(problem for user in mesh.users for problem in _user(mesh, user)),
    ]


def _unique(kind: str, names: Iterable[Name], reserved: tuple[str, ...]) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for name in names:
        if name.stored in reserved:
            yield Problem(name.place, f"{kind} {name.stored} belongs to Snowflake; a mesh cannot declare it")
        elif name.stored in seen:
            yield Problem(name.place, f"{kind} {name.stored} is declared twice; first in line {seen[name.stored].line}")
        seen.setdefault(name.stored, name.place)


def _domain(mesh: Mesh, domain: Domain) -> Iterator[Problem]:
    governance = (domain.governance,) if domain.governance else ()
    yield from _unique(f"schema of domain '{domain.label}'", (*domain.schemas, *governance), RESERVED_SCHEMAS)
    yield from _unique(f"product of domain '{domain.label}'", [p.name for p in domain.products], ())
    yield from _unique(f"import of domain '{domain.label}'", domain.imports, ())
    schemas = [s.stored for s in domain.schemas]
    for product in domain.products:
        if product.schema not in schemas:
            text = f"product {product.name.stored} lies in schema {product.schema}, which domain '{domain.label}'"
            yield Problem(product.name.place, f"{text} does not have; {one_of(product.schema, schemas)}")
    for name in domain.imports:
        if any(name.stored == d.database.stored for d in mesh.domains.values()):
            yield Problem(
                name.place, f"database {name.stored} belongs to a domain of this mesh; use 'consumes', not 'imports'"
            )
    yield from _consumes(mesh, domain)


def _consumes(mesh: Mesh, domain: Domain) -> Iterator[Problem]:
    for consumed in domain.consumes:
        producer = mesh.domains.get(consumed.domain)
        if producer is None:
            labels = [d.label for d in mesh.domains.values()]
            yield Problem(consumed.place, f"unknown domain '{consumed.domain}'; {one_of(consumed.domain, labels)}")
        elif producer is domain:
            yield Problem(consumed.place, f"domain '{domain.label}' consumes its own product; it may read it anyway")
        elif consumed.product not in (products := [p.name.stored for p in producer.products]):
            text = f"domain '{producer.label}' has no product {consumed.product}; {one_of(consumed.product, products)}"
            yield Problem(consumed.place, f"{text}. A product is declared by the domain that owns it, under 'products'")


def _user(mesh: Mesh, user: User) -> Iterator[Problem]:
    if user.domain and user.domain.stored not in mesh.domains:
        labels = [d.label for d in mesh.domains.values()]
        yield Problem(user.domain.place, f"unknown domain '{user.domain.stored}'; {one_of(user.domain.stored, labels)}")
    declared = {r.stored for d in mesh.domains.values() for r in (d.owner, *d.readers)} | {r.stored for r in mesh.roles}
    for role in user.roles:
        if role.stored in RESERVED_ROLES:
            yield Problem(
                role.place, f"role {role.stored} belongs to Snowflake; grant it by hand, not from a mesh file"
            )
        elif role.stored not in declared:
            yield Problem(role.place, f"unknown role {role.stored}; {one_of(role.stored, declared)}")
