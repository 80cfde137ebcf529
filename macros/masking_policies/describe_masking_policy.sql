{#- A masking policy as Snowflake has it. https://docs.snowflake.com/en/sql-reference/sql/desc-masking-policy

    Args:
      policy: full name as stored parts.

    Returns: {signature: '(VAL VARCHAR)', return_type, body}. -#}
{% macro describe_masking_policy(policy) %}
  {%- set row = run_query('describe masking policy ' ~ snowmesh._fqn(policy))[0] -%}
  {{ return({'signature': row['signature'], 'return_type': row['return_type'], 'body': row['body']}) }}
{% endmacro %}
