{#- The relations of nodes as they are in the account, beside what the nodes declare. Reads: one SHOW for each schema, one query
    for the states of a hundred relations, and DESCRIBE for a relation that has to be changed. -#}


{#- [{node, governance, relation, is_built, plan, current}] in the order of the nodes. Models, seeds and snapshots that are not
    built yet have the plan of a new relation. -#}
{% macro _node_plans(nodes, found) %}
  {%- set items, built = [], [] -%}
  {%- for node in nodes -%}
    {%- set governance = snowmesh._governance(node, found) -%}
    {%- set relation = snowmesh._built_relation(node) -%}
    {%- do built.append(relation) if relation is not none -%}
    {%- do items.append({
      'node': node, 'governance': governance, 'is_built': relation is not none,
      'relation': relation if relation is not none else snowmesh._node_relation(node, snowmesh._expected_type(node))}) -%}
  {%- endfor -%}
  {%- set states = snowmesh._read_states(built) -%}
  {%- for item in items -%}
    {%- set current = states[snowmesh._relation_key(item.relation)] if item.is_built else snowmesh._no_state() -%}
    {%- set plan = snowmesh._checked_plan(item.relation, item.governance, found, current) if item.is_built
      else snowmesh._relation_plan(item.relation, item.governance, found, current, none) -%}
    {%- if item.governance.database_role_grants is not none -%}
      {%- do plan.changes.extend(snowmesh._database_role_changes(
        item.relation, item.governance, snowmesh.list_database_role_grants(item.relation) if item.is_built else [])) -%}
    {%- endif -%}
    {%- do item.update({'current': current, 'plan': plan}) -%}
  {%- endfor -%}
  {{ return(items) }}
{% endmacro %}


{#- The relation of a node as it is in the account, or none. -#}
{% macro _built_relation(node) %}
  {%- set wanted = snowmesh._node_relation(node, none) -%}
  {%- set identifier = wanted.identifier -%}
  {#- a source may be quoted in another way than the project, by which dbt looks -#}
  {%- set built = adapter.get_relation(
    database=node.database,
    schema=node.schema if wanted.quote_policy.schema else node.schema | upper,
    identifier=snowmesh._identifier(identifier) if wanted.quote_policy.identifier else identifier | upper) -%}
  {{ return(none if built is none else snowmesh._node_relation(node, built.type)) }}
{% endmacro %}


{#- What dbt makes of a node. -#}
{% macro _expected_type(node) %}
  {%- set materialized = node.config.get('materialized') -%}
  {{ return(materialized if materialized in ['view', 'dynamic_table'] else 'table') }}
{% endmacro %}


{#- The relation of a node, with the quotes with which dbt writes it. -#}
{% macro _node_relation(node, type) %}
  {%- set parts = modules.re.findall('"(?:[^"]|"")*"|[^".]+', node.relation_name or '') -%}
  {%- set relation = api.Relation.create(
    database=node.database, schema=node.schema, identifier=node.get('identifier') or node.alias, type=type) -%}
  {%- if parts | length != 3 -%}
    {{ return(relation) }}
  {%- endif -%}
  {{ return(relation.quote(
    database=parts[0].startswith('"'), schema=parts[1].startswith('"'), identifier=parts[2].startswith('"'))) }}
{% endmacro %}


{#- Whatever keeps some relations from being governed as they are. -#}
{% macro _check_items(items, found, errors) %}
  {%- for item in items -%}
    {%- do errors.extend(item.governance.errors) -%}
    {%- if not item.is_built -%}
      {%- do errors.append(snowmesh._error(
        'relation-not-found', item.governance.where,
        'the relation ' ~ item.relation.render() ~ ' does not exist, or the role ' ~ target.role ~ ' cannot see it',
        'build it, leave it out with exclude, or grant the role access')) -%}
    {%- elif not item.governance.errors -%}
      {%- do errors.extend(item.plan.errors) -%}
      {%- do errors.extend(snowmesh._missing_objects(item.governance, found)) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}
