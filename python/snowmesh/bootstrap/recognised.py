"""Recognise domains in an account: who builds in which schemas, who reads there, with which warehouses.

What comes out is the file's own structure, keys and values, ready to be written; what fits no word is left to `grants`.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from snowmesh.account import objects
from snowmesh.account.objects import ObjectRef, ObjectType, Schema
from snowmesh.account.roles import SYSADMIN
from snowmesh.bootstrap import recognised_governance as governance
from snowmesh.bootstrap.blocks import CREATABLE, MAX_LABEL
from snowmesh.bootstrap.declarations import WAREHOUSE_SIZES
from snowmesh.bootstrap.held import Held
from snowmesh.bootstrap.reader import is_one_line
from snowmesh.bootstrap.targets import written

Data = dict[str, Any]
_CREATES = {f"CREATE {word.upper()}": word for word in CREATABLE}
_BUILDS = tuple(p for p in _CREATES if p not in governance.GOVERNS)
_SIZES = {sql: word for word, sql in WAREHOUSE_SIZES.items()}
_DEFAULT_CREATES = ["table", "view"]


class Recognised:
    """What of an account is a domain, and what is not. `data` is the mesh file so far."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.used: set[str] = set()  # roles that a domain declares
        self.owners: dict[str, str] = {}  # owner role -> label of its domain
        self.schemas: dict[str, list[ObjectRef]] = {}  # label -> the schemas in which it builds
        self.creates: dict[ObjectRef, list[str]] = {}
        self.domains: dict[str, Data] = {}
        self.governed: dict[str, ObjectRef] = {}  # label -> the schema of its tags and policies
        databases = self._owners()
        for owner in databases:
            self.owners[owner] = self._label(owner, databases[owner])
        self.uses = self._uses()
        self.warehouses = {ref for found in self.uses.values() for ref in found}
        for owner in databases:
            self._domain(owner, databases[owner])

    # -- domains -------------------------------------------------------------------------------------

    def _owners(self) -> dict[str, list[ObjectRef]]:
        """Owner role -> databases: for each database the role that builds in most of its schemas."""
        roles = frozenset(self.held.roles)
        builders: dict[ObjectRef, set[str]] = {}
        for grant in self.held.account.grants:
            if grant.privilege in _BUILDS and isinstance(grant.role, str):
                builders.setdefault(grant.on.parents[0], set()).add(grant.role)
        found: dict[str, list[ObjectRef]] = {}
        for ref in sorted(r for r in self.held.declarable if r.type is ObjectType.DATABASE):
            able = [role for role in sorted(builders.get(ref, ())) if role in roles and len(role) <= MAX_LABEL]
            able = [role for role in able if self.held.may(role, "USAGE", ref)]
            scores = {role: len(self._built(role, ref)) for role in able}
            best = max(scores, key=lambda role: (scores[role], _stem(role) == _stem(ref.name[0])), default=None)
            if best is not None and scores[best]:
                found.setdefault(best, []).append(ref)
        return {owner: self._main_first(owner, refs) for owner, refs in sorted(found.items())}

    @staticmethod
    def _main_first(owner: str, databases: list[ObjectRef]) -> list[ObjectRef]:
        return sorted(databases, key=lambda ref: (_stem(ref.name[0]) != _stem(owner), ref))

    def _label(self, owner: str, databases: list[ObjectRef]) -> str:
        """What a domain is called: what its names have in common, else its database; each label once."""
        stem = _stem(owner if len(databases) > 1 else databases[0].name[0])
        return owner if stem in self.owners.values() else stem

    def _uses(self) -> dict[str, list[ObjectRef]]:
        """Label -> its warehouses: those of its name, and those that no other owner uses."""
        found: dict[str, list[ObjectRef]] = {label: [] for label in self.owners.values()}
        for ref in sorted(r for r in self.held.declarable if r.type is ObjectType.WAREHOUSE):
            labels = [label for owner, label in self.owners.items() if self.held.may(owner, "USAGE", ref)]
            stem = _stem(ref.name[0])
            if stem in labels or len(labels) == 1:
                found[stem if stem in labels else labels[0]].append(ref)
        return {label: sorted(refs, key=lambda r: (_stem(r.name[0]) != label, r)) for label, refs in found.items()}

    def inside(self, database: ObjectRef) -> list[ObjectRef]:
        """The schemas of a database, by name."""
        return self.held.schemas.get(database, [])

    def _built(self, role: str, database: ObjectRef) -> list[ObjectRef]:
        """The schemas of a database in which a role builds."""
        return [
            ref
            for ref in sorted(
                r for r in self.held.declarable if r.type is ObjectType.SCHEMA and r.name[:1] == database.name
            )
            if self.held.may(role, "USAGE", ref) and self.held.direct(role, ref) & set(_BUILDS)
        ]

    def _domain(self, owner: str, databases: list[ObjectRef]) -> None:
        label = self.owners[owner]
        self.used.add(owner)
        built = {ref: self._built(owner, ref) for ref in databases}
        self.schemas[label] = [schema for schemas in built.values() for schema in schemas]
        data = self.domains[label] = {}
        self._containers(data, label, built)
        if owner != f"{label}_ROLE":
            data["owner"] = written((owner,))
        if not self.rolls_up(owner):
            data["rolls_up"] = False
        self._readers(data, label, owner)
        self._warehouses(data, label, owner)
        if block := governance.recognised(self, owner, databases[0]):
            data["governance"] = block
        imports = [r for r, held in self.held.granted_on(owner).items() if "IMPORTED PRIVILEGES" in held]
        if imports:
            data["imports"] = [written(ref.name) for ref in sorted(imports)]

    def _containers(self, data: Data, label: str, built: dict[ObjectRef, list[ObjectRef]]) -> None:
        owner = next(o for o, found in self.owners.items() if found == label)
        for schema in self.schemas[label]:
            self.creates[schema] = [word for p, word in _CREATES.items() if p in self.held.direct(owner, schema)]
        usual = Counter(tuple(self.creates[s]) for s in self.schemas[label]).most_common(1)[0][0]
        blocks = {}
        for database, schemas in built.items():
            block: Data = comment(self.held, database)
            named = {written(s.name[1:]): self._schema(s, list(usual)) for s in schemas}
            listed: Any = named if any(named.values()) else list(named)
            if listed != ["prod"]:
                block["schemas"] = listed
            blocks[written(database.name)] = block
        if len(blocks) > 1:
            data["databases"] = blocks
        else:
            ((name, block),) = blocks.items()
            if name != written((f"{label}_DB",)):
                data["database"] = name
            data.update(block)
        if list(usual) != _DEFAULT_CREATES:
            data["creates"] = list(usual)

    def _schema(self, ref: ObjectRef, usual: list[str]) -> Data:
        found = comment(self.held, ref)
        item = self.held.account.objects[ref]
        if isinstance(item, Schema) and item.managed_access:
            found["managed_access"] = True
        if self.creates[ref] != usual:
            found["creates"] = self.creates[ref]
        return found

    def _readers(self, data: Data, label: str, owner: str) -> None:
        found: Data = {}
        for role in self.held.holds.get(owner, ()):
            reached = [s for s in self.schemas[label] if "USAGE" in self.held.direct(role, s)]
            closed = any("USAGE" not in self.held.direct(role, s.parents[0]) for s in reached)
            if role in self.used or not reached or closed or self.held.holds.get(role):
                continue
            block = comment(self.held, objects.role(role))
            if reached != self.schemas[label]:
                block["schemas"] = self.names(label, reached)
            found[written((role,))] = block
            self.used.add(role)
        if found:
            data["readers"] = found if any(found.values()) else list(found)

    def names(self, label: str, schemas: list[ObjectRef]) -> list[str]:
        """Schemas as the domain names them."""
        several = len({s.name[0] for s in self.schemas[label]}) > 1
        return [written(s.name if several else s.name[1:]) for s in schemas]

    def _warehouses(self, data: Data, label: str, owner: str) -> None:
        blocks = {written(ref.name): self._warehouse(ref, data, owner) for ref in self.uses[label]}
        if len(blocks) != 1:
            data["warehouses"] = blocks  # also when there is none: else the domain would have its usual one
            return
        ((name, block),) = blocks.items()
        if name != written((f"{label}_WH",)):
            block = {"name": name, **block}
        if block:
            data["warehouse"] = block if list(block) != ["name"] else name

    def _warehouse(self, ref: ObjectRef, data: Data, owner: str) -> Data:
        properties = self.held.account.objects[ref].properties
        found: Data = {}
        if (size := _SIZES[properties["WAREHOUSE_SIZE"]]) != "xsmall":
            found["size"] = size
        if properties["AUTO_SUSPEND"] != "60":
            found["auto_suspend"] = int(properties["AUTO_SUSPEND"])
        found |= comment(self.held, ref)
        users = [role for role in self.held.roles if "USAGE" in self.held.direct(role, ref)]
        readers = [role for role in self.held.holds.get(owner, ()) if written((role,)) in data.get("readers", ())]
        if any(reader not in users for reader in readers):
            found["used_by"] = [written((role,)) for role in users]
        return found

    def rolls_up(self, role: str) -> bool:
        """Whether SYSADMIN holds it, or a role of the mesh does and nothing is to be said."""
        parents = self.held.parents.get(role, [])
        return SYSADMIN in parents or any(objects.role(p) in self.held.declarable for p in parents)


def _stem(name: str) -> str:
    """A name without what it says about its kind."""
    for ending in ("_ROLE", "_DB", "_WH", "_OWNER"):
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def comment(held: Held, ref: ObjectRef) -> Data:
    """The comment of an object as a key, when it has one."""
    text = held.account.objects[ref].properties.get("COMMENT", "")
    return {"comment": text} if text and is_one_line(text) else {}
