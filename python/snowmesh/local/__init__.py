"""A Snowflake on localhost that enforces roles, grants, tags and masking policies."""
