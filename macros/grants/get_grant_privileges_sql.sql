{#- Grant privileges to a role or a database role. https://docs.snowflake.com/en/sql-reference/sql/grant-privilege

    Args:
      privileges: for example ['SELECT'].
      object: what stands after ON, for example 'schema "DB"."S"' or 'future tables in schema "DB"."S"'.
      grantee: {type: 'ROLE' or 'DATABASE_ROLE', name: stored name}.
      database: stored name of the database, in which a database role is looked for.

    Returns: one statement. -#}
{% macro get_grant_privileges_sql(privileges, object, grantee, database) %}
  grant {{ privileges | join(', ') | lower }} on {{ object }} to {{ snowmesh._grantee(grantee, database) }}
{% endmacro %}
