{#- Revoke privileges from a role or a database role. https://docs.snowflake.com/en/sql-reference/sql/revoke-privilege

    Args:
      privileges: for example ['SELECT'].
      object: what stands after ON, for example 'future tables in schema "DB"."S"'.
      grantee: {type: 'ROLE' or 'DATABASE_ROLE', name: stored name}.
      database: stored name of the database, in which a database role is looked for.

    Returns: one statement. -#}
{% macro get_revoke_privileges_sql(privileges, object, grantee, database) %}
  revoke {{ privileges | join(', ') | lower }} on {{ object }} from {{ snowmesh._grantee(grantee, database) }}
{% endmacro %}
