{#- How a mask is written in SQL. Override default__get_masking_policy_body_sql by a dispatch entry for snowmesh.
    IS_ROLE_IN_SESSION compares stored names: https://docs.snowflake.com/en/sql-reference/functions/is_role_in_session

    Args:
      policy: {arguments, unmasked_for: [stored role names], masked: SQL expression, body: SQL text or none}.

    Returns: the SQL expression after `->`. -#}
{% macro get_masking_policy_body_sql(policy) %}
  {{ return(adapter.dispatch('get_masking_policy_body_sql', 'snowmesh')(policy)) }}
{% endmacro %}


{#- `case when is_role_in_session(...) then val else <masked> end`, or the raw body.

    Args:
      policy: {arguments, unmasked_for: [stored role names], masked: SQL expression, body: SQL text or none}. -#}
{% macro default__get_masking_policy_body_sql(policy) %}
  {%- if policy.body is not none -%}
    {{ return(policy.body | trim) }}
  {%- endif -%}
  {%- if not policy.unmasked_for -%}
    {{ return(policy.masked) }}
  {%- endif -%}
  {#- `end` stands on a line of its own: a comment at the end of `masked` must not swallow it -#}
  {{ return('case when ' ~ snowmesh._any_role_in_session(policy.unmasked_for) ~ ' then val else ' ~ policy.masked ~ '\nend') }}
{% endmacro %}
