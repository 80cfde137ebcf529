"""A small account and a way to run governance statements in it as any role, secondary roles off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from snowmesh.account import lifecycle
from snowmesh.account.objects import Column, Database, ObjectRef, ObjectType, Relation, database
from snowmesh.account.system import fresh_account
from snowmesh.local.errors import SnowflakeError
from snowmesh.local.session import Session
from snowmesh.local.statements import execute, parse

COLUMNS = (
    Column("ID", "NUMBER(38,0)"),
    Column("NAME", "VARCHAR(20)"),
    Column("MAIL", "VARCHAR(16777216)"),
    Column("SOLD", "DATE"),
    Column("RATE", "FLOAT"),
)


class Lab:
    """The account after every statement that was run, and one session of user ADMIN."""

    def __init__(self) -> None:
        self.account = fresh_account()
        self.session = Session("ADMIN", "ACCOUNTADMIN", secondary="NONE")

    def run(self, sql: str, role: str = "") -> str:
        """Run a statement, as a role if one is given, and return its status text."""
        statement = parse(sql)
        assert statement is not None, f"not a governance statement: {sql}"
        session = replace(self.session, role=role) if role else self.session
        outcome = execute(statement, self.account, session)
        self.account = outcome.account
        if not role:
            self.session = outcome.session
        return str(outcome.result.rows[0][0])

    def run_all(self, *statements: str, role: str = "") -> None:
        """Run statements one after the other."""
        for sql in statements:
            self.run(sql, role)

    def fails(self, sql: str, role: str = "") -> SnowflakeError:
        """Run a statement that must be refused and change nothing; return the error."""
        before, session = self.account, self.session
        with pytest.raises(SnowflakeError) as caught:
            self.run(sql, role)
        assert (self.account, self.session) == (before, session)
        return caught.value

    def relation(
        self, *name: str, owner: str = "SYSADMIN", type: ObjectType = ObjectType.TABLE, kind: str = ""
    ) -> ObjectRef:
        """Create a relation the way CREATE TABLE and CREATE VIEW do."""
        ref = ObjectRef(type, name)
        self.account = lifecycle.create(
            self.account, Relation(ref=ref, owner=owner, kind=kind or type.value, columns=COLUMNS)
        )
        return ref

    def shared_database(self, name: str) -> None:
        """Create a database as one from a share."""
        self.account = lifecycle.create(self.account, Database(ref=database(name), owner="ACCOUNTADMIN", shared=True))

    def grants(self, ref: ObjectRef) -> set[tuple[str, str, bool, str]]:
        """(privilege, role, grant option, granted by) of every grant on an object."""
        return {(g.privilege, g.role, g.grant_option, g.granted_by) for g in self.account.grants_on(ref)}

    def owner(self, ref: ObjectRef) -> str:
        """The owner of an object."""
        return self.account.objects[ref].owner


def ref(kind: ObjectType, *name: str) -> ObjectRef:
    """An object by type and name."""
    return ObjectRef(kind, name)


@pytest.fixture
def empty() -> Lab:
    """A fresh account, user ADMIN as ACCOUNTADMIN."""
    return Lab()


@pytest.fixture
def lab() -> Lab:
    """A mesh in small: SYSADMIN owns database SHOP and its schemas, ENGINEER and READER are custom roles below it.

    Schema CORE has table ORDERS and view V; schema GOV is for tags and policies; schema LOCKED has managed access.
    GOVERNOR may apply tags and policies anywhere; STRANGER has nothing.
    """
    lab = Lab()
    lab.run_all(
        *(f"CREATE ROLE {name}" for name in ("ENGINEER", "READER", "GOVERNOR", "STRANGER")),
        "GRANT ROLE ENGINEER, READER TO ROLE SYSADMIN",
        "GRANT APPLY TAG, APPLY MASKING POLICY ON ACCOUNT TO ROLE GOVERNOR",
        role="ACCOUNTADMIN",
    )
    lab.run_all(
        "CREATE DATABASE SHOP",
        "CREATE SCHEMA SHOP.CORE",
        "CREATE SCHEMA SHOP.GOV",
        "CREATE SCHEMA SHOP.LOCKED WITH MANAGED ACCESS",
        "GRANT USAGE ON DATABASE SHOP TO ROLE ENGINEER",
        "GRANT USAGE ON SCHEMA SHOP.CORE TO ROLE ENGINEER",
        "GRANT USAGE ON SCHEMA SHOP.GOV TO ROLE ENGINEER",
        "GRANT USAGE ON DATABASE SHOP TO ROLE GOVERNOR",
        "GRANT USAGE ON ALL SCHEMAS IN DATABASE SHOP TO ROLE GOVERNOR",
        role="SYSADMIN",
    )
    lab.relation("SHOP", "CORE", "ORDERS")
    lab.relation("SHOP", "CORE", "V", type=ObjectType.VIEW)
    lab.session = replace(lab.session, role="SYSADMIN", database="SHOP", schema="CORE")
    return lab
