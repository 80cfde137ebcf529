{#- Take tags off columns, all in one ALTER. https://docs.snowflake.com/en/sql-reference/sql/alter-table-column

    Args:
      relation: the table or view.
      assignments: [{column: stored name, tag: stored parts}], those of a column together.

    Returns: one statement. -#}
{% macro get_unset_column_tags_sql(relation, assignments) %}
  {{ snowmesh._alter(relation) }} modify
  {%- for item in assignments -%}
    {{ ',' if not loop.first }}
    {%- if loop.first or item.column != loop.previtem.column %}
  column {{ snowmesh._identifier(item.column) }} unset tag
    {%- endif %}
    {{- ' ' ~ snowmesh._fqn(item.tag) }}
  {%- endfor %}
{% endmacro %}
