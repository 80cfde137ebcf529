"""Stock fakesnow's own server, filled with the sample data of the local Snowflake: `stock_fakesnow.py PORT SCALE`."""

from __future__ import annotations

import importlib
import sys

import uvicorn
from fakesnow import info_schema, macros

from snowmesh.local import health, sample_data
from snowmesh.local.tpch import DATABASE


def main() -> None:
    """Load the same files as the local Snowflake, then serve until stopped."""
    port, scale = int(sys.argv[1]), float(sys.argv[2])
    server = importlib.import_module("fakesnow.server")  # the package has a function of that name
    duck = server.shared_fs.duck_conn
    duck.execute(f"ATTACH ':memory:' AS {DATABASE}")
    for sql in (info_schema.per_db_creation_sql(DATABASE), macros.creation_sql(DATABASE)):
        duck.execute(sql)
    sample_data.load(duck, scale, sample_data.default_cache(), lambda text: None)
    uvicorn.run(server.app, host=health.HOST, port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
