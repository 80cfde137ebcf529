{#- How a row access policy is written in SQL. Override default__get_row_access_policy_body_sql by a dispatch entry for snowmesh.
    A row stays when the body is TRUE; FALSE and NULL remove it.
    https://docs.snowflake.com/en/sql-reference/sql/create-row-access-policy

    Args:
      policy: {arguments, exempt: [stored role names], rows_for: {stored role name: SQL condition}, body: SQL text or none}.

    Returns: the SQL expression after `->`. -#}
{% macro get_row_access_policy_body_sql(policy) %}
  {{ return(adapter.dispatch('get_row_access_policy_body_sql', 'snowmesh')(policy)) }}
{% endmacro %}


{#- `is_role_in_session('A') or (is_role_in_session('B') and (<condition>))`: who has several roles sees the rows of each.

    Args:
      policy: {arguments, exempt: [stored role names], rows_for: {stored role name: SQL condition}, body: SQL text or none}. -#}
{% macro default__get_row_access_policy_body_sql(policy) %}
  {%- if policy.body is not none -%}
    {{ return(policy.body | trim) }}
  {%- endif -%}
  {%- set tests = [] -%}
  {%- do tests.append(snowmesh._any_role_in_session(policy.exempt)) if policy.exempt -%}
  {%- for role, condition in policy.rows_for.items() -%}
    {#- the parenthesis stands on a line of its own: a comment at the end of the condition must not swallow it -#}
    {%- do tests.append('(' ~ snowmesh._any_role_in_session([role]) ~ ' and (' ~ condition ~ '\n))') -%}
  {%- endfor -%}
  {{ return(tests | join(' or ') or 'false') }}
{% endmacro %}
