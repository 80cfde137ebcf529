{#- on_schema_change adds and removes columns: what was read about the relation no longer holds. In force only with the
    dispatch line of snowflake__apply_grants.

    Args:
      relation: the table.
      add_columns: what is added, or none.
      remove_columns: what is removed, or none. -#}
{% macro snowflake__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {%- do snowmesh._forget_state(relation) -%}
  {{ return(dbt.snowflake__alter_relation_add_remove_columns(relation, add_columns, remove_columns)) }}
{% endmacro %}
