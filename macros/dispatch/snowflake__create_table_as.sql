{#- Governance inside the CREATE of a table, an incremental model or a snapshot: its rows are never there without it.
    In force only with the dispatch line of snowflake__apply_grants.

    Args:
      temporary: whether dbt asks for a temporary table, which is never governed.
      relation: what dbt creates.
      compiled_code: the query.
      language: sql or python. -#}
{% macro snowflake__create_table_as(temporary, relation, compiled_code, language='sql') %}
  {%- set inline = snowmesh._inline(relation, temporary, compiled_code if language == 'sql' else none) -%}
  {%- set sql = dbt.snowflake__create_table_as(temporary, relation, compiled_code, language) -%}
  {{ return(snowmesh._governed_table_sql(sql, relation, compiled_code, inline) if inline is not none else sql) }}
{% endmacro %}
