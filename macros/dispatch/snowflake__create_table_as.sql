{#- Governance inside the CREATE of a table, an incremental model, a snapshot or the failures of a test: its rows are never there
    without it. In force only with the dispatch line of snowflake__apply_grants.

    Args:
      temporary: whether dbt asks for a temporary table, which is never governed.
      relation: what dbt creates.
      compiled_code: the query.
      language: sql or python. -#}
{% macro snowflake__create_table_as(temporary, relation, compiled_code, language='sql') %}
  {%- set query = compiled_code if language == 'sql' else none -%}
  {%- set inline = snowmesh._inline_failures(relation, query) if snowmesh._is_test(relation, temporary) else snowmesh._inline(relation, temporary, query) -%}
  {%- do snowmesh._drop_waiting(relation) if not temporary -%}
  {%- set sql = dbt.snowflake__create_table_as(temporary, relation, compiled_code, language) -%}
  {{ return(snowmesh._governed_table_sql(sql, relation, compiled_code, inline) if inline is not none else sql) }}
{% endmacro %}
