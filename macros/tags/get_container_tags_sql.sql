{#- One query for the tags that are set on schemas and databases themselves.
    https://docs.snowflake.com/en/sql-reference/functions/tag_references

    Args:
      containers: [{type: 'schema' or 'database', parts: stored parts}], at least one.

    Returns: one statement; position in the list, tag database, tag schema, tag name, value. -#}
{% macro get_container_tags_sql(containers) %}
  {%- for container in containers %}
  {%- set domain = snowmesh._string_literal(container.type | upper) %}
  select {{ loop.index0 }} as position, tag_database, tag_schema, tag_name, tag_value
  from table({{ snowmesh._identifier(container.parts[0]) }}.information_schema.tag_references({{ snowmesh._string_literal(snowmesh._fqn(container.parts)) }}, {{ domain }}))
  where level = {{ domain }}
  {{ 'union all' if not loop.last }}
  {%- endfor %}
{% endmacro %}
