"""Which line of the mesh file causes what, and what a line causes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

from snowmesh.account import identifiers
from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ObjectRef, role_ref
from snowmesh.account.system import fresh_account
from snowmesh.bootstrap import changes, statements
from snowmesh.bootstrap.changes import AlterObject, Change, CreateObject
from snowmesh.bootstrap.declared import Cause, Declared, Item
from snowmesh.bootstrap.plan import make_plan
from snowmesh.bootstrap.problems import BootstrapError, printable
from snowmesh.bootstrap.wording import say, say_item
from snowmesh.bootstrap.words import words

_FORMS = "a role or other name, a grant ('usage on database d to role r'), a statement of the plan, or FILE:LINE"


@dataclass(frozen=True)
class Explained:
    """One declared thing, its cause, and the statement and role that make it."""

    item: Item
    cause: Cause
    statement: str
    role: str
    why: str

    @property
    def text(self) -> str:
        """The thing in words."""
        return say_item(self.item)


@dataclass(frozen=True)
class Explanation:
    """What was asked, in one line, and what explains it."""

    asked: str
    items: tuple[Explained, ...]


def explain(declared: Declared, question: str) -> Explanation:
    """Answer a question of one of four forms. Raises BootstrapError when nothing fits."""
    index = _Index(declared)
    if place := _place(question):
        return _line(index, *place)
    if found := index.named(question):
        return _about(index, found)
    return _statement(index, question)


class _Index:
    """The declared items with their statements, as a plan for an empty account renders them one by one."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        plan = make_plan(declared, fresh_account())
        self._steps = {_key(single): (single, step) for step in plan.steps for single in changes.singles(step.change)}

    def explained(self, item: Item) -> Explained:
        """An item with its statement."""
        change, step = self._steps[_item_key(item)]
        return Explained(item, self.declared.causes[item], statements.render(change), step.run_as, step.why)

    def all(self) -> Iterator[Explained]:
        """Every declared item, in file order."""
        return (self.explained(item) for item in self.declared.causes)

    def named(self, text: str) -> list[ObjectRef]:
        """The declared objects of that name, whole or only its last part."""
        try:
            parts = identifiers.split(text)
        except identifiers.IdentifierError:
            return []
        refs = [ref for ref in self.declared.causes if isinstance(ref, ObjectRef)]
        return [ref for ref in refs if ref.name == parts] or [ref for ref in refs if ref.name[-len(parts) :] == parts]


def _key(change: Change) -> object:
    """What a change of one effect makes: an object, a privilege, a role grant."""
    if isinstance(change, CreateObject):
        return change.object.ref
    return change if not isinstance(change, AlterObject) else change.ref


def _item_key(item: Item) -> object:
    if isinstance(item, ObjectRef):
        return item
    if isinstance(item, Membership):
        return changes.GrantRoles((item.role,), item.to)
    if isinstance(item, FutureGrant):
        scope, kind = changes.Scope.FUTURE, item.object_type
        return changes.GrantPrivileges((item.privilege,), item.container, item.role, item.grant_option, scope, kind)
    return changes.GrantPrivileges((item.privilege,), item.on, item.role, item.grant_option)


# -- FILE:LINE -------------------------------------------------------------------------------------------------


def _place(question: str) -> tuple[str, int] | None:
    file, _, number = question.rpartition(":")
    if ":" in file and number.isdigit() and file.rpartition(":")[2].isdigit():  # FILE:LINE:COLUMN
        file, _, number = file.rpartition(":")
    known = file.lower().endswith((".yml", ".yaml"))
    return (file, int(number)) if known and number.isascii() and number.isdigit() and len(number) < 10 else None


def _line(index: _Index, file: str, line: int) -> Explanation:
    places = [cause.place for cause in index.declared.causes.values()]
    mine = [place for place in places if _same_file(place.file, file)]
    if not mine:
        files = ", ".join(sorted({place.file for place in places}))
        raise BootstrapError(f"{printable(file)} is no file of this mesh.", f"its files are: {files}.")
    found = tuple(e for e in index.all() if _same_file(e.cause.place.file, file) and e.cause.place.line == line)
    if not found:
        lines = sorted({place.line for place in mine})
        before = [str(n) for n in lines if n < line][-1:]
        after = [str(n) for n in lines if n > line][:1]
        near = " and ".join([*before, *after])
        raise BootstrapError(f"{printable(file)}:{line} causes nothing by itself.", f"the nearest that do: {near}.")
    return Explanation(f"{printable(file)}:{line} causes", found)


