{#- Who has access to a relation besides its owner. https://docs.snowflake.com/en/sql-reference/sql/show-grants

    Args:
      relation: the table or view.

    Returns: [{type: 'ROLE' or another grantee type, name: stored name}], each once. -#}
{% macro list_grantees(relation) %}
  {%- set grantees = [] -%}
  {%- for row in run_query(get_show_grant_sql(relation)) if row['privilege'] != 'OWNERSHIP' -%}
    {%- set grantee = {'type': row['granted_to'], 'name': row['grantee_name']} -%}
    {%- if grantee not in grantees -%}
      {%- do grantees.append(grantee) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(grantees) }}
{% endmacro %}
