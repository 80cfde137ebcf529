"""Check a mesh without an account: what is wrong with the files, what they come to, and what the access tests find."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from snowmesh.bootstrap import expand, mesh_file
from snowmesh.bootstrap.declarations import Mesh
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.mesh_files import MeshFiles
from snowmesh.bootstrap.problems import MeshError, Place, Problem, counted, printable

if TYPE_CHECKING:
    from snowmesh.bootstrap.assertions import Result


@dataclass(frozen=True)
class Checked:
    """One environment (empty: the only one): what it comes to, and its access tests."""

    environment: str
    declared: Declared
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Validation:
    """What a validation found."""

    file: str
    domains: int = 0
    problems: tuple[Problem, ...] = ()
    checked: tuple[Checked, ...] = ()

    @property
    def failed(self) -> list[tuple[str, Result]]:
        """The failed tests and the environment of each."""
        return [(c.environment, r) for c in self.checked for r in c.results if r.outcome.value == "fails"]

    @property
    def valid(self) -> bool:
        """Whether the files have no error and no test fails."""
        return not self.problems and not self.failed


def validate(files: MeshFiles) -> Validation:
    """Read, check and expand, every environment or the one that is named. Raises BootstrapError: unreadable files."""
    try:
        mesh = mesh_file.load_all(files)
    except MeshError as error:
        return Validation(", ".join(map(str, files.paths)), problems=error.problems)
    labels = [e.label for e in mesh.environments if files.environment in (None, e.label)] or [""]
    return Validation(mesh.file, len(mesh.domains), checked=tuple(_checked(mesh, label) for label in labels))


def _checked(mesh: Mesh, environment: str) -> Checked:
    declared = expand.expand(replace(mesh, environment=environment))
    if not declared.tests:
        return Checked(environment, declared, ())
    from snowmesh.bootstrap import assertions

    return Checked(environment, declared, tuple(assertions.evaluate(declared.account, declared.tests)))


# -- output ------------------------------------------------------------------------------------------------


def as_text(found: Validation) -> str:
    """For people: the errors, or what the mesh comes to, and every test that does not hold."""
    if found.problems:
        return "\n".join(
            [f"{found.file}: {counted(len(found.problems), 'error')}.", *(f"  {p}" for p in found.problems)]
        )
    lines = [line for checked in found.checked for line in _lines(found, checked)]
    return "\n".join(printable(line) for line in lines)


def _lines(found: Validation, checked: Checked) -> list[str]:
    where = f", environment {checked.environment}" if checked.environment else ""
    lines = [f"{found.file}{where} is valid: {_summary(found, checked.declared)}."]
    if checked.results:
        count = Counter(r.outcome.value for r in checked.results)
        parts = [f"{number} {outcome}" for outcome, number in sorted(count.items())]
        lines.append(f"Access tests: {', '.join(parts)}.")
        lines += [
            f"  {result.outcome.value}: {result.assertion}: {result.why} ({result.assertion.place})"
            for result in checked.results
            if result.outcome.value != "holds"
        ]
    return lines


def _summary(found: Validation, declared: Declared) -> str:
    account = declared.account
    kinds = Counter(ref.type.value.lower() for ref in account.objects)
    parts = [counted(found.domains, "domain"), *(counted(count, kind) for kind, count in sorted(kinds.items()))]
    parts.append(counted(len(account.grants) + len(account.future_grants), "grant"))
    return ", ".join([*parts, counted(len(account.memberships), "role grant")])


def as_json(found: Validation) -> str:
    """One document for programs."""
    import json

    document: dict[str, Any] = {
        "file": found.file,
        "valid": found.valid,
        "errors": [{**_place(p.place), "message": p.text} for p in found.problems],
        "tests": [
            {
                **_place(result.assertion.place),
                "environment": checked.environment,
                "test": str(result.assertion),
                "outcome": result.outcome.value,
                "reason": result.why,
            }
            for checked in found.checked
            for result in checked.results
        ],
    }
    return json.dumps(document, indent=2)


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}
