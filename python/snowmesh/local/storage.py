"""Where the rows of tables are: a table of the engine each, under a name that never changes.

CREATE OR REPLACE makes a new one beside the old; RENAME, SWAP, DROP and UNDROP change the catalog alone, and move no
row. Whatever no object of the catalog refers to any more goes after the catalog was saved, so that a crash leaves the
state before or after the statement and perhaps a table that nobody knows, which goes at the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

import duckdb

from snowmesh.account.objects import Database, ObjectRef, ObjectType, Relation, SecurableObject
from snowmesh.account.state import Account, Dropped
from snowmesh.local.engine import SCRATCH, Engine

Place = tuple[str, ...]
_CONTAINERS = (ObjectType.DATABASE, ObjectType.SCHEMA)


def place_for(account: Account, ref: ObjectRef) -> Place:
    """A place for the rows of a new table: under its own name if that is free, else with a number behind."""
    taken = {_folded(place) for place in places(account)}
    database, schema, name = ref.name[0].upper(), *ref.name[1:]  # the engine's databases are in capitals
    number, found = 0, (database, schema, name)
    while _folded(found) in taken:
        number += 1
        found = (database, schema, f"{name}${number}")
    return found


def places(account: Account) -> Iterator[Place]:
    """Where the rows of all tables are, dropped ones too as long as they can come back."""
    return _places_of(account.objects.values(), account.dropped)


def _places_of(items: Iterable[SecurableObject], dropped: Iterable[Dropped]) -> Iterator[Place]:
    for item in items:
        if isinstance(item, Relation) and not item.is_view:
            yield item.physical
    for record in dropped:
        yield from places(record.piece)


def _others(account: Account, than: Account) -> list[SecurableObject]:
    """The objects of an account that the other has not, or has otherwise."""
    return [o for ref, o in account.objects.items() if than.objects.get(ref) is not o]


def _other_records(account: Account, than: Account) -> list[Dropped]:
    known = {id(record) for record in than.dropped}
    return [record for record in account.dropped if id(record) not in known]


def follow(engine: Engine, before: Account, after: Account) -> None:
    """Make the databases and schemas that the account after a change needs; nothing that is there is touched."""
    if any(item.ref.type in _CONTAINERS for item in _others(after, before)):
        for container in sorted(_containers(after) - _containers(before)):
            _make(engine, container, fresh=True)


def sweep(engine: Engine, before: Account, after: Account) -> None:
    """Remove the rows that nothing refers to any more. What cannot be removed now goes at the next start."""
    if before.objects is after.objects and before.dropped is after.dropped:
        return
    gone = _others(before, after)
    lost = {_folded(place): place for place in _places_of(gone, _other_records(before, after))}
    for place in _places_of(_others(after, before), _other_records(after, before)):
        lost.pop(_folded(place), None)
    # a container goes with its catalog object, or with the last rows in it that could come back
    moved = any(item.ref.type in _CONTAINERS for item in gone)
    moved = moved or any(ObjectRef(ObjectType.SCHEMA, place[:2]) not in after.objects for place in lost.values())
    containers = _containers(before) - _containers(after) if moved else set()
    for place in lost.values():
        if not containers & {_folded(place[:1]), _folded(place[:2])}:
            _attempt(engine.drop_table, *place)
    for container in sorted(containers):
        if len(container) == 1:
            _attempt(engine.drop_database, *container)
        elif container[:1] not in containers:
            _attempt(engine.drop_schema, *container)


def opened(engine: Engine, account: Account) -> None:
    """At the start: attach what the account needs, and remove tables that a crash left behind."""
    needed = _containers(account)
    for container in sorted(needed):
        _make(engine, container, fresh=False)
    known = {_folded(place) for place in places(account)}
    for name in sorted(c[0] for c in needed if len(c) == 1):
        for place in engine.tables(name):
            if _folded(place) not in known:
                engine.drop_table(*place)


def _make(engine: Engine, container: Place, *, fresh: bool) -> None:
    if len(container) == 1:
        engine.create_database(container[0], fresh=fresh)
    else:
        engine.create_schema(container[0], container[1])


def _containers(account: Account) -> set[Place]:
    """Databases and schemas of the engine, as (database,) and (database, schema); it ignores case in names."""
    shared = {o.ref.name[0] for o in account.objects.values() if isinstance(o, Database) and o.shared}
    found: set[Place] = set()
    for ref in account.objects:
        if ref.type in _CONTAINERS:
            found.add(_folded(ref.name))
    for place in places(account):
        found |= {_folded(place[:1]), _folded(place[:2])}
    return {c for c in found if c[0] not in shared and c[0] != SCRATCH}


def _folded(place: Place) -> Place:
    return tuple(part.upper() for part in place)


def _attempt(remove: Callable[..., None], *place: str) -> None:
    with suppress(duckdb.Error):
        remove(*place)
