"""What `on` may name in `grants` and `tests`: the account, an object, all of a type in a container, a product."""

from __future__ import annotations

from typing import Any, NamedTuple

from snowmesh.account import identifiers
from snowmesh.account.objects import ACCOUNT, RELATION_TYPES, ObjectRef, ObjectType
from snowmesh.account.privileges import GRANTABLE, OWNERSHIP
from snowmesh.bootstrap.declarations import Name, Target
from snowmesh.bootstrap.problems import Place, one_of
from snowmesh.bootstrap.reader import Reader
from snowmesh.bootstrap.yaml_tree import Node, Scalar

TYPES = tuple(t for t in ObjectType if GRANTABLE[t])
# tags and policies have no future grants (T26, P29)
EACH = (*RELATION_TYPES, ObjectType.SCHEMA)
PRIVILEGES = tuple(sorted({p.lower() for t in TYPES for p in GRANTABLE[t]}))
PRODUCT = "domain.product"
_WORDS = {t.value.lower(): t for t in TYPES if t is not ObjectType.ACCOUNT}
_PLURALS = {t.plural.lower(): t for t in EACH}
_CONTAINERS = {"schema": ObjectType.SCHEMA, "database": ObjectType.DATABASE}


class TargetError(ValueError):
    """A text that names nothing that privileges are granted on."""


def parse(text: str) -> Target:
    """The target of `schema db.s`, `tables in schema db.s`, `account`. Raises TargetError, IdentifierError."""
    words = text.split()
    low = [word.lower() for word in words]
    if low == ["account"]:
        return Target(ACCOUNT)
    if low[:1] in (["all"], ["future"]):
        raise TargetError(
            f"'{text}': write `tables in schema db.s`, without {low[0]}; it means those that exist and those to come"
        )
    for count in (3, 2, 1):
        word = " ".join(low[:count])
        if word in _PLURALS and low[count : count + 1] == ["in"]:
            return _each(text, _PLURALS[word], low[count + 1 : count + 2], " ".join(words[count + 2 :]))
        if word in _WORDS and len(words) > count:
            return Target(_ref(_WORDS[word], _after(text, count), text))
    raise TargetError(
        f"'{text}' starts with no kind of object; {one_of(' '.join(low[:1]), ['account', *_WORDS, *_PLURALS])}"
    )


def write(target: Target) -> str:
    """The text that `parse` reads."""
    if target.ref.type is ObjectType.ACCOUNT:
        return "account"
    kind = f"{target.each.plural.lower()} in " if target.each else ""
    return f"{kind}{target.ref.type.value.lower()} {written(target.ref.name)}"


def written(parts: tuple[str, ...]) -> str:
    """A stored name as one writes it in a mesh file: lower case where that means the same."""
    shown = (identifiers.display(part) for part in parts)
    return ".".join(part if part.startswith('"') else part.lower() for part in shown)


def _each(text: str, each: ObjectType, container: list[str], name: str) -> Target:
    kind = _CONTAINERS.get(container[0]) if container else None
    if kind is None or (each is ObjectType.SCHEMA and kind is ObjectType.SCHEMA):
        allowed = "database" if each is ObjectType.SCHEMA else "schema or database"
        raise TargetError(f"'{text}': {each.plural.lower()} are in a {allowed}")
    return Target(_ref(kind, name, text), each)


def _ref(kind: ObjectType, name: str, text: str) -> ObjectRef:
    parts = identifiers.split(name)
    if len(parts) != kind.depth:
        form = ".".join(("database", "schema", "name")[: kind.depth]) if kind.depth > 1 else "name"
        raise TargetError(f"'{text}': the name of a {kind.value.lower()} has the form {form}")
    return ObjectRef(kind, parts)


def _after(text: str, count: int) -> str:
    """What follows the first words, with its blanks as they are: they may stand inside quotes."""
    return text.split(maxsplit=count)[count]


class TargetValue(NamedTuple):
    """`on` of a grant."""

    form: str = "`account`, `<type> <name>` or `<types> in schema <name>`"

    def read(self, reader: Reader, node: Node, what: str) -> tuple[Target, Place] | None:
        """The target and where it stands."""
        if not isinstance(node, Scalar) or node.is_null:
            reader.problem(node.place, f"{what} must say what the privilege is on, for instance 'schema db.prod'")
            return None
        try:
            return parse(node.text), node.place
        except (TargetError, identifiers.IdentifierError) as error:
            reader.problem(node.place, f"{what}: {error}")
            return None

    def schema(self) -> dict[str, Any]:
        """The beginnings; the names are read by the tool."""
        singular = "|".join(_any_case(word) for word in _WORDS)
        plural = "|".join(_any_case(word) for word in _PLURALS)
        inside = f"({plural}) +{_any_case('in')} +({_any_case('schema')}|{_any_case('database')})"
        return {"type": "string", "pattern": f"^ *({_any_case('account')} *$|({singular}|{inside}) +[^ ])"}


class TestedValue(NamedTuple):
    """`on` of an access test: a target, or a product."""

    form: str = "`domain.product`, `account` or `<type> <name>`"

    def read(self, reader: Reader, node: Node, what: str) -> tuple[Target | tuple[str, str], Place] | None:
        """The target or (domain, product), and where it stands."""
        if isinstance(node, Scalar) and not node.is_null and " " not in node.text.strip():
            parts = _split(node.text)
            if len(parts) == 2:
                return (parts[0], parts[1]), node.place
        found = TargetValue().read(reader, node, what)
        if found and found[0].each:
            reader.problem(found[1], f"{what}: a test looks at one object, not at {found[0].each.plural.lower()}")
            return None
        return found

    def schema(self) -> dict[str, Any]:
        """A string."""
        return {"type": "string"}


class PrivilegeValue(NamedTuple):
    """A privilege by name; whether the object has it is checked when both are known."""

    form: str = "privilege"

    def read(self, reader: Reader, node: Node, what: str) -> Name | None:
        """The privilege in upper case."""
        if isinstance(node, Scalar) and not node.is_null and (word := " ".join(node.text.upper().split())):
            if word == OWNERSHIP:
                reader.problem(
                    node.place, f"{what}: OWNERSHIP is not granted from a mesh file; a domain has an 'owner'"
                )
                return None
            if word.lower() not in _PRIVILEGE_SET:
                near = one_of(word, PRIVILEGES)
                reader.problem(node.place, f"{what}: '{node.text}' is no privilege; {near}")
                return None
            return Name(word, node.place)
        reader.problem(node.place, f"{what} must be a privilege, for instance 'usage'")
        return None

    def schema(self) -> dict[str, Any]:
        """An enumeration."""
        return {"type": "string", "enum": [*PRIVILEGES, *(word.upper() for word in PRIVILEGES)]}


_PRIVILEGE_SET = frozenset(PRIVILEGES)


def _split(text: str) -> tuple[str, ...]:
    try:
        return identifiers.split(text)
    except identifiers.IdentifierError:
        return ()


def _any_case(words: str) -> str:
    """A pattern for words in any case: JSON schema has no flags."""
    return " +".join("".join(f"[{c.upper()}{c}]" for c in word) for word in words.split())
