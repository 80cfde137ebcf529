{#- The roles of the account that the current role can see; stored names.
    https://docs.snowflake.com/en/sql-reference/sql/show-roles

    Returns: [stored name]. -#}
{% macro list_roles() %}
  {%- set names = [] -%}
  {%- for row in run_query('show roles') -%}
    {%- do names.append(row['name']) -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}
