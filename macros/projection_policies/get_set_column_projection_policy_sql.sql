{#- Set a projection policy on a column. FORCE replaces another in one step.
    https://docs.snowflake.com/en/sql-reference/sql/alter-table-column

    Args:
      relation: the table, view or dynamic table.
      column: stored name.
      policy: stored parts.
      replaces: whether the column has another policy.

    Returns: one statement. -#}
{% macro get_set_column_projection_policy_sql(relation, column, policy, replaces=false) %}
  {{ snowmesh._alter(relation) }} modify column {{ snowmesh._identifier(column) }} set projection policy {{ snowmesh._fqn(policy) }}{{ ' force' if replaces }}
{% endmacro %}
