{#- Before an incremental model does anything: a real table for its new rows must be out of everybody's sight, and a relation of
    another type is checked before dbt drops it. In force only with the dispatch line of snowflake__apply_grants. A macro of
    your project with this name calls it on what it returns:

        {{ return(snowmesh.snowflake__resolve_incremental_tmp_relation(tmp_relation.incorporate(path={'schema': 'scratch'}))) }}

    Args:
      tmp_relation: where dbt puts the new rows.

    Returns: the same. -#}
{% macro snowflake__resolve_incremental_tmp_relation(tmp_relation) %}
  {%- set existing = load_cached_relation(this) -%}
  {%- if existing is not none and snowmesh._is_dropped_first(existing) -%}
    {%- do snowmesh._inline(this.incorporate(type='table'), false, compiled_code if model.language == 'sql' else none) -%}
  {%- elif existing is not none and not should_full_refresh() -%}
    {%- do snowmesh._check_tmp_relation(tmp_relation) -%}
  {%- endif -%}
  {{ return(tmp_relation) }}
{% endmacro %}
