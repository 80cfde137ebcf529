{#- Dynamic tables: dbt renders their CREATE and REPLACE as one text, and calls nothing of ours for one that it leaves as it is. -#}


{#- What goes into the CREATE of a dynamic table, or none. dbt may build it under the name of a temporary relation and rename it:
    it is the node's own relation all the same. -#}
{% macro _inline_dynamic_table(relation, sql) %}
  {%- if relation.identifier not in [this.identifier, this.identifier ~ '__dbt_tmp'] -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(snowmesh._inline(this.incorporate(type='dynamic_table'), false, sql)) }}
{% endmacro %}


{#- Govern the dynamic tables that this run keeps, before anything is built: dbt does not tell a package about one whose
    configuration is as it was. -#}
{% macro _govern_kept_dynamic_tables(found) %}
  {%- if flags.WHICH in ['run', 'build'] and not flags.FULL_REFRESH -%}
    {%- for id in selected_resources if id.startswith('model.') and graph.nodes[id].config.materialized == 'dynamic_table' -%}
      {%- set relation = snowmesh._built_relation(graph.nodes[id]) -%}
      {%- if relation is not none and relation.is_dynamic_table -%}
        {%- do snowmesh._reconcile(relation, snowmesh._governance(graph.nodes[id], found), found, false) -%}
        {%- do snowmesh._grant_database_roles(relation, graph.nodes[id]) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}
