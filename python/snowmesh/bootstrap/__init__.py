"""mesh.yml to a Snowflake account: plan, apply, verify."""
