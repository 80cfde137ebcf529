"""Access tests of a mesh: what a role or user can or cannot do, evaluated on a declared or on a live account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from snowmesh.account import objects, roles
from snowmesh.account.authorization import Authority
from snowmesh.account.objects import RELATION_TYPES, Database, ObjectRef, ObjectType, RoleName, role_name, shown_role
from snowmesh.account.privileges import GRANTABLE, is_grantable
from snowmesh.account.state import Account
from snowmesh.bootstrap.declarations import AccessTest, Mesh, Name, Target
from snowmesh.bootstrap.problems import Place, Problem, one_of


class Outcome(str, Enum):
    """What a test found. UNDECIDED: the account decides, because dbt grants privileges on relations."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Assertion:
    """One thing that is tested. A relation stands as a table, whatever kind it is; `owner` is who builds a product."""

    who: ObjectRef
    privilege: str
    can: bool
    on: ObjectRef
    place: Place
    owner: str = ""

    def __str__(self) -> str:
        word = "can" if self.can else "cannot"
        on = f"{self.on.type.value.lower()} {self.on.fqn}".strip()
        return f"{self.who.type.value.lower()} {self.who.fqn} {word} {self.privilege} on {on}"

    def renamed(self, ref: Callable[[ObjectRef], ObjectRef]) -> Assertion:
        """The same with the names of an environment."""
        owner = ref(objects.role(self.owner)).name[0] if self.owner else ""
        return replace(self, who=ref(self.who), on=ref(self.on), owner=owner)


@dataclass(frozen=True)
class Result:
    """A test, what it found, and why: which role holds the privilege, or what is missing."""

    assertion: Assertion
    outcome: Outcome
    why: str


# -- from the mesh file ------------------------------------------------------------------------------------


def declared(mesh: Mesh) -> tuple[Assertion, ...]:
    """The single tests of a checked mesh, in file order."""
    return tuple(assertion for test in mesh.tests for assertion in _single(mesh, test))


def _single(mesh: Mesh, test: AccessTest) -> Iterator[Assertion]:
    who = [(objects.role(n.stored)) for n in test.roles] + [objects.user(n.stored) for n in test.users]
    for grantee in who:
        for target, _ in test.on:
            on, owner = _resolved(mesh, target)
            for privilege in test.privileges:
                yield Assertion(grantee, privilege.stored, test.can, on, privilege.place, owner)


def _resolved(mesh: Mesh, target: Target | tuple[str, ...]) -> tuple[ObjectRef, str]:
    if isinstance(target, Target):
        return target.ref, ""
    domain = mesh.domains[target[0]]
    product = next(p for p in domain.products if p.name.stored == target[1])
    pair = domain.find(product.schema)
    if pair is None:
        raise ValueError(f"{target} was not checked")
    names = (pair[0].name.stored, pair[1].name.stored, product.name.stored)
    return ObjectRef(ObjectType.TABLE, names), domain.owner.stored


def problems(mesh: Mesh, known_roles: Iterable[str]) -> Iterator[Problem]:
    """What is wrong with tests: unknown roles, users, products and privileges."""
    allowed = {*known_roles, *roles.SYSTEM_ROLES}
    users = [u.name.stored for u in mesh.users]
    for test in mesh.tests:
        yield from _unknown("role", test.roles, allowed)
        yield from _unknown("user", test.users, users)
        for target, place in test.on:
            found = _product_problem(mesh, target, place)
            if found:
                yield found
                continue
            kind = target.type if isinstance(target, Target) else ObjectType.TABLE
            for privilege in test.privileges:
                if not is_grantable(kind, privilege.stored):
                    text = one_of(privilege.stored, [p.lower() for p in GRANTABLE[kind]])
                    text = f"{privilege.stored} is no privilege of a {kind.value.lower()}; {text}"
                    yield Problem(privilege.place, text)


def _unknown(kind: str, names: Iterable[Name], allowed: Iterable[str]) -> Iterator[Problem]:
    allowed = set(allowed)
    for name in names:
        if name.stored not in allowed:
            yield Problem(name.place, f"unknown {kind} {name.stored}; {one_of(name.stored, allowed)}")


def _product_problem(mesh: Mesh, target: Target | tuple[str, ...], place: Place) -> Problem | None:
    if isinstance(target, Target):
        return None
    domain = mesh.domains.get(target[0])
    if domain is None:
        labels = [d.label for d in mesh.domains.values()]
        return Problem(place, f"unknown domain '{target[0]}'; {one_of(target[0], labels)}")
    products = [p.name.stored for p in domain.products]
    if target[1] not in products:
        return Problem(place, f"domain '{domain.label}' has no product {target[1]}; {one_of(target[1], products)}")
    return None


# -- evaluation --------------------------------------------------------------------------------------------


def evaluate(account: Account, tests: Iterable[Assertion], *, live: bool = False) -> list[Result]:
    """Every test's result. `live`: the account knows its relations and the grants on them."""
    account = account if live else _with_shared(account)
    return [_evaluated(account, test, live) for test in tests]


def _evaluated(account: Account, test: Assertion, live: bool) -> Result:
    authority = Authority(account, _active(account, test.who))
    closed = [p for p in test.on.parents if not authority.has_any(p)]
    holder = "" if closed else _holder(account, authority, test, live)
    if holder:
        return _result(test, True, f"held by {holder}")
    if closed:
        return _result(test, False, f"nothing is granted on {closed[0].type.value.lower()} {closed[0].fqn}")
    if not live and test.on.type in RELATION_TYPES:
        return Result(test, Outcome.UNDECIDED, "it reaches the schema; dbt grants on relations, and verify looks")
    return _result(test, False, f"no role of it holds {test.privilege}")


def _result(test: Assertion, has: bool, why: str) -> Result:
    return Result(test, Outcome.HOLDS if has == test.can else Outcome.FAILS, why)


def _active(account: Account, who: ObjectRef) -> Iterable[RoleName]:
    """A role, or all that are granted to a user: its secondary roles are ALL by default (R20)."""
    if who.type is ObjectType.USER:
        return [m.role for m in account.granted_to(who)] + [who]
    return [role_name(who)]


def _holder(account: Account, authority: Authority, test: Assertion, live: bool) -> str:
    """Who gives the privilege; empty when nobody does."""
    kinds = RELATION_TYPES if test.on.type in RELATION_TYPES else (test.on.type,)
    for ref in (ObjectRef(kind, test.on.name) for kind in kinds):
        if authority.owns(ref):
            return "the owner"
        for grant in sorted(account.grants_on(ref), key=lambda g: shown_role(g.role)):
            if grant.privilege == test.privilege and grant.role in authority.roles:
                return shown_role(grant.role)
        if authority.may_use(ref, test.privilege):
            return "the shared database"
    if not live:
        if test.owner in authority.roles:
            return test.owner
        for future in sorted(account.future_grants, key=lambda g: shown_role(g.role)):
            inside = future.container in test.on.parents and future.object_type in kinds
            if inside and future.privilege == test.privilege and future.role in authority.roles:
                return shown_role(future.role)
    return ""


def _with_shared(account: Account) -> Account:
    """A declared account has no object for a shared database; what is in one is read by IMPORTED PRIVILEGES (L7)."""
    for grant in account.grants:
        if grant.privilege == "IMPORTED PRIVILEGES" and grant.on not in account.objects:
            account = account.with_object(Database(ref=grant.on, owner="", shared=True))
    return account
