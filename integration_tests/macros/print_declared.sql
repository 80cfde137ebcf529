{#- Print what each node declares, as the statements for a relation that was just created, and all errors: the package's
    text output without a connection. -#}
{% macro print_declared() %}
  {%- set found = snowmesh._definitions() -%}
  {%- set errors = [] -%}
  {%- do errors.extend(found.errors) -%}
  {%- for node in graph.nodes.values() | sort(attribute='unique_id') -%}
    {%- set governance = snowmesh._governance(node, found) -%}
    {%- do errors.extend(governance.errors) -%}
    {%- set changes = unbuilt_changes(node, governance, found) if not errors and node.resource_type != 'operation' else [] -%}
    {%- if changes -%}
      {%- do print(node.name) -%}
      {%- do snowmesh.print_plan(changes) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do print(snowmesh._error_text(errors)) -%}
{% endmacro %}


{#- The changes that follow when dbt builds the relation. -#}
{% macro unbuilt_changes(node, governance, found) %}
  {%- if node.config.materialized == 'ephemeral' -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set relation = snowmesh._node_relation(node, snowmesh._expected_type(node)) -%}
  {{ return(snowmesh._relation_plan(relation, governance, found, snowmesh._no_state(), none).changes) }}
{% endmacro %}
