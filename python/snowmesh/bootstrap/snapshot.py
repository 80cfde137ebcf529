"""An account as a JSON file: written once with a connection, planned against any number of times without one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.identifiers import IdentifierError, check
from snowmesh.account.objects import Database, ObjectRef, ObjectType, RoleName, Schema, SecurableObject
from snowmesh.account.roles import SECURITYADMIN
from snowmesh.account.state import Account, frozen
from snowmesh.bootstrap import current, current_objects
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.session import Session, StatementError

FORMAT, VERSION = "mesh-bootstrap snapshot", 1
MAX_BYTES = 500_000_000
T = TypeVar("T")


def read_everything(session: Session) -> Account:
    """The whole account, whoever declares it. Raises BootstrapError."""
    # what is there is asked first; then it is read as if all of it were declared
    anybody = SecurableObject(ref=ObjectRef(ObjectType.USER, ("ANY",)), owner="")
    try:
        session.use_role(SECURITYADMIN)
        found = current_objects.read(session, Declared(Account(objects=frozen({anybody.ref: anybody})), {}), False)
    except StatementError as error:
        raise BootstrapError(f"the account cannot be read: {printable(error.reason)}") from error
    everything = Account(objects=frozen({item.ref: item for item in found.objects}))
    return current.read_account(session, Declared(everything, {}), thorough=True)


# -- to JSON -----------------------------------------------------------------------------------------------


def write(account: Account) -> str:
    """The account as JSON, sorted, so that two snapshots of one state are equal to the byte."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "account": account.name,
        "objects": _sorted(_object(item) for item in account.objects.values()),
        "grants": _sorted(_grant(grant) for grant in account.grants),
        "future_grants": _sorted(_future(grant) for grant in account.future_grants),
        "role_grants": _sorted(_membership(membership) for membership in account.memberships),
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _sorted(items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def _object(item: SecurableObject) -> dict[str, Any]:
    found: dict[str, Any] = {
        **_ref(item.ref),
        "owner": _role(item.owner),
        "properties": dict(sorted(item.properties.items())),
    }
    if isinstance(item, Database) and item.shared:
        found["shared"] = True
    if isinstance(item, Schema) and item.managed_access:
        found["managed_access"] = True
    return found


def _ref(ref: ObjectRef) -> dict[str, Any]:
    return {"type": ref.type.value, "name": list(ref.name)}


def _role(name: RoleName) -> Any:
    return name if isinstance(name, str) else _ref(name)


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "privilege": grant.privilege,
        "on": _ref(grant.on),
        "to": _role(grant.role),
        "grant_option": grant.grant_option,
        "granted_by": _role(grant.granted_by),
    }


def _future(grant: FutureGrant) -> dict[str, Any]:
    return {
        "privilege": grant.privilege,
        "object_type": grant.object_type.value,
        "container": _ref(grant.container),
        "to": _role(grant.role),
        "grant_option": grant.grant_option,
    }


def _membership(membership: Membership) -> dict[str, Any]:
    return {
        "role": _role(membership.role),
        "to": _ref(membership.to),
        "grant_option": membership.grant_option,
        "granted_by": _role(membership.granted_by),
    }


# -- from JSON ---------------------------------------------------------------------------------------------


def load(path: Path) -> Account:
    """Read a snapshot file. Raises BootstrapError when it is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BootstrapError(f"{path} has more than {MAX_BYTES:,} bytes; a snapshot has at most that many.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BootstrapError(f"the snapshot {path} cannot be read: {reason}.") from error
    return loads(text, str(path))


def loads(text: str, file: str = "state.json") -> Account:
    """The account of a snapshot's text; nothing in it is believed unseen. Raises BootstrapError."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT or document["version"] != VERSION:
            raise BootstrapError(
                f"{file} is no snapshot of this version.", "write one anew: mesh-bootstrap snapshot --out FILE"
            )
        objects = [_read_object(item) for item in document["objects"]]
        return Account(
            name=_text(document["account"]),
            objects=frozen({item.ref: item for item in objects}),
            grants=_all(document["grants"], _read_grant),
            future_grants=_all(document["future_grants"], _read_future),
            memberships=_all(document["role_grants"], _read_membership),
        )
    except (ValueError, KeyError, TypeError, RecursionError, IdentifierError) as error:
        what = printable(f"{type(error).__name__}: {error}"[:200])
        raise BootstrapError(
            f"{file} is not what 'mesh-bootstrap snapshot' writes: {what}.", "write one anew, and do not edit it."
        ) from error


def _all(items: Any, read: Callable[[Any], T]) -> frozenset[T]:
    return frozenset(read(item) for item in items)


def _read_object(item: Any) -> SecurableObject:
    ref, owner = _read_ref(item), _read_role(item["owner"])
    properties = frozen({_text(key): _text(value) for key, value in item["properties"].items()})
    if ref.type is ObjectType.DATABASE:
        return Database(ref=ref, owner=owner, properties=properties, shared=item.get("shared") is True)
    if ref.type is ObjectType.SCHEMA:
        managed = item.get("managed_access") is True
        return Schema(ref=ref, owner=owner, properties=properties, managed_access=managed)
    return SecurableObject(ref=ref, owner=owner, properties=properties)


def _read_ref(item: Any) -> ObjectRef:
    names = tuple(_text(part) for part in item["name"])
    for name in names:
        check(name)
    return ObjectRef(ObjectType(item["type"]), names)


def _read_role(item: Any) -> RoleName:
    return _text(item) if isinstance(item, str) else _read_ref(item)


def _read_grant(item: Any) -> Grant:
    on, to, by = _read_ref(item["on"]), _read_role(item["to"]), _read_role(item["granted_by"])
    return Grant(_text(item["privilege"]), on, to, item["grant_option"] is True, by)


def _read_future(item: Any) -> FutureGrant:
    container, to = _read_ref(item["container"]), _read_role(item["to"])
    kind = ObjectType(item["object_type"])
    return FutureGrant(_text(item["privilege"]), kind, container, to, item["grant_option"] is True)


def _read_membership(item: Any) -> Membership:
    role, to, by = _read_role(item["role"]), _read_ref(item["to"]), _read_role(item["granted_by"])
    return Membership(role, to, item["grant_option"] is True, by)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
