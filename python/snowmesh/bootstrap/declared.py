"""The declared account: what mesh.yml comes to, as pure data, with the place of the YAML that caused each item.

This is the contract between the reading of mesh files and everything that works with an account.

- `account.objects`: roles, users, databases, schemas, warehouses. Only declared properties are in `properties`, by the
  word of CREATE/ALTER: COMMENT, WAREHOUSE_SIZE, AUTO_SUSPEND, TYPE, DEFAULT_ROLE, DEFAULT_WAREHOUSE, DEFAULT_NAMESPACE;
  on schemas also MANAGED_ACCESS, TRUE or FALSE. A property that is not there is not managed.
- `account.grants`: never OWNERSHIP; `grant_option` is True where it is declared.
- `account.future_grants`: what objects of a type get. It holds for the objects that exist as well, so whoever adds
  one grants on ALL and on FUTURE.
- `causes`: every one of the above, in file order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from snowmesh.account.grants import FutureGrant, Grant, Membership
from snowmesh.account.objects import ObjectRef
from snowmesh.account.state import Account
from snowmesh.bootstrap.mesh_files import MeshFiles
from snowmesh.bootstrap.problems import BootstrapError, Place, printable

if TYPE_CHECKING:
    from snowmesh.bootstrap.assertions import Assertion

Item = ObjectRef | Grant | FutureGrant | Membership


@dataclass(frozen=True)
class Cause:
    """Why something is declared: the group it is shown in, the place in the mesh file, and a short reason.

    `place` has file, line, column and the path of YAML keys; `group` is the label of the domain, or `mesh`.
    """

    group: str
    place: Place
    reason: str


@dataclass(frozen=True)
class Declared:
    """The declared account, and the cause of every object, grant, future grant and role grant in file order.

    `file` is how the mesh is named in messages, `sources` are the files and their texts.
    """

    account: Account
    causes: Mapping[Item, Cause]
    file: str = "mesh.yml"
    environment: str = ""
    sources: tuple[tuple[str, str], ...] = ()
    tests: tuple[Assertion, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of what the files say and of the environment, to tell whether a plan was made from them."""
        import hashlib

        parts = [part for file in self.sources for part in file]
        return hashlib.sha256("\0".join([*parts, self.environment]).encode()).hexdigest()


def load(files: MeshFiles) -> Declared:
    """Read, check and expand mesh files. Raises BootstrapError with every problem at once."""
    from snowmesh.bootstrap import expand, mesh_file

    return expand.expand(mesh_file.load_files(files))


def load_tested(files: MeshFiles) -> Declared:
    """As `load`, for whoever changes an account: raises BootstrapError also when an access test of the mesh fails."""
    found = load(files)
    if not found.tests:
        return found
    from snowmesh.bootstrap import assertions

    results = assertions.evaluate(found.account, found.tests)
    failed = [r for r in results if r.outcome is assertions.Outcome.FAILS]
    if failed:
        lines = [f"  {printable(f'{r.assertion}: {r.why}')} ({r.assertion.place})" for r in failed]
        head = f"{found.file} does not pass its own access tests; nothing was changed."
        raise BootstrapError("\n".join([head, *lines]), "correct the grants or the tests; 'validate' shows them all.")
    return found
