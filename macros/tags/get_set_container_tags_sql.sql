{#- Set tags on a schema or a database. https://docs.snowflake.com/en/sql-reference/sql/alter-schema

    Args:
      type: 'schema' or 'database'.
      name: stored parts.
      assignments: [{tag: stored parts, value: text}], at most 100.

    Returns: one statement. -#}
{% macro get_set_container_tags_sql(type, name, assignments) %}
  alter {{ type }} {{ snowmesh._fqn(name) }} set tag
  {%- for item in assignments %} {{ snowmesh._fqn(item.tag) }} = {{ snowmesh._string_literal(item.value) }}{{ ',' if not loop.last }}{% endfor %}
{% endmacro %}
