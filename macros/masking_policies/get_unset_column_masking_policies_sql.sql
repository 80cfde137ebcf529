{#- Take the masking policies off columns, all in one ALTER.
    https://docs.snowflake.com/en/sql-reference/sql/alter-table-column

    Args:
      relation: the table or view.
      columns: stored names.

    Returns: one statement. -#}
{% macro get_unset_column_masking_policies_sql(relation, columns) %}
  {{ snowmesh._alter(relation) }} modify
  {%- for column in columns %}
  column {{ snowmesh._identifier(column) }} unset masking policy{{ ',' if not loop.last }}{% endfor %}
{% endmacro %}
