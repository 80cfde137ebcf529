{#- Create a tag, with a comment that says which dbt project defines it. Never OR REPLACE: that would lose every assignment.
    https://docs.snowflake.com/en/sql-reference/sql/create-tag

    Args:
      tag: {fqn: [database, schema, name], allowed_values: [...]}; stored names.

    Returns: one statement. -#}
{% macro get_create_tag_sql(tag) %}
  create tag {{ snowmesh._fqn(tag.fqn) }}
  {%- if tag.allowed_values %} allowed_values {{ snowmesh._string_literals(tag.allowed_values) }}{% endif %} comment = {{ snowmesh._string_literal(snowmesh._managed_by()) }}
{% endmacro %}
