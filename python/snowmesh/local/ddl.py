"""GET_DDL: the statement that makes an object again (S28-S28c, T8). https://docs.snowflake.com/en/sql-reference/functions/get_ddl"""

from __future__ import annotations

from snowmesh.account import identifiers
from snowmesh.account.data_types import described
from snowmesh.account.objects import (
    POLICY_TYPES,
    Column,
    Database,
    MaskingPolicy,
    ObjectRef,
    ObjectType,
    Policy,
    Relation,
    Schema,
    SecurableObject,
    Tag,
)
from snowmesh.account.state import Account, TagTarget
from snowmesh.local import denials
from snowmesh.local.errors import not_found, not_implemented
from snowmesh.local.session import Session
from snowmesh.local.show.describe import describable
from snowmesh.local.show.request import Request
from snowmesh.local.virtual.arguments import name_parts

TYPES = ("TABLE", "VIEW", "DYNAMIC_TABLE", "POLICY", "TAG", "SCHEMA", "DATABASE")
UNKNOWN_POLICY, UNKNOWN_TAG = "#UNKNOWN_POLICY", "#UNKNOWN_TAG='#UNKNOWN_VALUE'"


def get_ddl(account: Account, session: Session, kind: str, name: str, qualified: bool = False) -> str:
    """The text of GET_DDL(kind, name, qualified) for this session. Raises SnowflakeError."""
    wanted = kind.upper().replace(" ", "_")
    if wanted not in TYPES:
        raise not_implemented(f"GET_DDL of {kind}", f"allowed: {', '.join(TYPES)}")
    writer = _Writer(Request(account, session))
    return writer.write(writer.find(wanted, name_parts(name)), "full" if qualified else "bare")


