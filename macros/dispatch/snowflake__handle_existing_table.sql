{#- A view that stands there as a table is checked before dbt drops the table. In force only with the dispatch line of
    snowflake__apply_grants.

    Args:
      full_refresh: whether --full-refresh was given.
      old_relation: the table. -#}
{% macro snowflake__handle_existing_table(full_refresh, old_relation) %}
  {%- do snowmesh._inline(this.incorporate(type='view'), false, sql) -%}
  {{ return(dbt.default__handle_existing_table(full_refresh, old_relation)) }}
{% endmacro %}
