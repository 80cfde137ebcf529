"""Where the catalog lives between runs (`--data DIR`): one JSON file, replaced atomically.

Before a statement changes the data of tables, their names are written to `uncertain.json`; `save` removes it. After
a crash in between, those tables are left out of the catalog: nobody can read them until they are created again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from snowmesh.account.objects import ObjectRef
from snowmesh.account.state import Account
from snowmesh.local import codec


class Store:
    """Keeps nothing: the account of a server without --data ends with it."""

    def load(self) -> Account | None:
        """The account as last saved, or None."""
        return None

    def begin(self, touched: list[ObjectRef]) -> None:
        """Note that the data of these tables is about to change."""

    def save(self, account: Account) -> None:
        """Keep the account; what `begin` noted is settled."""


class FolderStore(Store):
    """Keeps the catalog beside the engine's database files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._catalog, self._uncertain = folder / "catalog.json", folder / "uncertain.json"

    def load(self) -> Account | None:
        """The account as last saved, without the tables that a crash left uncertain."""
        if not self._catalog.exists():
            return None
        account = codec.decode(json.loads(self._catalog.read_text("utf-8")))
        if self._uncertain.exists():
            for name in json.loads(self._uncertain.read_text("utf-8")):
                found = account.relation(tuple(name))
                account = account.without_object(found.ref) if found else account
        return account

    def begin(self, touched: list[ObjectRef]) -> None:
        """Write the names down before the engine runs."""
        _write(self._uncertain, json.dumps([ref.name for ref in touched]))

    def save(self, account: Account) -> None:
        """Replace the catalog file, then forget what was uncertain."""
        _write(self._catalog, json.dumps(codec.encode(account), indent=1))
        self._uncertain.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
