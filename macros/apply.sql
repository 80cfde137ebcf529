{#- Govern the relation that dbt just built: set the tags and masking policies that its governance block declares, and
    unset those of ours that it no longer declares. Fails, and takes everybody's access away, when it cannot.

        models:
          +post-hook: "{{ snowmesh.apply() }}" -#}
{% macro apply() %}
  {%- if execute -%}
    {%- set type = model.config.materialized if model.config.materialized in ['view', 'dynamic_table'] else 'table' -%}
    {%- do snowmesh._apply_to(this.incorporate(type=type)) -%}
    {%- do snowmesh._grant_database_roles(this.incorporate(type=type), graph.nodes[model.unique_id]) if not snowmesh._is_dispatched() -%}
  {%- endif -%}
  {{ return('') }}
{% endmacro %}
