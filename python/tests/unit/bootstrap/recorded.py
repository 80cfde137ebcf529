"""A session that answers from given rows, for what the local Snowflake does not do: other shapes, caps, refusals."""

from __future__ import annotations

from dataclasses import dataclass, field

from snowmesh.bootstrap.session import ROLE_NOT_ASSIGNED, SYNTAX_ERROR, Row, StatementError


def rows(columns: str, *values: tuple[object, ...]) -> list[Row]:
    """Rows by column names, given as one text."""
    names = [name.strip() for name in columns.split(",")]
    return [dict(zip(names, value, strict=True)) for value in values]


# the column lists of real accounts, S1-S13, S20
ROLES = "created_on, name, is_default, is_current, is_inherited, assigned_to_users, granted_to_roles, granted_roles, owner, comment"
DATABASES = (
    "created_on, name, is_default, is_current, origin, owner, comment, options, retention_time, kind, owner_role_type"
)
SCHEMAS = (
    "created_on, name, is_default, is_current, database_name, owner, comment, options, retention_time, owner_role_type"
)
GRANTS_TO_ROLE = "created_on, privilege, granted_on, name, granted_to, grantee_name, grant_option, granted_by"
GRANTS_TO_USER = "created_on, privilege, granted_on, name, role, granted_to, grantee_name, grant_option, granted_by"
GRANTS_TO_USER_BEFORE = "created_on, role, granted_to, grantee_name, granted_by"
WAREHOUSES = (
    "name, state, type, size, min_cluster_count, max_cluster_count, started_clusters, running, queued, is_default, "
    "is_current, auto_suspend, auto_resume, available, provisioning, quiescing, other, created_on, resumed_on, "
    "updated_on, owner, comment"
)
USERS = (
    "name, created_on, login_name, comment, disabled, default_warehouse, default_namespace, default_role, "
    "default_secondary_roles, owner, type"
)


def grants(*values: tuple[str, str, str, str]) -> list[Row]:
    """Rows of SHOW GRANTS TO ROLE from (privilege, granted_on, name, grantee)."""
    return rows(GRANTS_TO_ROLE, *(("t", p, on, name, "ROLE", to, "false", "X") for p, on, name, to in values))


@dataclass
class Recorded:
    """Answers by statement; a StatementError's code is given as an int. What is not given is no row, or a refusal."""

    answers: dict[str, list[Row] | int] = field(default_factory=dict)
    hierarchy: bool = True
    held: tuple[str, ...] = ("USERADMIN", "SYSADMIN", "SECURITYADMIN", "ACCOUNTADMIN")
    sent: list[str] = field(default_factory=list)
    account: str = "RECORDED"
    user: str = "ME"
    role: str = ""

    def query(self, sql: str) -> list[Row]:
        self.sent.append(sql)
        answer = self.answers.get(sql, [])
        if sql.endswith("INCLUDE HIERARCHY") and not self.hierarchy:
            answer = SYNTAX_ERROR
        if isinstance(answer, int):
            raise StatementError(sql, answer, f"refused with {answer}")
        return answer

    def use_role(self, role: str) -> None:
        if role == self.role:
            return
        self.sent.append(f'USE ROLE "{role}"')
        if role not in self.held:
            raise StatementError(self.sent[-1], ROLE_NOT_ASSIGNED, f"Requested role '{role}' is not assigned")
        self.role = role
