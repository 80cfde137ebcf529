{#- Change the body of a policy that stays in use: the next query sees the new one.
    https://docs.snowflake.com/en/sql-reference/sql/alter-masking-policy

    Args:
      policy: {type: 'masking policy' or another, fqn: stored parts, body_sql}.

    Returns: one statement. -#}
{% macro get_alter_policy_body_sql(policy) %}
  alter {{ policy.type }} {{ snowmesh._fqn(policy.fqn) }} set body ->
  {{ policy.body_sql }}
{% endmacro %}
