{#- How an aggregation policy is written in SQL. Override default__get_aggregation_policy_body_sql by a dispatch entry for snowmesh.
    https://docs.snowflake.com/en/sql-reference/sql/create-aggregation-policy

    Args:
      policy: {exempt: [stored role names], min_group_size: number, body: SQL text or none}.

    Returns: the SQL expression after `->`. -#}
{% macro get_aggregation_policy_body_sql(policy) %}
  {{ return(adapter.dispatch('get_aggregation_policy_body_sql', 'snowmesh')(policy)) }}
{% endmacro %}


{#- `case when is_role_in_session(...) then no_aggregation_constraint() else aggregation_constraint(min_group_size => 5) end`.

    Args:
      policy: {exempt: [stored role names], min_group_size: number, body: SQL text or none}. -#}
{% macro default__get_aggregation_policy_body_sql(policy) %}
  {%- if policy.body is not none -%}
    {{ return(policy.body | trim) }}
  {%- endif -%}
  {%- set constraint = 'aggregation_constraint(min_group_size => ' ~ policy.min_group_size ~ ')' -%}
  {%- if not policy.exempt -%}
    {{ return(constraint) }}
  {%- endif -%}
  {{ return('case when ' ~ snowmesh._any_role_in_session(policy.exempt) ~ ' then no_aggregation_constraint() else ' ~ constraint ~ ' end') }}
{% endmacro %}
