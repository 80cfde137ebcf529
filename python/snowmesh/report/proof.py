"""The proof: what each role really reads of a product, beside what mesh.yml and the dbt YAML declare.

One row is read as every role, through Snowflake's connector, with secondary roles off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snowmesh.access.declared import NO_TYPES, Cell, Product, Sight, lacks_types, place, relation_name
from snowmesh.account import identifiers
from snowmesh.account.authorization import Authority
from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.artifacts import definitions, manifest
from snowmesh.bootstrap import expand, mesh_file
from snowmesh.bootstrap.session import Session, StatementError
from snowmesh.errors import UserError
from snowmesh.report.table import Table, aligned, as_json

REFUSED = "refused"
# "does not exist or not authorized" and "insufficient privileges": how Snowflake refuses (E1, P27)
_REFUSALS = (2003, 3001)

_WIDEST = 28

Row = Mapping[str, Any]


class ProofError(UserError):
    """The proof cannot be made."""


@dataclass(frozen=True)
class Subject:
    """What is proved: a product placed into the declared account, and the roles that look at it."""

    product: Product
    roles: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The declared columns."""
        return tuple(column.name for column in self.product.relation.columns)

    @property
    def name(self) -> str:
        """The fully qualified name."""
        return self.product.relation.ref.fqn


@dataclass(frozen=True)
class Reading:
    """One cell: what is declared, what was read, and what is wrong with that (empty: nothing)."""

    column: str
    role: str
    declared: Cell
    read: str
    fault: str = ""


