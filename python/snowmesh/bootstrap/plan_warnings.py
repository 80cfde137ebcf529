"""What differs and is left as it is, and what will make a statement fail: said before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import Database, ObjectRef, role_ref
from snowmesh.account.state import Account
from snowmesh.bootstrap import differences
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.differences import Difference, Drift
from snowmesh.bootstrap.running_role import IMPORTED
from snowmesh.bootstrap.scope import Authority
from snowmesh.bootstrap.wording import say, say_item

_NAMED = 5  # so many roles are named; verify lists them all


def warnings(declared: Declared, current: Account, found: Iterable[Difference]) -> Iterator[str]:
    """Every warning of a plan, in the order of the mesh file."""
    found = list(found)
    yield from _owners(declared, current)
    yield from _imports(declared, current)
    yield from _shadowed(declared, current)
    yield from _unrevokable(found)
    yield from _strangers(declared, found)


def _owners(declared: Declared, current: Account) -> Iterator[str]:
    for item, cause in declared.causes.items():
        found = current.objects.get(item) if isinstance(item, ObjectRef) else None
        if found is None:
            continue
        if differences.is_shared(found):
            yield f"{say(found.ref)} is a shared database; a domain needs one of its own ({cause.place})"
        elif not found.owner:
            left = "" if differences.shows_properties(found) else " and its properties"
            yield f"{say(found.ref)} has an owner that cannot be seen; it{left} is left as it is ({cause.place})"


def _imports(declared: Declared, current: Account) -> Iterator[str]:
    for item, cause in declared.causes.items():
        if not isinstance(item, Grant) or item.privilege != IMPORTED:
            continue
        found = current.objects.get(item.on)
        if found is None:
            yield (
                f"{say(item.on)} is not in the account, so {IMPORTED} cannot be granted; ACCOUNTADMIN makes it with "
                f"CREATE DATABASE ... FROM SHARE ... ({cause.place})"
            )
        elif not (isinstance(found, Database) and found.shared):
            yield f"{say(item.on)} is not a shared database, so {IMPORTED} on it will be refused ({cause.place})"


def _shadowed(declared: Declared, current: Account) -> Iterator[str]:
    for difference in differences.shadowed(declared, current):
        what = say_item(difference.item)
        yield f"{what} has no effect in schema {difference.before} ({difference.cause.place})"


def _unrevokable(found: Iterable[Difference]) -> Iterator[str]:
    for difference in found:
        extra = difference.drift is Drift.EXTRA and not isinstance(difference.item, FutureGrant)
        if extra and not difference.granted_by:
            yield f"{say_item(difference.item)} is not declared, but SYSTEM granted it; nobody can revoke it"


def _strangers(declared: Declared, found: Iterable[Difference]) -> Iterator[str]:
    authority = Authority(declared)
    names: Counter[str] = Counter()
    for difference in found:
        if difference.drift is Drift.STRANGER and isinstance(difference.item, Grant | FutureGrant | Membership):
            stranger = authority.reported(difference.item)
            names[role_ref(stranger).fqn if stranger else "?"] += 1
    if names:
        listed = ", ".join(f"{name} ({count})" for name, count in sorted(names.items())[:_NAMED])
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield f"roles that nobody declared reach into the mesh: {listed}{more}; they are left, and verify lists them"
