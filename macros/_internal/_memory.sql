{#- What is remembered: for the rest of a node (in its results) and for the rest of a run (in the graph, which all nodes
    of a run share). -#}


{#- Whether this command may read and change the account. dbt renders hooks and tests also when it parses, compiles or writes
    documentation, and compile with `execute`. -#}
{% macro _is_building() %}
  {{ return(execute and flags.WHICH in ['run', 'build', 'seed', 'snapshot', 'test', 'retry', 'clone', 'run-operation']) }}
{% endmacro %}


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
  {#- a microbatch model comes here with every batch: what this run has governed, and nothing has touched since, is done -#}
  {%- if snowmesh._relation_key(relation) in snowmesh._run_memory().get('governed', {}) and snowmesh._is_ours(adapter.dispatch('create_table_as', 'dbt')) -%}
    {{ return(true) }}
  {%- endif -%}
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
  {%- do snowmesh._run_memory().setdefault('governed', {}).update({snowmesh._relation_key(relation): true}) -%}
  {%- do store_raw_result('snowmesh', message='governed', code=relation.render(), rows_affected='0') -%}
{% endmacro %}


{#- Remember that the CREATE of the relation carried a part of its governance: the rest needs a look at what it has. -#}
{% macro _set_part_done(relation) %}
  {%- do store_raw_result('snowmesh_part', message='governed in part', code=relation.render(), rows_affected='0') -%}
{% endmacro %}


{#- create_policies has made every definition exist. -#}
{% macro _remember_created(found) %}
  {%- set created = {'tag': snowmesh._managed(found.tags)} -%}
  {%- for kind, of_kind in snowmesh._policy_kinds().items() -%}
    {%- do created.update({of_kind.type: snowmesh._managed(found[kind])}) -%}
  {%- endfor -%}
  {%- do snowmesh._run_memory().update({'created': created}) -%}
{% endmacro %}


{#- An error for each tag and policy that a relation needs and the account does not have. A statement that fails cannot
    be caught in a macro, and would leave a granted view unmasked: so look first, once a run, unless create_policies ran. -#}
{% macro _missing_objects(governance, found) %}
  {%- set errors = [] -%}
  {%- set memory = snowmesh._run_memory() -%}
  {%- if 'created' not in memory -%}
    {%- do memory.update({'created': snowmesh._list_created(found)}) -%}
  {%- endif -%}
  {%- for need in snowmesh._needed(governance, found) if snowmesh._fqn(need.definition.fqn) not in memory.created.get(need.type, []) -%}
    {%- do errors.append(snowmesh._error(
      'not-created', need.where,
      'the ' ~ need.type ~ ' ' ~ snowmesh._display_all(need.definition.fqn) ~ ' is defined and does not exist yet',
      'run dbt run-operation snowmesh.create_policies, or make it an on-run-start hook')) -%}
  {%- endfor -%}
  {{ return(errors) }}
{% endmacro %}


{#- What the governance schema has, of the kinds that this project defines: {type: quoted full names}. -#}
{% macro _list_created(found) %}
  {%- set created = {} -%}
  {%- if adapter.check_schema_exists(found.schema[0], found.schema[1]) -%}
    {%- do created.update({'tag': snowmesh.list_tags(found.schema).keys() | list}) if found.tags -%}
    {%- for kind, of_kind in snowmesh._policy_kinds().items() if found[kind] -%}
      {%- do created.update({of_kind.type: snowmesh.list_policies(of_kind.type, found.schema).keys() | list}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(created) }}
{% endmacro %}


{#- Every tag and policy that a node's relation needs: [{type, definition, where}]. -#}
{% macro _needed(governance, found) %}
  {%- set needs = [] -%}
  {%- for owner in [governance] + governance.columns -%}
    {%- for name in owner.tags -%}
      {%- do needs.append({'type': 'tag', 'definition': found.tags[name], 'where': owner.where}) -%}
    {%- endfor -%}
    {%- for key in ['masking_policy', 'row_access_policy', 'aggregation_policy'] if owner.get(key) is not none -%}
      {%- do needs.append({'type': owner[key].policy.type, 'definition': owner[key].policy, 'where': owner.where}) -%}
    {%- endfor -%}
    {%- if owner.get('projection_policy') is not none -%}
      {%- do needs.append({'type': 'projection policy', 'definition': owner.projection_policy, 'where': owner.where}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(needs) }}
{% endmacro %}
