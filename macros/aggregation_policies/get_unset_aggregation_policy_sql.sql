{#- Take the aggregation policy off a relation. https://docs.snowflake.com/en/sql-reference/sql/alter-table

    Args:
      relation: the table, view or dynamic table.

    Returns: one statement. -#}
{% macro get_unset_aggregation_policy_sql(relation) %}
  {{ snowmesh._alter(relation) }} unset aggregation policy
{% endmacro %}
