{#- A policy as Snowflake has it. https://docs.snowflake.com/en/sql-reference/sql/desc-masking-policy

    Args:
      type: 'masking policy', 'row access policy', 'projection policy' or 'aggregation policy'.
      policy: full name as stored parts.

    Returns: {signature: '(VAL VARCHAR)', return_type, body}. -#}
{% macro describe_policy(type, policy) %}
  {%- set row = run_query('describe ' ~ type ~ ' ' ~ snowmesh._fqn(policy))[0] -%}
  {{ return({'signature': row['signature'], 'return_type': row['return_type'], 'body': row['body']}) }}
{% endmacro %}
