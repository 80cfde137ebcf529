"""All dbt projects of a mesh in the order of their dependencies, each built by dbt itself."""
