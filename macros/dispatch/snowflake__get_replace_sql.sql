{#- Governance inside the CREATE OR REPLACE of a dynamic table. Whatever else dbt replaces is created by macros of their own. In
    force only with the dispatch line of snowflake__apply_grants.

    Args:
      existing_relation: what stands there.
      target_relation: what dbt creates.
      sql: its query. -#}
{% macro snowflake__get_replace_sql(existing_relation, target_relation, sql) %}
  {%- set rendered = dbt.snowflake__get_replace_sql(existing_relation, target_relation, sql) -%}
  {%- if not (existing_relation.is_dynamic_table and target_relation.is_dynamic_table) -%}
    {{ return(rendered) }}
  {%- endif -%}
  {%- set inline = snowmesh._inline_dynamic_table(target_relation, sql) -%}
  {{ return(snowmesh._governed_table_sql(rendered, target_relation, sql, inline) if inline is not none else rendered) }}
{% endmacro %}
