{#- Take tags off a relation. https://docs.snowflake.com/en/sql-reference/sql/alter-table

    Args:
      relation: the table or view.
      assignments: [{tag: stored parts}].

    Returns: one statement. -#}
{% macro get_unset_tags_sql(relation, assignments) %}
  {{ snowmesh._alter(relation) }} unset tag
  {%- for item in assignments %} {{ snowmesh._fqn(item.tag) }}{{ ',' if not loop.last }}{% endfor %}
{% endmacro %}
