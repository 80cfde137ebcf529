"""The account that is built in, and the adversary in it."""

from __future__ import annotations

from leaks.project import (
    BUILDER,
    BUILDER_ROLE,
    CONSUMER_ROLE,
    DATABASE,
    GOVERNANCE,
    READER_ROLE,
    SCHEMA,
    SOURCE_SCHEMA,
    WAREHOUSE,
)
from leaks.relations import NUMBER, SECRET
from snowmesh.local.adversary import Adversary, Eye
from snowmesh.local.testing import LocalSnowflake

FUTURE_ROLE = "LEAKS_FUTURE"
EYES = (Eye("LEAKS_FUTURE", FUTURE_ROLE, WAREHOUSE), Eye("LEAKS_CONSUMER", CONSUMER_ROLE, WAREHOUSE))
ROLES = (BUILDER_ROLE, READER_ROLE, CONSUMER_ROLE, FUTURE_ROLE)
SCHEMAS = (SCHEMA, SOURCE_SCHEMA, GOVERNANCE)


def set_up(account: LocalSnowflake) -> None:
    """One builder, one role that reads by future grants and one that reads by dbt's grants; neither may see PII."""
    statements = [f"create warehouse if not exists {WAREHOUSE}"]
    for role in ROLES:
        statements += [f"create role if not exists {role}", f"grant usage on warehouse {WAREHOUSE} to role {role}"]
    for user, role in ((BUILDER, BUILDER_ROLE), ("LEAKS_FUTURE", FUTURE_ROLE), ("LEAKS_CONSUMER", CONSUMER_ROLE)):
        statements += [f"create user if not exists {user} default_role = {role}", f"grant role {role} to user {user}"]
    account.script(";".join(statements))
    start_again(account)


def start_again(account: LocalSnowflake) -> None:
    """An empty database, with the rights of everybody."""
    statements = [f"create or replace database {DATABASE}"]
    statements += [f"create schema {DATABASE}.{schema}" for schema in SCHEMAS]
    for role in ROLES:
        statements += [f"grant usage on database {DATABASE} to role {role}"]
        statements += [f"grant usage on schema {DATABASE}.{SCHEMA} to role {role}"]
    for schema in SCHEMAS:
        statements += [f"grant all on schema {DATABASE}.{schema} to role {BUILDER_ROLE}"]
    statements += [f"grant create schema on database {DATABASE} to role {BUILDER_ROLE}"]
    for privilege in ("apply tag", "apply masking policy"):
        statements += [f"grant {privilege} on account to role {BUILDER_ROLE}"]
    for kind in ("tables", "views", "dynamic tables"):
        statements += [f"grant select on future {kind} in schema {DATABASE}.{SCHEMA} to role {FUTURE_ROLE}"]
    account.script(";".join(statements))


def adversary(cut_after: int = 0) -> Adversary:
    """Who reads as both roles, between any two statements of the builder."""
    return Adversary(BUILDER, EYES, (DATABASE, SCHEMA), (SECRET, NUMBER), cut_after=cut_after)
