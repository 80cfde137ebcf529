{#- Governance inside the ALTER that adds columns to a kept relation (on_schema_change): the rows that follow find their column
    masked. What was read about the relation no longer holds. In force only with the dispatch line of snowflake__apply_grants.

    Args:
      relation: the table.
      add_columns: what is added, or none.
      remove_columns: what is removed, or none. -#}
{% macro snowflake__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
  {%- do snowmesh._forget_state(relation) -%}
  {%- set governed = snowmesh._added_clauses(relation, add_columns) -%}
  {#- a column that decides must be there before the one whose mask it decides -#}
  {%- set others = add_columns | rejectattr('name', 'in', governed) | list if governed else add_columns -%}
  {%- do dbt.snowflake__alter_relation_add_remove_columns(relation, others, none) if others -%}
  {%- do snowmesh._add_governed_columns(relation, add_columns, governed) if governed -%}
  {%- do dbt.snowflake__alter_relation_add_remove_columns(relation, none, remove_columns) if remove_columns -%}
{% endmacro %}
