{#- What is remembered: for the rest of a node (in its results) and for the rest of a run (in the graph, which all nodes
    of a run share). -#}


{#- What is remembered for this run, a mapping shared by all threads. A program that runs dbt several times may keep the graph:
    what an earlier run knew is dropped. One call of setdefault is one step, which no other thread can divide. -#}
{% macro _run_memory() %}
  {%- set runs = graph.setdefault('snowmesh', {}) -%}
  {%- for earlier in runs.keys() | list if earlier != invocation_id -%}
    {%- do runs.pop(earlier, none) -%}
  {%- endfor -%}
  {{ return(runs.setdefault(invocation_id, {})) }}
{% endmacro %}


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
  {%- do snowmesh._run_memory().update({
    'tags': snowmesh._managed(found.tags), 'masking_policies': snowmesh._managed(found.masking_policies)
  }) -%}
{% endmacro %}


{#- An error for each tag and policy that a relation needs and the account does not have. A statement that fails cannot
    be caught in a macro, and would leave a granted view unmasked: so look first, once a run, unless create_policies ran. -#}
{% macro _missing_objects(governance, found) %}
  {%- set errors = [] -%}
  {%- set memory = snowmesh._run_memory() -%}
  {%- if 'tags' not in memory -%}
    {%- do snowmesh._look_for_created(found) -%}
  {%- endif -%}
  {%- for name in governance.tags -%}
    {%- do snowmesh._check_exists('tag', found.tags[name], memory.tags, governance.where, errors) -%}
  {%- endfor -%}
  {%- for column in governance.columns -%}
    {%- for name in column.tags -%}
      {%- do snowmesh._check_exists('tag', found.tags[name], memory.tags, column.where, errors) -%}
    {%- endfor -%}
    {%- if column.masking_policy is not none -%}
      {%- do snowmesh._check_exists(
        'masking policy', column.masking_policy.policy, memory.masking_policies, column.where, errors) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(errors) }}
{% endmacro %}


{#- Remember which tags and masking policies exist. -#}
{% macro _look_for_created(found) %}
  {%- set is_there = adapter.check_schema_exists(found.schema[0], found.schema[1]) -%}
  {%- do snowmesh._run_memory().update({
    'masking_policies': snowmesh.list_masking_policies(found.schema) if is_there else [],
    'tags': snowmesh.list_tags(found.schema).keys() | list if is_there else []
  }) -%}
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
