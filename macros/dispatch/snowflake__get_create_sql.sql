{#- Governance inside the CREATE of a dynamic table, also of the one that dbt builds beside a table or view and then renames.
    Tables and views have macros of their own. In force only with the dispatch line of snowflake__apply_grants.

    Args:
      relation: what dbt creates.
      sql: its query. -#}
{% macro snowflake__get_create_sql(relation, sql) %}
  {%- if not relation.is_dynamic_table -%}
    {{ return(dbt.snowflake__get_create_sql(relation, sql)) }}
  {%- endif -%}
  {%- set inline = snowmesh._inline_dynamic_table(relation, sql) -%}
  {%- set rendered = dbt.snowflake__get_create_sql(relation, sql) -%}
  {{ return(snowmesh._governed_table_sql(rendered, relation, sql, inline) if inline is not none else rendered) }}
{% endmacro %}
