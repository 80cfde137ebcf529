{#- Governance inside the CREATE of a view, also of the failures of a test (store_failures_as: view). In force only with the
    dispatch line of snowflake__apply_grants.

    Args:
      relation: the view.
      sql: its query. -#}
{% macro snowflake__create_view_as(relation, sql) %}
  {%- set inline = snowmesh._inline_failures(relation, sql) if snowmesh._is_test(relation, false) else snowmesh._inline(relation, false, sql) -%}
  {%- set rendered = dbt.snowflake__create_view_as(relation, sql) -%}
  {{ return(snowmesh._governed_view_sql(rendered, relation, sql, inline) if inline is not none else rendered) }}
{% endmacro %}
