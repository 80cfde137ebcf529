{#- Replace the allowed values of a tag, or allow everything when there are none. Assignments stay as they are.
    https://docs.snowflake.com/en/sql-reference/sql/alter-tag

    Args:
      tag: {fqn: [database, schema, name], allowed_values: [...]}; stored names.

    Returns: one statement. -#}
{% macro get_alter_tag_allowed_values_sql(tag) %}
  alter tag {{ snowmesh._fqn(tag.fqn) }}
  {%- if tag.allowed_values %} set allowed_values {{ snowmesh._string_literals(tag.allowed_values) }}
  {%- else %} unset allowed_values
  {%- endif %}
{% endmacro %}
