"""SHOW and DESCRIBE, answered from the catalog: pure functions of the account and the session.

https://docs.snowflake.com/en/sql-reference/sql/show
"""

from snowmesh.local.show.execute import execute
from snowmesh.local.show.parse import parse
from snowmesh.local.show.statements import ShowStatement

__all__ = ["ShowStatement", "execute", "parse"]
