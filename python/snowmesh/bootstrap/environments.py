"""One mesh in several environments: the same domains with other names and other warehouses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from snowmesh.account import identifiers
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.identifiers import MAX_LENGTH
from snowmesh.account.objects import ObjectRef, ObjectType, RoleName, SecurableObject, role_name, role_ref
from snowmesh.account.state import frozen
from snowmesh.bootstrap.declarations import Domain, Environment, Mesh, Name, UserType
from snowmesh.bootstrap.declared import Declared, Item
from snowmesh.bootstrap.problems import Problem, one_of

# -- names -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Renamer:
    """The names of one environment. Only what the mesh makes has another name; a person is the same everywhere."""

    names: Mapping[tuple[ObjectType, str], str]

    def ref(self, ref: ObjectRef) -> ObjectRef:
        """An object, or what lies in a database that has another name."""
        if not ref.name:
            return ref
        kind = ref.type if ref.type.depth == 1 else ObjectType.DATABASE
        first = self.names.get((kind, ref.name[0]))
        return ref if first is None else ObjectRef(ref.type, (first, *ref.name[1:]))

    def role(self, name: RoleName) -> RoleName:
        """A role."""
        return role_name(self.ref(role_ref(name)))

    def item(self, item: Item) -> Item:
        """Anything that is declared."""
        if isinstance(item, ObjectRef):
            return self.ref(item)
        if isinstance(item, Membership):
            return replace(item, role=self.role(item.role), to=self.ref(item.to))
        if isinstance(item, Grant):
            return replace(item, on=self.ref(item.on), role=self.role(item.role))
        return replace(item, container=self.ref(item.container), role=self.role(item.role))

    def properties(self, item: SecurableObject) -> dict[str, str]:
        """The properties of an object; where a person starts is left to one environment without other names."""
        found = dict(item.properties)
        if found.get("TYPE") == UserType.PERSON.value:
            return {key: value for key, value in found.items() if not key.startswith("DEFAULT_")}
        for key, kind in (("DEFAULT_ROLE", ObjectType.ROLE), ("DEFAULT_WAREHOUSE", ObjectType.WAREHOUSE)):
            if key in found:
                found[key] = self.names.get((kind, found[key]), found[key])
        if "DEFAULT_NAMESPACE" in found:
            database, *rest = identifiers.split(found["DEFAULT_NAMESPACE"])
            database = self.names.get((ObjectType.DATABASE, database), database)
            found["DEFAULT_NAMESPACE"] = identifiers.display_all((database, *rest))
        return found


def apply(declared: Declared, environment: Environment) -> Declared:
    """The account that the mesh declares in an environment."""
    objects = declared.account.objects
    renamer = _Renamer(dict(_renames(environment, _made(objects.values()))))
    changed: dict[ObjectRef, SecurableObject] = {}
    for item in objects.values():
        properties = renamer.properties(item) if environment.renames else dict(item.properties)
        if item.ref.type is ObjectType.WAREHOUSE:
            properties |= _warehouse(environment)
        ref = renamer.ref(item.ref)
        changed[ref] = replace(item, ref=ref, properties=frozen(properties))
    causes = {renamer.item(item): cause for item, cause in declared.causes.items()}
    account = replace(
        declared.account,
        objects=frozen(changed),
        grants=frozenset(item for item in causes if isinstance(item, Grant)),
        future_grants=frozenset(item for item in causes if isinstance(item, FutureGrant)),
        memberships=frozenset(item for item in causes if isinstance(item, Membership)),
    )
    tests = tuple(test.renamed(renamer.ref) for test in declared.tests)
    return replace(declared, account=account, causes=MappingProxyType(causes), tests=tests)


def _made(items: Iterable[SecurableObject]) -> Iterator[tuple[ObjectType, str]]:
    """What has a name of its own in each environment."""
    for item in items:
        if item.ref.type.depth == 1 and item.properties.get("TYPE") != UserType.PERSON.value:
            yield item.ref.type, item.ref.name[0]


def _renames(
    environment: Environment, made: Iterable[tuple[ObjectType, str]]
) -> Iterator[tuple[tuple[ObjectType, str], str]]:
    explicit = {old.stored: new.stored for old, new in environment.databases}
    prefix = environment.prefix.stored if environment.prefix else ""
    for kind, name in made:
        other = explicit.get(name) if kind is ObjectType.DATABASE else None
        yield (kind, name), other or prefix + name


def _warehouse(environment: Environment) -> dict[str, str]:
    found = {}
    if environment.size is not None:
        found["WAREHOUSE_SIZE"] = environment.size
    if environment.auto_suspend is not None:
        found["AUTO_SUSPEND"] = str(environment.auto_suspend)
    return found


# -- checks ----------------------------------------------------------------------------------------------


def problems(mesh: Mesh) -> Iterator[Problem]:
    """What is wrong with the environments: names that nothing has, that clash, or that are too long."""
    made = [pair for domain in mesh.domains.values() for pair in _names(domain)]
    made += [(ObjectType.ROLE, r.name.stored) for r in mesh.roles]
    made += [(ObjectType.USER, u.name.stored) for u in mesh.users if u.type is UserType.SERVICE]
    persons = {(ObjectType.USER, u.name.stored) for u in mesh.users if u.type is UserType.PERSON}
    databases = [name for kind, name in made if kind is ObjectType.DATABASE]
    seen: dict[str, Name] = {}
    for environment in mesh.environments:
        if environment.label in seen:
            yield Problem(environment.name.place, f"environment '{environment.label}' is there twice")
        seen[environment.label] = environment.name
        for old, _ in environment.databases:
            if old.stored not in databases:
                yield Problem(old.place, f"unknown database {old.stored}; {one_of(old.stored, databases)}")
        taken = set(persons)
        for (kind, name), new in _renames(environment, dict.fromkeys(made)):
            what = f"in environment '{environment.label}' {kind.value.lower()} {name} is called {new}"
            if (kind, new) in taken:
                yield Problem(environment.name.place, f"{what}, and so is another one")
            if len(new) > MAX_LENGTH:
                text = f"{what[:60]}..., which is longer than {MAX_LENGTH} characters"
                yield Problem(environment.name.place, text)
            taken.add((kind, new))


def _names(domain: Domain) -> Iterator[tuple[ObjectType, str]]:
    yield from ((ObjectType.DATABASE, d.name.stored) for d in domain.databases)
    yield from ((ObjectType.WAREHOUSE, w.name.stored) for w in domain.warehouses)
    yield from ((ObjectType.ROLE, name.stored) for name in domain.role_names)
