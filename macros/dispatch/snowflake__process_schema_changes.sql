{#- Before dbt merges, deletes or inserts into a relation that it keeps: the columns are brought up to date, then what the relation
    declares and does not have yet is set. A mask that is new in the YAML is there before the new rows are. In force only
    with the dispatch line of snowflake__apply_grants.

    Args:
      on_schema_change: the model's on_schema_change.
      source_relation: dbt's temporary relation with the new rows.
      target_relation: the kept relation.

    Returns: what dbt's own macro returns. -#}
{% macro snowflake__process_schema_changes(on_schema_change, source_relation, target_relation) %}
  {%- set changes = dbt.default__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
  {%- do snowmesh._govern_kept(target_relation) -%}
  {{ return(changes) }}
{% endmacro %}
