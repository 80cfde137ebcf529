{#- What is remembered: for the rest of a node (in its results) and for the rest of a run (in the graph, which all nodes
    of a run share). -#}


{#- Whether this node has governed the relation: the post-hook and apply_grants both try. A result can be loaded once,
    so it is stored again. -#}
{% macro _is_done(relation) %}
  {%- set result = load_result('snowmesh') -%}
  {%- if result is none -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set done = result.response.code -%}
  {%- do store_raw_result('snowmesh', message='governed', code=done, rows_affected='0') -%}
  {{ return(done == relation.render()) }}
{% endmacro %}


{#- Remember that this node has governed the relation. -#}
{% macro _set_done(relation) %}
  {%- do store_raw_result('snowmesh', message='governed', code=relation.render(), rows_affected='0') -%}
{% endmacro %}


{#- Remember that the CREATE of the relation carried a part of its governance: the rest needs a look at what it has. -#}
{% macro _set_part_done(relation) %}
  {%- do store_raw_result('snowmesh_part', message='governed in part', code=relation.render(), rows_affected='0') -%}
{% endmacro %}


{#- create_policies has made every definition exist. -#}
{% macro _remember_created(found) %}
  {%- do graph.update({'snowmesh': {
    'tags': snowmesh._managed(found.tags), 'masking_policies': snowmesh._managed(found.masking_policies)
  }}) -%}
{% endmacro %}


{#- An error for each tag and policy that a relation needs and the account does not have. A statement that fails cannot
    be caught in a macro, and would leave a granted view unmasked: so look first, once a run, unless create_policies ran. -#}
{% macro _missing_objects(governance, found) %}
  {%- set errors = [] -%}
  {%- if 'snowmesh' not in graph -%}
    {%- do snowmesh._look_for_created(found) -%}
  {%- endif -%}
  {%- for name in governance.tags -%}
    {%- do snowmesh._check_exists('tag', found.tags[name], graph.snowmesh.tags, governance.where, errors) -%}
  {%- endfor -%}
  {%- for column in governance.columns -%}
    {%- for name in column.tags -%}
      {%- do snowmesh._check_exists('tag', found.tags[name], graph.snowmesh.tags, column.where, errors) -%}
    {%- endfor -%}
    {%- if column.masking_policy is not none -%}
      {%- do snowmesh._check_exists(
        'masking policy', column.masking_policy.policy, graph.snowmesh.masking_policies, column.where, errors) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(errors) }}
{% endmacro %}


{#- Remember which tags and masking policies exist. -#}
{% macro _look_for_created(found) %}
  {%- set is_there = adapter.check_schema_exists(found.schema[0], found.schema[1]) -%}
  {%- do graph.update({'snowmesh': {
    'tags': snowmesh.list_tags(found.schema).keys() | list if is_there else [],
    'masking_policies': snowmesh.list_masking_policies(found.schema) if is_there else []
  }}) -%}
{% endmacro %}


{#- An error when a tag or masking policy does not exist in the account. -#}
{% macro _check_exists(object_type, definition, existing, where, errors) %}
  {%- if snowmesh._fqn(definition.fqn) not in existing -%}
    {%- do errors.append(snowmesh._error(
      'not-created', where,
      'the ' ~ object_type ~ ' ' ~ snowmesh._display_all(definition.fqn) ~ ' is defined and does not exist yet',
      'run dbt run-operation snowmesh.create_policies, or make it an on-run-start hook')) -%}
  {%- endif -%}
{% endmacro %}
