{#- Take a row access policy off a relation; the policy itself stays. https://docs.snowflake.com/en/sql-reference/sql/alter-table

    Args:
      relation: the table, view or dynamic table.
      policy: stored parts.

    Returns: one statement. -#}
{% macro get_drop_row_access_policy_sql(relation, policy) %}
  {{ snowmesh._alter(relation) }} drop row access policy {{ snowmesh._fqn(policy) }}
{% endmacro %}
