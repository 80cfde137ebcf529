{#- The states of all relations that a run keeps, read once. A state may be used only as long as nothing has happened to the
    relation: whatever creates a relation or changes its columns passes through the macros of dispatch/, which forget it. -#}


{#- The states that were read for this run, by key. The first node that needs one reads those of all; one that comes while
    that is under way reads its own, since a macro cannot wait. -#}
{% macro _states_of_run() %}
  {%- set memory = snowmesh._run_memory() -%}
  {%- if 'states' not in memory and model is defined -%}
    {%- if memory.setdefault('reader', model.unique_id) == model.unique_id -%}
      {%- do snowmesh._read_states_of_run() -%}
    {%- endif -%}
  {%- endif -%}
  {{ return(memory.get('states', {})) }}
{% endmacro %}


{#- Read the state of every relation that this run keeps and may govern. -#}
{% macro _read_states_of_run() %}
  {%- set relations = [] -%}
  {%- if flags.WHICH in ['run', 'build', 'seed', 'snapshot'] and snowmesh._is_ours(adapter.dispatch('create_table_as', 'dbt')) -%}
    {%- set keeps_columns = snowmesh._is_ours(adapter.dispatch('create_columns', 'dbt'))
      and snowmesh._is_ours(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')) -%}
    {%- for id in selected_resources if id in graph.nodes and snowmesh._is_kept(graph.nodes[id], keeps_columns) -%}
      {%- set built = snowmesh._built_relation(graph.nodes[id]) -%}
      {%- do relations.append(built) if built is not none and not built.is_view -%}
    {%- endfor -%}
  {%- endif -%}
  {%- do snowmesh._run_memory().update({'states': snowmesh._read_states(relations)}) -%}
{% endmacro %}


{#- Whether dbt builds into the relation that is there, and leaves its columns alone or tells us. -#}
{% macro _is_kept(node, keeps_columns) %}
  {%- set materialized = node.config.materialized -%}
  {%- set is_full = node.config.full_refresh if node.config.full_refresh is not none else flags.FULL_REFRESH -%}
  {%- if node.resource_type not in ['model', 'seed', 'snapshot'] or node.config.get('copy_tags') -%}
    {{ return(false) }}
  {%- elif materialized == 'dynamic_table' -%}
    {{ return(not is_full and snowmesh._is_ours(adapter.dispatch('get_create_sql', 'dbt'))
      and snowmesh._is_ours(adapter.dispatch('get_replace_sql', 'dbt'))) }}
  {%- elif materialized == 'snapshot' -%}
    {{ return(keeps_columns) }}
  {%- elif materialized == 'incremental' and node.config.on_schema_change not in ['ignore', 'fail'] -%}
    {{ return(keeps_columns and not is_full) }}
  {%- endif -%}
  {{ return(materialized in ['incremental', 'seed'] and not is_full) }}
{% endmacro %}


{#- Whether a macro that dispatch chose is the package's, so that nothing is created behind our back. -#}
{% macro _is_ours(chosen) %}
  {{ return(chosen.macro is defined and chosen.macro.package_name == 'snowmesh') }}
{% endmacro %}


{#- What was read about a relation, or is being read just now, no longer holds. -#}
{% macro _forget_state(relation) %}
  {%- set key = snowmesh._relation_key(relation) -%}
  {%- do snowmesh._run_memory().setdefault('forgotten', {}).update({key: true}) -%}
  {%- do snowmesh._run_memory().get('governed', {}).pop(key, none) -%}
{% endmacro %}
