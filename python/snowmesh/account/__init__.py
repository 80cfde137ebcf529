"""What a Snowflake account is, as pure data: identifiers, roles, privileges, grants, tags, policies."""