def _same_file(one: str, other: str) -> bool:
    return PurePath(one) == PurePath(other) or PurePath(one).name == PurePath(other).name == other


# -- a name ------------------------------------------------------------------------------------------------------


def _about(index: _Index, refs: list[ObjectRef]) -> Explanation:
    found = tuple(e for e in index.all() if any(_touches(e.item, ref) for ref in refs))
    return Explanation(", ".join(say(ref) for ref in refs), found)


def _touches(item: Item, ref: ObjectRef) -> bool:
    if isinstance(item, ObjectRef):
        return item == ref
    if isinstance(item, Membership):
        return ref in (item.to, role_ref(item.role))
    on = item.on if isinstance(item, Grant) else item.container
    return ref in (on, role_ref(item.role))


# -- a grant or a statement ----------------------------------------------------------------------------------------


def _statement(index: _Index, question: str) -> Explanation:
    asked = words(question)
    if not asked:
        raise BootstrapError("there is nothing to explain.", f"give {_FORMS}.")
    wanted = [tuple(single) for single in _singles(asked)]
    known = {_head(words(e.statement)): e for e in index.all()}
    # what is granted on all that exist is declared together with what is to come
    known.update({_on_all(head): e for head, e in known.items() if isinstance(e.item, FutureGrant)})
    found = tuple(known[_head(single)] for single in wanted if _head(single) in known)
    if not found:
        raise BootstrapError(f"the mesh file does not declare: {printable(question)}", _advice(asked))
    if asked[0] == "REVOKE":
        return Explanation("the mesh file declares what this statement takes away", found)
    return Explanation(printable(question), found)


def _on_all(head: tuple[str, ...]) -> tuple[str, ...]:
    at = head.index("FUTURE")
    return (*head[:at], "ALL", *head[at + 1 :])


def _advice(asked: tuple[str, ...]) -> str:
    if asked[0] == "REVOKE":
        return "that is why a plan takes it away: no line of the mesh file causes it."
    return f"explain takes {_FORMS}."


def _singles(asked: tuple[str, ...]) -> Iterable[list[str]]:
    """A statement as statements of one privilege or one role: `GRANT a, b ON x` is `GRANT a ON x`, `GRANT b ON x`."""
    text = list(asked)
    if text[0] == "REVOKE":
        text = ["GRANT", *text[1:]]
        at = max((i for i, word in enumerate(text) if word == "FROM"), default=None)
        text = text if at is None else [*text[:at], "TO", *text[at + 1 :]]
    if text[:2] == ["GRANT", "OWNERSHIP"] and "TO" in text:
        kind_and_name = text[text.index("ON") + 1 : len(text) - text[::-1].index("TO") - 1] if "ON" in text else []
        return [["CREATE", *kind_and_name]]
    if text[0] in ("CREATE", "ALTER", "DROP", "UNDROP"):
        return [["CREATE", *(word for word in text[1:] if word not in ("IF", "NOT", "EXISTS"))]]
    if text[0] != "GRANT":
        text = ["GRANT", *text]
    start, stop = (2, "TO") if text[1:2] == ["ROLE"] else (1, "ON")
    if stop not in text[start:]:
        return [text]
    end = text.index(stop, start)
    return [[*text[:start], *part, *text[end:]] for part in _parted(text[start:end])]


def _parted(listed: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for word in listed:
        if word == ",":
            found.append([])
        else:
            found[-1].append(word)
    return found


def _head(statement: tuple[str, ...]) -> tuple[str, ...]:
    """What tells a statement from others: of a CREATE only type and name, of a grant everything."""
    if statement[:1] != ("CREATE",):
        return statement
    rest = [word for word in statement[1:] if word not in ("IF", "NOT", "EXISTS")]
    kind = 2 if rest[:2] == ["DATABASE", "ROLE"] else 1
    name = rest[kind : kind + 1]
    at = kind + 1
    while rest[at : at + 1] == ["."]:
        name += rest[at : at + 2]
        at += 2
    return ("CREATE", *rest[:kind], *name)
