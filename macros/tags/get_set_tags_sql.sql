{#- Set tags on a relation. https://docs.snowflake.com/en/sql-reference/sql/alter-table

    Args:
      relation: the table or view.
      assignments: [{tag: stored parts, value: text}], at most 100.

    Returns: one statement. -#}
{% macro get_set_tags_sql(relation, assignments) %}
  {{ snowmesh._alter(relation) }} set tag
  {%- for item in assignments %} {{ snowmesh._fqn(item.tag) }} = {{ snowmesh._string_literal(item.value) }}{{ ',' if not loop.last }}{% endfor %}
{% endmacro %}
