{#- dbt adds columns to a snapshot: what was read about it no longer holds. In force only with the dispatch line of
    snowflake__apply_grants.

    Args:
      relation: the snapshot's table.
      columns: what is added. -#}
{% macro snowflake__create_columns(relation, columns) %}
  {%- do snowmesh._forget_state(relation) if columns -%}
  {{ return(dbt.default__create_columns(relation, columns)) }}
{% endmacro %}