class _Writer:
    """Writes objects as one session may know them."""

    def __init__(self, request: Request) -> None:
        self.request, self.account = request, request.account

    def find(self, kind: str, parts: tuple[str, ...]) -> SecurableObject:
        """The object, if the session may describe it; else the errors of DESCRIBE (P25)."""
        session = self.request.session
        if kind in ("TABLE", "VIEW", "DYNAMIC_TABLE"):
            relation = describable(self.request, session.resolve(ObjectType.TABLE, parts, "GET_DDL"))
            if self._hidden(relation):  # S19: its text is its owner's
                raise denials.denied(self.account, session, "OWNERSHIP", relation.ref)
            return relation
        types = POLICY_TYPES if kind == "POLICY" else (ObjectType(kind),)
        refs = [session.resolve(t, parts, "GET_DDL") for t in types]
        found = next((self.account.objects[r] for r in refs if self.request.sees(r)), None)
        if found is None:
            raise not_found(refs[0])
        return found

    def write(self, item: SecurableObject, names: str) -> str:
        """`names`: bare, or full for the object's own name too; policies and tags are always named in full."""
        if isinstance(item, Relation):
            return self._relation(item, names)
        if isinstance(item, Policy):
            return self._governing_policy(item, names)
        if isinstance(item, Tag):
            return self._tag(item, names)
        if isinstance(item, Schema):
            return self._schema(item, names)
        if isinstance(item, Database):
            return self._database(item, names)
        raise not_implemented(f"GET_DDL of a {item.ref.type.value.lower()}")

    # -- tables and views --------------------------------------------------------------------------

    def _relation(self, item: Relation, names: str) -> str:
        lines = ",\n".join(f"\t{self._column(item, column)}" for column in item.columns)
        head = f"create or replace {_kind(item)} {_name(item, names)} (\n{lines}\n)"
        clauses = [*self._row_policy(item), *self._aggregation(item), *self._tags(TagTarget(item.ref)), *_comment(item)]
        text = " ".join([head, *_dynamic(item), *clauses])
        return f"{text} as {item.query};" if item.query else f"{text};"

    def _column(self, item: Relation, column: Column) -> str:
        typed = item.ref.type is ObjectType.TABLE
        words = [identifiers.display(column.name)]
        if typed:
            words += [column.data_type, *([] if column.nullable else ["NOT NULL"])]
        reference = self.account.masks.get((item.ref, column.name))
        if reference is not None:
            using = tuple(identifiers.display(name) for name in reference.using)
            words.append(f"WITH MASKING POLICY {self._policy(reference.policy)}")
            words += [f"USING ({', '.join(using)})"] if using else []
        projection = self.account.projections.get((item.ref, column.name))
        words += [f"WITH PROJECTION POLICY {self._policy(projection)}"] if projection else []
        words += self._tags(TagTarget(item.ref, column.name))
        words += [f"COMMENT {identifiers.literal(column.comment)}"] if column.comment else []
        return " ".join(words)

    def _row_policy(self, item: Relation) -> list[str]:
        reference = self.account.row_policies.get(item.ref)
        if reference is None:
            return []
        using = ", ".join(identifiers.display(name) for name in reference.columns)
        return [f"WITH ROW ACCESS POLICY {self._policy(reference.policy)} ON ({using})"]

    def _aggregation(self, item: Relation) -> list[str]:
        reference = self.account.aggregations.get(item.ref)
        if reference is None:
            return []
        keys = [f" ENTITY KEY ({', '.join(map(identifiers.display, key))})" for key in reference.entity_keys]
        return [f"WITH AGGREGATION POLICY {self._policy(reference.policy)}{''.join(keys)}"]

    def _policy(self, ref: ObjectRef) -> str:
        """The policy's name for who may apply policies of the kind and reaches it, else #UNKNOWN_POLICY (S28b)."""
        authority = self.request.authority
        known = authority.holds_on_account(f"APPLY {ref.type.value}") and authority.reaches(ref)
        return ref.fqn if known else UNKNOWN_POLICY

    def _tags(self, target: TagTarget) -> list[str]:
        """WITH TAG (…) in alphabetical order (S28a)."""
        shown = self._tag_values(target)
        return [f"WITH TAG ({', '.join(shown)})"] if shown else []

    def _tag_values(self, target: TagTarget) -> list[str]:
        authority, found = self.request.authority, self.account.tag_values.get(target, {})
        return [
            f"{tag.fqn}={identifiers.literal(found[tag])}"
            if self.request.applies_tags and authority.reaches(tag)
            else UNKNOWN_TAG
            for tag in sorted(found)
        ]

    # -- policies and tags ---------------------------------------------------------------------------

    def _governing_policy(self, item: Policy, names: str) -> str:
        signature = ", ".join(f"{identifiers.display(n)} {_type(t)}" for n, t in item.signature)
        exempts = isinstance(item, MaskingPolicy) and item.exempt_other_policies
        exempt = ["EXEMPT_OTHER_POLICIES=TRUE"] if exempts else []  # only when TRUE (M31)
        tail = "".join(f"\n{clause}" for clause in (*_comment(item), *exempt))
        returns = _type(item.returns) if item.signature else item.returns
        return (
            f"create or replace {item.ref.type.value.lower()} {_name(item, names)} as\n({signature})\n"
            f"returns {returns} ->\n{item.body}{tail}\n;"
        )

    def _tag(self, item: Tag, names: str) -> str:
        values = [identifiers.literal(value) for value in item.allowed_values or ()]
        allowed = [f"ALLOWED_VALUES {', '.join(values)}"] if values else []
        return " ".join([f"create or replace tag {_name(item, names)}", *allowed, *_comment(item)]) + ";"

    # -- containers: themselves, their tags, then what the session sees in them --------------------------

    def _schema(self, item: Schema, names: str) -> str:
        transient = "TRANSIENT " if item.transient else ""
        managed = ["WITH MANAGED ACCESS"] if item.managed_access else []
        head = f"create or replace {transient}schema {_name(item, names)}"
        own = [" ".join([head, *managed, *_comment(item)]) + ";", *self._alter(item, names)]
        inside = [o for o in self.request.visible(SecurableObject, item.ref.name) if o.ref.type in _ORDER]
        inside = [o for o in inside if not self._hidden(o)]
        inside.sort(key=lambda o: (_ORDER.index(o.ref.type), o.created_on, o.ref.name))
        return "\n\n".join([*own, *(self.write(o, names) for o in inside)])

    def _database(self, item: Database, names: str) -> str:
        """Everything in it by its full name: the text has no USE between the schemas."""
        transient = "TRANSIENT " if item.transient else ""
        head = " ".join([f"create or replace {transient}database {_name(item, names)}", *_comment(item)]) + ";"
        schemas = [self.write(schema, "full") for schema in self.request.visible(Schema, item.ref.name)]
        return "\n\n".join([head, *self._alter(item, names), *schemas])

    def _alter(self, item: SecurableObject, names: str) -> list[str]:
        """Tags of a container follow as a statement of their own (S28a)."""
        shown = self._tag_values(TagTarget(item.ref))
        return [f"alter {item.ref.type.value} {_name(item, names)} set tag {', '.join(shown)};"] if shown else []

    def _hidden(self, item: SecurableObject) -> bool:
        return isinstance(item, Relation) and self.account.is_secure(item) and not self.request.authority.owns(item.ref)


_UNSIZED_TEXT = ("VARCHAR(16777216)", "VARCHAR(134217728)")
_DYNAMIC = ("TARGET_LAG", "REFRESH_MODE", "WAREHOUSE")
# policies and tags before what carries them, views after what they read
_ORDER = (*POLICY_TYPES, ObjectType.TAG, ObjectType.TABLE, ObjectType.DYNAMIC_TABLE, ObjectType.VIEW)


def _kind(item: Relation) -> str:
    if item.ref.type is not ObjectType.TABLE:
        return f"{'secure ' if item.secure else ''}{item.ref.type.value.lower()}"
    return "TABLE" if item.kind == "TABLE" else f"{item.kind} TABLE"


def _dynamic(item: Relation) -> list[str]:
    if item.ref.type is not ObjectType.DYNAMIC_TABLE:
        return []
    given = {name: item.properties[name] for name in _DYNAMIC if name in item.properties}
    return [f"{n.lower()} = {identifiers.literal(v) if n == 'TARGET_LAG' else v}" for n, v in given.items()]


def _name(item: SecurableObject, names: str) -> str:
    return item.ref.fqn if names == "full" else identifiers.display(item.ref.name[-1])


def _comment(item: SecurableObject) -> list[str]:
    return [f"COMMENT={identifiers.literal(item.comment)}"] if item.comment else []


def _type(written: str) -> str:
    """The type as a policy's signature prints it: unsized text without a size (M4b)."""
    found = described(written)
    return "VARCHAR" if found in _UNSIZED_TEXT else found
