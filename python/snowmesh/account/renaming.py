"""A new name for an object: everything that refers to it follows (table 3.6, T50, M56).

Text follows nothing, as in Snowflake: a view or a policy that names the object by its old name finds nothing there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from snowmesh.account.mapping import NewNames
from snowmesh.account.objects import ObjectRef
from snowmesh.account.state import Account, Dropped


def renamed(account: Account, old: ObjectRef, new: ObjectRef) -> Account:
    """The account with an object of any type renamed, and with it all that it contains; dropped objects too."""
    return moved(account, {old: new})


def moved(account: Account, names: Mapping[ObjectRef, ObjectRef]) -> Account:
    """The account with several objects renamed at once: two may exchange their names."""
    live = NewNames(names).value(replace(account, dropped=()))
    return replace(live, dropped=tuple(_moved(d, names) for d in account.dropped))


def _moved(dropped: Dropped, names: Mapping[ObjectRef, ObjectRef]) -> Dropped:
    """What was dropped moves with its container; what has its name today, or is inside of that, is another object."""
    others = {old: new for old, new in names.items() if dropped.ref not in (old, *old.parents)}
    return NewNames(others).value(dropped)


def swapped(account: Account, one: ObjectRef, other: ObjectRef) -> Account:
    """The account with the names of two objects exchanged; grants, tags and policies go with the objects."""
    return moved(account, {one: ObjectRef(one.type, other.name), other: ObjectRef(other.type, one.name)})
