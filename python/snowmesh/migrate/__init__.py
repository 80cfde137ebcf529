"""Reading how another package, or plain dbt, declares governance, and writing it as a `snowmesh` block."""
