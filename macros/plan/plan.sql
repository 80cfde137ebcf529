{#- Print what would change, and change nothing: definitions first, then each governed relation as it is now. A relation
    that is not built yet is planned as dbt will build it.

        dbt run-operation snowmesh.plan -#}
{% macro plan() %}
  {%- if execute -%}
    {%- set found = snowmesh._definitions() -%}
    {%- set errors = snowmesh._validate(found) -%}
    {%- if errors -%}
      {%- do snowmesh._raise('snowmesh.plan', errors, 'Nothing was changed.') -%}
    {%- endif -%}
    {%- set total = snowmesh._policies_plan(found) -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type in ['model', 'seed', 'snapshot'] -%}
      {%- do snowmesh._add_node_plan(node, found, total) -%}
    {%- endfor -%}
    {%- if total.errors -%}
      {%- do snowmesh._raise('snowmesh.plan', total.errors, 'Nothing was changed.') -%}
    {%- endif -%}
    {%- do snowmesh.print_plan(total.changes) -%}
  {%- endif -%}
{% endmacro %}
