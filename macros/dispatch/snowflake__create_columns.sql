{#- Before dbt merges into a snapshot that it keeps: governance inside the ALTER that adds columns, then whatever else the
    snapshot declares and does not have yet. In force only with the dispatch line of snowflake__apply_grants.

    Args:
      relation: the snapshot's table.
      columns: what is added. -#}
{% macro snowflake__create_columns(relation, columns) %}
  {%- if columns -%}
    {%- do snowmesh._forget_state(relation) -%}
    {%- set governed = snowmesh._added_clauses(relation, columns) -%}
    {%- set others = columns | rejectattr('name', 'in', governed) | list -%}
    {%- do dbt.default__create_columns(relation, others) if others -%}
    {%- do snowmesh._add_governed_columns(relation, columns, governed) if governed -%}
  {%- endif -%}
  {%- do snowmesh._govern_kept(relation) -%}
{% endmacro %}
