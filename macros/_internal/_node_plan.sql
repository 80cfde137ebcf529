{#- Add the plan of one node's relation as it stands in the account. -#}
{% macro _add_node_plan(node, found, total) %}
  {%- set governance = snowmesh._governance(node, found) -%}
  {%- set is_declared = governance.tags or governance.columns -%}
  {%- set relation = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
  {%- if relation is none and is_declared -%}
    {%- do total.changes.extend(snowmesh._unbuilt_changes(node, governance, found)) -%}
  {%- elif relation is not none and (relation.is_view or relation.is_table) and (found.tags or found.masking_policies) -%}
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
  {%- set type = 'view' if node.config.materialized == 'view' else 'table' -%}
  {%- set relation = api.Relation.create(
    database=node.database, schema=node.schema, identifier=node.alias, type=type) -%}
  {{ return(snowmesh._relation_plan(relation, governance, found, snowmesh._no_state(), none).changes) }}
{% endmacro %}
