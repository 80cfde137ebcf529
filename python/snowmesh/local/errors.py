"""Snowflake's errors: code, SQLSTATE, text (facts of section 8)."""

from __future__ import annotations

from snowmesh.account.objects import ObjectRef, ObjectType


class SnowflakeError(Exception):
    """An error as the server reports it to the connector.

    `code` is Snowflake's number, `sqlstate` its SQLSTATE, `message` the text after them.
    """

    def __init__(self, code: int, sqlstate: str, message: str) -> None:
        super().__init__(message)
        self.code, self.sqlstate, self.message = code, sqlstate, message


class NotFound(SnowflakeError):
    """002003; who asked is not known where it is raised, so the gateway adds the second sentence (E2)."""

    def __init__(self, ref: ObjectRef, sqlstate: str, message: str) -> None:
        super().__init__(2003, sqlstate, message)
        self.ref = ref


class Forbidden(SnowflakeError):
    """003001; the gateway adds the sentence that names the missing privilege, where there is one (E1)."""

    def __init__(self, ref: ObjectRef, privilege: str, message: str) -> None:
        super().__init__(3001, "42501", message)
        self.ref, self.privilege = ref, privilege


def not_found(ref: ObjectRef) -> NotFound:
    """The object is missing or invisible; the two cannot be told apart (P27)."""
    kind = (
        "Object"
        if ref.type in (ObjectType.TABLE, ObjectType.VIEW, ObjectType.DYNAMIC_TABLE)
        else (ref.type.value.capitalize())
    )
    state = "42S02" if kind == "Object" else "02000"
    return NotFound(ref, state, f"SQL compilation error:\n{kind} '{ref.fqn}' does not exist or not authorized.")


def forbidden(ref: ObjectRef, privilege: str = "") -> Forbidden:
    """The object is visible and the privilege is missing (E1, E4, E5)."""
    kind = ref.type.value.lower().replace(" ", "_")
    name = ref.name[-1] if ref.name else "ACCOUNT"
    return Forbidden(
        ref, privilege, f"SQL access control error:\nInsufficient privileges to operate on {kind} '{name}'."
    )


def exists_already(ref: ObjectRef) -> SnowflakeError:
    """CREATE without OR REPLACE or IF NOT EXISTS over an existing object."""
    return SnowflakeError(2002, "42710", f"SQL compilation error:\nObject '{ref.fqn}' already exists.")


def not_implemented(what: str, instead: str = "") -> SnowflakeError:
    """Fail closed: the local Snowflake does not do this, and says so."""
    text = f"Unsupported feature '{what}'. The local Snowflake does not implement it and refuses it"
    return SnowflakeError(2, "0A000", text + (f"; {instead}" if instead else "") + ".")


def syntax_error(message: str) -> SnowflakeError:
    """The statement cannot be parsed."""
    return SnowflakeError(1003, "42000", f"SQL compilation error:\nsyntax error {message}")


def invalid(message: str) -> SnowflakeError:
    """A statement that parses and makes no sense."""
    return SnowflakeError(1008, "22023", f"SQL compilation error:\n{message}")
