{#- One query for the masking policies on several tags.
    https://docs.snowflake.com/en/sql-reference/functions/policy_references

    Args:
      tags: full names of existing tags, each as stored parts.

    Returns: one statement; tag, policy database, policy schema, policy name. -#}
{% macro get_tag_masking_policies_sql(tags) %}
  {%- for tag in tags %}
  {%- set name = snowmesh._string_literal(snowmesh._fqn(tag)) %}
  select {{ name }} as tag, policy_db, policy_schema, policy_name
  from table({{ snowmesh._identifier(tag[0]) }}.information_schema.policy_references(ref_entity_name => {{ name }}, ref_entity_domain => 'TAG'))
  where policy_kind = 'MASKING_POLICY'
  {{ 'union all' if not loop.last }}
  {%- endfor %}
{% endmacro %}
