"""The tables of SNOWFLAKE_SAMPLE_DATA.TPCH_SF1, as data.

Columns, types and comments are those of Snowflake's sample database.
https://docs.snowflake.com/en/user-guide/sample-data-tpch
"""

from __future__ import annotations

from dataclasses import dataclass

from snowmesh.account.objects import Column, ObjectRef, ObjectType, Relation

DATABASE = "SNOWFLAKE_SAMPLE_DATA"
SCHEMA = "TPCH_SF1"
_KEY, _MONEY = "NUMBER(38,0)", "NUMBER(12,2)"


@dataclass(frozen=True)
class Table:
    """A table; its columns are in the order in which tpchgen-cli writes them."""

    name: str
    columns: tuple[Column, ...]

    @property
    def relation(self) -> Relation:
        """The table for the catalog; its owner is Snowflake itself (S1)."""
        return Relation(
            ref=ObjectRef(ObjectType.TABLE, (DATABASE, SCHEMA, self.name)),
            owner="",
            comment=f"{self.name.capitalize()} data as defined by TPC-H",
            columns=self.columns,
        )


def duckdb_type(data_type: str) -> str:
    """How DuckDB stores a type of these tables: keys as 64-bit integers, which join fast."""
    if data_type == _KEY:
        return "BIGINT"
    return data_type.replace("NUMBER", "DECIMAL")


def _table(name: str, columns: str) -> Table:
    """A table from `NAME TYPE` pairs split by `|`; a `?` after the type means nullable."""
    fields = [column.split() for column in columns.split("|")]
    return Table(name, tuple(Column(n, t.rstrip("?"), nullable=t.endswith("?")) for n, t in fields))


TABLES = (
    _table(
        "REGION",
        f"R_REGIONKEY {_KEY} | R_NAME VARCHAR(25) | R_COMMENT VARCHAR(152)?",
    ),
    _table(
        "NATION",
        f"N_NATIONKEY {_KEY} | N_NAME VARCHAR(25) | N_REGIONKEY {_KEY} | N_COMMENT VARCHAR(152)?",
    ),
    _table(
        "SUPPLIER",
        f"S_SUPPKEY {_KEY} | S_NAME VARCHAR(25) | S_ADDRESS VARCHAR(40) | S_NATIONKEY {_KEY}"
        f" | S_PHONE VARCHAR(15) | S_ACCTBAL {_MONEY} | S_COMMENT VARCHAR(101)?",
    ),
    _table(
        "CUSTOMER",
        f"C_CUSTKEY {_KEY} | C_NAME VARCHAR(25) | C_ADDRESS VARCHAR(40) | C_NATIONKEY {_KEY}"
        f" | C_PHONE VARCHAR(15) | C_ACCTBAL {_MONEY} | C_MKTSEGMENT VARCHAR(10)? | C_COMMENT VARCHAR(117)?",
    ),
    _table(
        "PART",
        f"P_PARTKEY {_KEY} | P_NAME VARCHAR(55) | P_MFGR VARCHAR(25) | P_BRAND VARCHAR(10)"
        f" | P_TYPE VARCHAR(25) | P_SIZE {_KEY} | P_CONTAINER VARCHAR(10) | P_RETAILPRICE {_MONEY}"
        " | P_COMMENT VARCHAR(23)?",
    ),
    _table(
        "PARTSUPP",
        f"PS_PARTKEY {_KEY} | PS_SUPPKEY {_KEY} | PS_AVAILQTY {_KEY} | PS_SUPPLYCOST {_MONEY}"
        " | PS_COMMENT VARCHAR(199)?",
    ),
    _table(
        "ORDERS",
        f"O_ORDERKEY {_KEY} | O_CUSTKEY {_KEY} | O_ORDERSTATUS VARCHAR(1) | O_TOTALPRICE {_MONEY}"
        f" | O_ORDERDATE DATE | O_ORDERPRIORITY VARCHAR(15) | O_CLERK VARCHAR(15) | O_SHIPPRIORITY {_KEY}"
        " | O_COMMENT VARCHAR(79)",
    ),
    _table(
        "LINEITEM",
        f"L_ORDERKEY {_KEY} | L_PARTKEY {_KEY} | L_SUPPKEY {_KEY} | L_LINENUMBER {_KEY}"
        f" | L_QUANTITY {_MONEY} | L_EXTENDEDPRICE {_MONEY} | L_DISCOUNT {_MONEY} | L_TAX {_MONEY}"
        " | L_RETURNFLAG VARCHAR(1) | L_LINESTATUS VARCHAR(1) | L_SHIPDATE DATE | L_COMMITDATE DATE"
        " | L_RECEIPTDATE DATE | L_SHIPINSTRUCT VARCHAR(25) | L_SHIPMODE VARCHAR(10) | L_COMMENT VARCHAR(44)",
    ),
)
