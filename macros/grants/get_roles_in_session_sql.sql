{#- Which roles the current session has, by itself, by inheritance or as secondary roles: what IS_ROLE_IN_SESSION in a policy answers.
    https://docs.snowflake.com/en/sql-reference/functions/is_role_in_session

    Args:
      roles: stored names.

    Returns: one statement; a boolean for each role, in their order. -#}
{% macro get_roles_in_session_sql(roles) %}
  select
  {%- for role in roles %} is_role_in_session({{ snowmesh._string_literal(role) }}){{ ',' if not loop.last }}{% endfor %}
{% endmacro %}
