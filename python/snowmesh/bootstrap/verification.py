"""Drift: every difference between an account and its mesh, in words, with the statement that mends it. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ObjectRef, ObjectType
from snowmesh.account.state import Account
from snowmesh.bootstrap import assertions, differences, plan, statements
from snowmesh.bootstrap.assertions import Outcome, Result
from snowmesh.bootstrap.declared import Declared
from snowmesh.bootstrap.differences import Difference, Drift
from snowmesh.bootstrap.plan_document import Target
from snowmesh.bootstrap.problems import Place
from snowmesh.bootstrap.scope import Authority
from snowmesh.bootstrap.wording import say, say_item, say_owner, say_role

NOTE = "undeclared user"


@dataclass(frozen=True)
class Finding:
    """One difference in words. `mend` are (role, statement); empty when the mesh leaves it to people."""

    drift: str
    text: str
    group: str
    place: Place
    granted_by: str = ""
    mend: tuple[tuple[str, str], ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same drift, wherever the line in the file moves to."""
        return hashlib.sha256(f"{self.drift} {self.text}".encode()).hexdigest()


@dataclass(frozen=True)
class Report:
    """What a verification found; `notes` are no drift."""

    file: str
    target: Target
    groups: tuple[str, ...]
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    tests: tuple[Result, ...]

    @property
    def failed_tests(self) -> tuple[Result, ...]:
        """Access tests that do not hold in the account."""
        return tuple(result for result in self.tests if result.outcome is not Outcome.HOLDS)

    @property
    def clean(self) -> bool:
        """Whether there is no drift and every access test holds."""
        return not (self.findings or self.failed_tests)

    @property
    def counted(self) -> dict[str, int]:
        """How many findings there are of each class that occurs."""
        found = Counter(finding.drift for finding in self.findings)
        return {drift.value: found[drift.value] for drift in Drift if found[drift.value]}


def verify(declared: Declared, current: Account, target: Target) -> Report:
    """Compare an account that was read thoroughly with its mesh."""
    found = [*differences.find(declared, current), *differences.shadowed(declared, current)]
    authority = Authority(declared)
    groups = dict.fromkeys(cause.group for cause in declared.causes.values())
    return Report(
        declared.file,
        target,
        tuple(groups),
        tuple(_finding(declared, current, authority, difference) for difference in found),
        tuple(_notes(declared, current)),
        tuple(assertions.evaluate(current, declared.tests, live=True)),
    )


def _finding(declared: Declared, current: Account, authority: Authority, difference: Difference) -> Finding:
    steps = list(plan.steps_of(declared, current, difference))
    return Finding(
        difference.drift.value,
        _text(authority, difference),
        difference.cause.group,
        difference.cause.place,
        difference.granted_by,
        tuple((step.run_as, statements.render(step.change)) for step in steps),
    )


def _text(authority: Authority, difference: Difference) -> str:
    item, drift = difference.item, difference.drift
    by = f", granted by {difference.granted_by}" if difference.granted_by else ""
    what = say_item(item)
    if drift is Drift.MISSING:
        return f"{what} is missing"
    if drift is Drift.EXTRA:
        return f"{what} is not declared{by}"
    if drift is Drift.OWNER:
        return f"{what} is owned by {say_owner(difference.before)}, not by {say_owner(difference.after)}"
    if drift is Drift.OPTION:
        return f"{_plain(item)} is held {difference.before}, declared {difference.after}"
    if drift is Drift.PROPERTY:
        return f"{what}: {'; '.join(_property(*change) for change in difference.changed)}"
    if drift is Drift.SHADOWED:
        return f"{what} has no effect in schema {difference.before}"
    return f"{_stranger(authority, item)}, which nobody declared: {what}{by}"


def _property(key: str, before: str, after: str) -> str:
    return f"{key.lower().replace('_', ' ')} {before or 'none'}, declared {after or 'none'}"


def _plain(item: object) -> str:
    text = say_item(item) if isinstance(item, Grant | FutureGrant) else str(item)
    return text.removesuffix(" with grant option")


def _stranger(authority: Authority, item: object) -> str:
    name = authority.reported(item) if isinstance(item, Grant | FutureGrant | Membership) else None
    return say_role(name) if name is not None else "a role"


def _notes(declared: Declared, current: Account) -> Iterator[Finding]:
    """Users whom the mesh does not declare and who hold its roles: most companies manage them elsewhere."""
    held: dict[ObjectRef, list[str]] = {}
    for member in current.memberships:
        ref = ObjectRef(ObjectType.ROLE, (member.role,)) if isinstance(member.role, str) else member.role
        if ref in declared.causes and member.to.type is ObjectType.USER and member.to not in declared.causes:
            held.setdefault(ref, []).append(member.to.fqn)
    for ref in sorted(held):
        names = ", ".join(sorted(held[ref]))
        cause = declared.causes[ref]
        text = f"{say(ref)} is held by users whom the mesh does not declare: {names}"
        yield Finding(NOTE, text, cause.group, cause.place)
