{#- What database roles may do with a relation. https://docs.snowflake.com/en/sql-reference/sql/show-grants

    Args:
      relation: the table, view or dynamic table.

    Returns: [{privilege, name: stored name of the database role}]. -#}
{% macro list_database_role_grants(relation) %}
  {%- set grants = [] -%}
  {%- for row in run_query(get_show_grant_sql(relation)) if row['granted_to'] == 'DATABASE_ROLE' and row['privilege'] != 'OWNERSHIP' -%}
    {%- do grants.append({'privilege': row['privilege'], 'name': row['grantee_name'].split('.')[-1]}) -%}
  {%- endfor -%}
  {{ return(grants) }}
{% endmacro %}
