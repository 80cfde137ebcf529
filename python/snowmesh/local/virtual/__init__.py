"""What SQL can ask of the catalog: INFORMATION_SCHEMA views and table functions, SYSTEM$GET_TAG.

Pure functions of the account and the session. https://docs.snowflake.com/en/sql-reference/info-schema
"""

from __future__ import annotations

from snowmesh.account.state import Account
from snowmesh.local.session import ResultSet, Session
from snowmesh.local.virtual import policy_references, tag_references
from snowmesh.local.virtual.arguments import Argument
from snowmesh.local.virtual.catalog import Catalog
from snowmesh.local.virtual.tag_references import get_tag, get_tag_allowed_values
from snowmesh.local.virtual.views import VIEWS

__all__ = ["get_tag", "get_tag_allowed_values", "table_function", "view"]

TABLE_FUNCTIONS = {
    "TAG_REFERENCES": tag_references.of_object,
    "TAG_REFERENCES_ALL_COLUMNS": tag_references.of_all_columns,
    "POLICY_REFERENCES": policy_references.execute,
}


def view(database: str, name: str, account: Account, session: Session) -> ResultSet | None:
    """The rows of `<database>.INFORMATION_SCHEMA.<name>` for this session; None for a view we do not know."""
    found = VIEWS.get(name)
    return found(Catalog(account, session), database) if found else None


def table_function(
    database: str, name: str, arguments: tuple[Argument, ...], account: Account, session: Session
) -> ResultSet | None:
    """The rows of `TABLE(<database>.INFORMATION_SCHEMA.<name>(...))`; None for a function we do not know.

    An argument is (name or None, value). Raises SnowflakeError for wrong arguments and invisible objects.
    """
    found = TABLE_FUNCTIONS.get(name.upper())
    return found(Catalog(account, session), database, arguments) if found else None
