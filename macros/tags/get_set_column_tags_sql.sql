{#- Set tags on columns, all in one ALTER. The word COLUMN stands before each column, because a comma may also begin
    another tag. https://docs.snowflake.com/en/sql-reference/sql/alter-table-column

    Args:
      relation: the table or view.
      assignments: [{column: stored name, tag: stored parts, value: text}], at most 100, those of a column together.

    Returns: one statement. -#}
{% macro get_set_column_tags_sql(relation, assignments) %}
  {{ snowmesh._alter(relation) }} modify
  {%- for item in assignments -%}
    {{ ',' if not loop.first }}
    {%- if loop.first or item.column != loop.previtem.column %}
  column {{ snowmesh._identifier(item.column) }} set tag
    {%- endif %}
    {{- ' ' ~ snowmesh._fqn(item.tag) }} = {{ snowmesh._string_literal(item.value) }}
  {%- endfor %}
{% endmacro %}
