{#- Who will be able to read a table that is created in a schema, because of future grants there or in its database.
    https://docs.snowflake.com/en/sql-reference/sql/show-grants

    Args:
      relation: the table.

    Returns: ['role NAME', 'database role NAME'], without the role that builds. -#}
{% macro list_future_readers(relation) %}
  {%- set readers = [] -%}
  {%- set schema = relation.include(identifier=false).render() -%}
  {%- set database = relation.include(schema=false, identifier=false).render() -%}
  {%- for container in ['schema ' ~ schema, 'database ' ~ database] -%}
    {%- for row in run_query('show future grants in ' ~ container) -%}
      {%- set is_readable = row['grant_on'] == 'TABLE' and row['privilege'] in ['SELECT', 'OWNERSHIP', 'ALL'] -%}
      {%- do readers.append((row['grant_to'] | replace('_', ' ') | lower) ~ ' ' ~ row['grantee_name']) if is_readable and row['grantee_name'] != target.role | upper -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(readers | unique | list) }}
{% endmacro %}
