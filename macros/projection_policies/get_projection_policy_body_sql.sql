{#- How a projection policy is written in SQL. Override default__get_projection_policy_body_sql by a dispatch entry for snowmesh.
    https://docs.snowflake.com/en/sql-reference/sql/create-projection-policy

    Args:
      policy: {exempt: [stored role names], enforcement: 'fail' or 'nullify', body: SQL text or none}.

    Returns: the SQL expression after `->`. -#}
{% macro get_projection_policy_body_sql(policy) %}
  {{ return(adapter.dispatch('get_projection_policy_body_sql', 'snowmesh')(policy)) }}
{% endmacro %}


{#- `case when is_role_in_session(...) then projection_constraint(allow => true) else projection_constraint(allow => false) end`.

    Args:
      policy: {exempt: [stored role names], enforcement: 'fail' or 'nullify', body: SQL text or none}. -#}
{% macro default__get_projection_policy_body_sql(policy) %}
  {%- if policy.body is not none -%}
    {{ return(policy.body | trim) }}
  {%- endif -%}
  {%- set enforcement = ", enforcement => 'NULLIFY'" if policy.enforcement == 'nullify' else '' -%}
  {%- set refused = 'projection_constraint(allow => false' ~ enforcement ~ ')' -%}
  {%- if not policy.exempt -%}
    {{ return(refused) }}
  {%- endif -%}
  {{ return(
    'case when ' ~ snowmesh._any_role_in_session(policy.exempt) ~ ' then projection_constraint(allow => true) else ' ~ refused ~ ' end'
  ) }}
{% endmacro %}
