{#- Create a policy. Never OR REPLACE: Snowflake refuses it while the policy is in use. The comment says which dbt project
    defines it. https://docs.snowflake.com/en/sql-reference/sql/create-masking-policy
    https://docs.snowflake.com/en/sql-reference/sql/create-row-access-policy
    https://docs.snowflake.com/en/sql-reference/sql/create-projection-policy
    https://docs.snowflake.com/en/sql-reference/sql/create-aggregation-policy

    Args:
      policy: {type: 'masking policy' or another, fqn: stored parts, arguments: [{name, data_type}], returns, body_sql}.

    Returns: one statement. -#}
{% macro get_create_policy_sql(policy) %}
  create {{ policy.type }} {{ snowmesh._fqn(policy.fqn) }} as (
  {%- for argument in policy.arguments -%}
    {{ snowmesh._identifier(argument.name) }} {{ argument.data_type }}{{ ', ' if not loop.last }}
  {%- endfor -%}
  ) returns {{ policy.returns }} ->
  {{ policy.body_sql }}
  comment = {{ snowmesh._string_literal(snowmesh._managed_by()) }}
{% endmacro %}
