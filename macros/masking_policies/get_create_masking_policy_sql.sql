{#- Create a masking policy. Never OR REPLACE: Snowflake refuses it while the policy is in use.
    https://docs.snowflake.com/en/sql-reference/sql/create-masking-policy

    Args:
      policy: {fqn: stored parts, arguments: [{name, data_type}], body_sql}.

    Returns: one statement. -#}
{% macro get_create_masking_policy_sql(policy) %}
  create masking policy {{ snowmesh._fqn(policy.fqn) }} as (
  {%- for argument in policy.arguments -%}
    {{ snowmesh._identifier(argument.name) }} {{ argument.data_type }}{{ ', ' if not loop.last }}
  {%- endfor -%}
  ) returns {{ policy.arguments[0].data_type }} ->
  {{ policy.body_sql }}
{% endmacro %}
