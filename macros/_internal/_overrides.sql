{#- Macros of the project that come before those of dispatch/. -#}


{#- The macros that dispatch chooses where the package takes part; dbt reads their names from the text, so each is written out. -#}
{% macro _chosen_macros() %}
  {{ return({
    'alter_relation_add_remove_columns': adapter.dispatch('alter_relation_add_remove_columns', 'dbt'),
    'apply_grants': adapter.dispatch('apply_grants', 'dbt'),
    'create_columns': adapter.dispatch('create_columns', 'dbt'),
    'create_csv_table': adapter.dispatch('create_csv_table', 'dbt'),
    'create_or_replace_clone': adapter.dispatch('create_or_replace_clone', 'dbt'),
    'create_table_as': adapter.dispatch('create_table_as', 'dbt'),
    'create_view_as': adapter.dispatch('create_view_as', 'dbt'),
    'drop_relation': adapter.dispatch('drop_relation', 'dbt'),
    'get_create_sql': adapter.dispatch('get_create_sql', 'dbt'),
    'get_replace_sql': adapter.dispatch('get_replace_sql', 'dbt'),
    'handle_existing_table': adapter.dispatch('handle_existing_table', 'dbt'),
    'process_schema_changes': adapter.dispatch('process_schema_changes', 'dbt'),
    'reset_csv_table': adapter.dispatch('reset_csv_table', 'dbt'),
    'resolve_incremental_tmp_relation': adapter.dispatch('resolve_incremental_tmp_relation', 'dbt')
  }) }}
{% endmacro %}


{#- An error for each macro of the project that stands before one of ours and does not call it: what it builds would not be governed.
    Only with the dispatch line; without it none of ours is asked. -#}
{% macro _check_overrides(errors) %}
  {%- set ours, others = [], [] -%}
  {%- for name, chosen in snowmesh._chosen_macros().items() -%}
    {%- do (ours if snowmesh._is_ours(chosen) else others).append({'name': name, 'chosen': chosen}) -%}
  {%- endfor -%}
  {%- for other in others if ours -%}
    {%- set macro = other.chosen.macro -%}
    {%- if 'snowmesh.snowflake__' ~ other.name not in macro.macro_sql -%}
      {%- do errors.append(snowmesh._error(
        'shadowed-macro', macro.original_file_path ~ ': macro ' ~ macro.name,
        'it comes before the macro of the package, and does not call it: what it builds would not be governed',
        'let it call snowmesh.snowflake__' ~ other.name ~ ' with the same arguments, or remove it')) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}
