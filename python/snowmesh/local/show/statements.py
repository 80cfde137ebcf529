"""What a SHOW or DESCRIBE statement says, as frozen data. Names are stored names."""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import ObjectType


@dataclass(frozen=True)
class Filters:
    """LIKE, STARTS WITH, LIMIT n and FROM 'x'; None is absent."""

    like: str | None = None
    starts_with: str | None = None
    limit: int | None = None
    after: str | None = None


@dataclass(frozen=True)
class Scope:
    """Where SHOW looks. `kind`: '' (no IN), ACCOUNT, DATABASE, SCHEMA, TABLE, SESSION ..., or NAME (no kind word)."""

    kind: str = ""
    name: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShowObjects:
    """SHOW [TERSE] <what> [HISTORY] [LIKE] [IN scope] [STARTS WITH] [LIMIT [FROM]]."""

    what: str
    terse: bool = False
    history: bool = False
    scope: Scope = Scope()
    filters: Filters = Filters()


@dataclass(frozen=True)
class ShowGrants:
    """SHOW GRANTS {ON type name | TO ROLE r | TO USER u | OF ROLE r}. `type` None: ON a table or view by name."""

    direction: str
    type: ObjectType | None
    name: tuple[str, ...] = ()
    hierarchy: bool = False
    limit: int | None = None


@dataclass(frozen=True)
class ShowFutureGrants:
    """SHOW FUTURE GRANTS {IN SCHEMA s | IN DATABASE d | TO ROLE r}."""

    type: ObjectType
    name: tuple[str, ...]
    hierarchy: bool = False
    limit: int | None = None


@dataclass(frozen=True)
class ShowParameters:
    """SHOW PARAMETERS [LIKE] [{IN | FOR} {SESSION | ACCOUNT}]."""

    scope: str = "SESSION"
    filters: Filters = Filters()


@dataclass(frozen=True)
class Describe:
    """DESCRIBE <type> <name>."""

    type: ObjectType
    name: tuple[str, ...]


ShowStatement = ShowObjects | ShowGrants | ShowFutureGrants | ShowParameters | Describe