@dataclass(frozen=True)
class Proof:
    """Every cell, and faults of the relation as a whole."""

    subject: Subject
    readings: tuple[Reading, ...]
    faults: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything read is as declared."""
        return not self.faults and not any(reading.fault for reading in self.readings)


def subject(
    mesh_path: Path, project_dir: Path, model_name: str, wanted_roles: Sequence[str], session: Callable[[], Session]
) -> Subject:
    """Compute what is declared; `session` is asked only for the types of columns that declare none.

    Raises UserError.
    """
    mesh = mesh_file.load(mesh_path)
    declared = expand.expand(mesh)
    model = manifest.read(project_dir).model(model_name)
    database = relation_name(model)[0]
    owner = next((d.owner.stored for d in mesh.domains.values() if d.database.stored == database), None)
    if owner is None:
        raise ProofError(
            f"{mesh_path} has no domain with database {database}, in which {model_name} is built.",
            "build with the target that mesh.yml means, then `dbt parse` again.",
        )
    known = [item.name[0] for item in declared.causes if isinstance(item, ObjectRef) and item.type is ObjectType.ROLE]
    roles = [identifiers.stored(role) for role in wanted_roles] or known
    for role in roles:
        if role not in known:
            raise ProofError(f"{mesh_path} declares no role {role}.", f"name one of: {', '.join(known)}.")
    defined = definitions.read(project_dir)
    types = _types(session(), relation_name(model), owner) if lacks_types(model) else NO_TYPES
    product = place(declared.account, model, defined, owner, types)
    if not product.relation.columns:
        raise ProofError(f"{model.file}: model {model_name} declares no columns.", "list its columns in the YAML.")
    return Subject(product, tuple(roles))


def _types(session: Session, name: tuple[str, ...], owner: str) -> Mapping[str, str]:
    try:
        session.use_role(owner)
        rows = session.query(f"DESCRIBE TABLE {identifiers.quote_all(name)}")
    except StatementError as error:
        raise ProofError(
            f"{identifiers.display_all(name)} cannot be described as {owner}: {error.reason}", "build it: dbt build"
        ) from error
    return {str(row["name"]): str(row["type"]) for row in rows}


def prove(session: Session, subject: Subject) -> Proof:
    """Read the same row as every role and compare. Raises ProofError when a role cannot be taken."""
    reader = _Reader(session, subject)
    readings = [reading for column in subject.columns for reading in _column(reader, column)]
    return Proof(subject, tuple(readings), tuple(_undeclared(subject, reader.rows)))


def fault(declared: Cell, read: str, clear: str | None, masked: str | None) -> str:
    """What is wrong with a value that was read; `clear` and `masked` are the values it may be, None unknown."""
    if declared.sight is Sight.REFUSED:
        return "it was read"
    if declared.sight is Sight.MASKED:
        return "" if read == masked else "it is not the mask"
    if declared.mask and read == masked:
        return "it is the mask"
    return "" if read == clear else "it is not the value that others read"


class _Reader:
    """Reads the row; all roles get the same one, ordered by the columns that all of them see in clear."""

    def __init__(self, session: Session, subject: Subject) -> None:
        self._session, self.subject = session, subject
        self.cells = {(c, r): subject.product.cell(c, r) for c in subject.columns for r in subject.roles}
        seeing = [r for r in subject.roles if self.cells[subject.columns[0], r].sight is not Sight.REFUSED]
        clear = [c for c in subject.columns if all(self.cells[c, r].sight is Sight.CLEAR for r in seeing)]
        order = ", ".join(identifiers.quote(column) for column in clear)
        self._from = f"FROM {subject.product.relation.ref.sql}" + (f" ORDER BY {order}" if order else "") + " LIMIT 1"
        self.rows = {role: self._row(role) for role in subject.roles}

    def clear(self, column: str) -> tuple[str, str] | None:
        """A role that is declared to see a column in clear and could read it, and what it read."""
        for role, row in self.rows.items():
            if not isinstance(row, StatementError) and column in row and self.cells[column, role].sight is Sight.CLEAR:
                return role, _text(row[column])
        return None

    def masked(self, column: str) -> str | None:
        """What the declared mask makes of the column: of its clear value, or of NULL when nobody sees that."""
        cell = next((cell for (c, _), cell in self.cells.items() if c == column and cell.mask), None)
        readers = [role for role, row in self.rows.items() if not isinstance(row, StatementError)]
        if cell is None or cell.mask is None or not readers:
            return None
        seen = self.clear(column)
        names = ("VAL", *(identifiers.stored(name) for name, _ in cell.mask.using))
        quoted = [identifiers.quote(argument) for argument in cell.arguments]
        if seen is None:
            quoted[0] = "NULL"
        arguments = ", ".join(f"{a} AS {identifiers.quote(n)}" for a, n in zip(quoted, names, strict=True))
        self._become(seen[0] if seen else readers[0])
        try:
            (row,) = self._session.query(
                f'SELECT {cell.mask.masked} AS "MASKED" FROM (SELECT {arguments} {self._from})'
            )
        except StatementError as error:
            raise ProofError(f"The mask {cell.mask.name} cannot be evaluated: {error.reason}") from error
        return _text(row["MASKED"])

    def _row(self, role: str) -> Row | StatementError:
        """The row as the role reads it, or the error it got. Raises ProofError."""
        self._become(role)
        try:
            found = self._session.query(f"SELECT * {self._from}")
        except StatementError as error:
            return error
        if not found:
            raise ProofError(f"{self.subject.name} has no rows.", "build it: dbt build")
        return found[0]

    def _become(self, role: str) -> None:
        try:
            self._session.use_role(role)
            if warehouse := self._warehouse(role):
                self._session.query(f"USE WAREHOUSE {warehouse.sql}")
        except StatementError as error:
            raise ProofError(
                f"Role {role} cannot be used: {error.reason}", "bring the account to mesh.yml: mesh-bootstrap apply"
            ) from error

    def _warehouse(self, role: str) -> ObjectRef | None:
        account = self.subject.product.account
        authority = Authority(account, [role])
        return next((w.ref for w in account.of_type(ObjectType.WAREHOUSE) if authority.holds("USAGE", w.ref)), None)


def _column(reader: _Reader, column: str) -> Iterable[Reading]:
    clear, masked = reader.clear(column), reader.masked(column)
    for role, row in reader.rows.items():
        cell = reader.cells[column, role]
        if isinstance(row, StatementError):
            yield _not_read(column, role, cell, row)
        elif column not in row:
            yield Reading(column, role, cell, "", "the relation has no such column")
        else:
            read = _text(row[column])
            yield Reading(column, role, cell, read, fault(cell, read, clear[1] if clear else None, masked))


def _not_read(column: str, role: str, declared: Cell, error: StatementError) -> Reading:
    """An error is a refusal only when it says so: a role without a warehouse may hold every privilege."""
    if error.code not in _REFUSALS:
        return Reading(column, role, declared, "error", f"it was not refused, and failed: {error.reason}")
    return Reading(column, role, declared, REFUSED, "" if declared.sight is Sight.REFUSED else error.reason)


def _undeclared(subject: Subject, rows: Mapping[str, Row | StatementError]) -> Iterable[str]:
    found = {column for row in rows.values() if not isinstance(row, StatementError) for column in row}
    for column in sorted(found - set(subject.columns)):
        yield f"{subject.name} has column {column}, which the YAML does not declare."


def _text(value: Any) -> str:
    return "NULL" if value is None else str(value)


# -- views -------------------------------------------------------------------------------------------


def as_text(proof: Proof) -> str:
    """Columns down, roles across; what is not as declared is marked and listed."""
    roles = proof.subject.roles
    rows = []
    for column in proof.subject.columns:
        cells = {reading.role: reading for reading in proof.readings if reading.column == column}
        rows.append((column, *(_shown(cells[role]) for role in roles)))
    wrong = [reading for reading in proof.readings if reading.fault]
    lines = [
        f"{proof.subject.name}: the same row read as each role, secondary roles off",
        "",
        aligned(Table(("COLUMN", *roles), tuple(rows))),
        "",
        f"{len(proof.readings) - len(wrong)} of {len(proof.readings)} cells are as declared: {_counts(proof)}.",
        *(_complaint(reading) for reading in wrong),
        *proof.faults,
    ]
    return "\n".join(lines)


def as_document(proof: Proof) -> str:
    """The cells as JSON."""
    columns = ("relation", "column", "role", "declared", "why", "read", "fault")
    name = proof.subject.name
    rows = [(name, r.column, r.role, r.declared.sight.value, r.declared.why, r.read, r.fault) for r in proof.readings]
    rows += [(name, "", "", "", "", "", text) for text in proof.faults]
    return as_json([Table(columns, tuple(rows))])


def _shown(reading: Reading) -> str:
    text = reading.read if len(reading.read) <= _WIDEST else reading.read[: _WIDEST - 3] + "..."
    return f"{text} <- WRONG" if reading.fault else text


def _counts(proof: Proof) -> str:
    good = [reading.declared.sight for reading in proof.readings if not reading.fault]
    return ", ".join(f"{good.count(sight)} {sight.value}" for sight in Sight)


def _complaint(reading: Reading) -> str:
    declared = reading.declared
    return (
        f"WRONG: column {reading.column} as {reading.role} is declared {declared.sight.value} ({declared.why}); "
        f"read {reading.read!r}: {reading.fault}."
    )
