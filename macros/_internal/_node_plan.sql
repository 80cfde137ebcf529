{#- Add the plan of one node's relation as it stands in the account. -#}
{% macro _add_node_plan(node, found, total) %}
  {%- set governance = snowmesh._governance(node, found) -%}
  {%- set built = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- if built is none -%}
    {%- do total.changes.extend(snowmesh._unbuilt_changes(node, governance, found)) -%}
  {%- elif (built.is_view or built.is_table) and (found.tags or found.masking_policies) -%}
    {%- set relation = snowmesh._node_relation(node, built.type) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) if governance.columns else [] -%}
    {%- set plan = snowmesh._relation_plan(relation, governance, found, snowmesh._relation_state(relation), columns) -%}
    {%- do total.changes.extend(plan.changes) -%}
    {%- do total.errors.extend(plan.errors) -%}
    {%- for name in plan.unmanaged -%}
      {%- do print('Left alone, because this project does not define it: ' ~ name ~ ' of ' ~ relation.render()) -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}


{#- The changes that follow when dbt builds the relation. -#}
{% macro _unbuilt_changes(node, governance, found) %}
  {%- if node.config.materialized == 'ephemeral' -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set relation = snowmesh._node_relation(node, 'view' if node.config.materialized == 'view' else 'table') -%}
  {{ return(snowmesh._relation_plan(relation, governance, found, snowmesh._no_state(), none).changes) }}
{% endmacro %}


{#- The relation of a node, written as dbt writes it. -#}
{% macro _node_relation(node, type) %}
  {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias, type=type)) }}
{% endmacro %}


{#- The relation of a node as it is in the account, or none. -#}
{% macro _built_relation(node) %}
  {%- set built = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {{ return(none if built is none else snowmesh._node_relation(node, built.type)) }}
{% endmacro %}
