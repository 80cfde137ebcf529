{#- Say in the comment of a tag or policy which dbt project defines it. https://docs.snowflake.com/en/sql-reference/sql/comment

    Args:
      type: 'tag', 'masking policy' or another type of policy.
      name: stored parts.

    Returns: one statement. -#}
{% macro get_set_comment_sql(type, name) %}
  comment on {{ type }} {{ snowmesh._fqn(name) }} is {{ snowmesh._string_literal(snowmesh._managed_by()) }}
{% endmacro %}
