{#- Take the projection policy off a column. https://docs.snowflake.com/en/sql-reference/sql/alter-table-column

    Args:
      relation: the table, view or dynamic table.
      column: stored name.

    Returns: one statement. -#}
{% macro get_unset_column_projection_policy_sql(relation, column) %}
  {{ snowmesh._alter(relation) }} modify column {{ snowmesh._identifier(column) }} unset projection policy
{% endmacro %}
