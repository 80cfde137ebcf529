{#- What relations have now. A state is {tags: {name: value}, column_tags: {column: {name: value}},
    masking_policies: {column: {policy, using}}, projection_policies: {column: policy},
    row_access_policies: [{policy, on}], aggregation_policies: [{policy, entity_key}], masked_by_tags: {column: [policy]}};
    a policy stands as its stored parts, a tag as its quoted full name, a column by its stored name. -#}


{#- The state of a relation that was just created: CREATE OR REPLACE loses tags and policies, so nothing is looked up. -#}
{% macro _no_state() %}
  {{ return({
    'tags': {}, 'column_tags': {}, 'masking_policies': {}, 'projection_policies': {}, 'row_access_policies': [],
    'aggregation_policies': [], 'masked_by_tags': {}
  }) }}
{% endmacro %}


{#- The state of one relation: what was read for the whole run, or one query. -#}
{% macro _relation_state(relation) %}
  {%- set states = snowmesh._states_of_run() -%}
  {%- set key = snowmesh._relation_key(relation) -%}
  {%- if key not in states or key in snowmesh._run_memory().get('forgotten', {}) -%}
    {{ return(snowmesh._read_states([relation])[key]) }}
  {%- endif -%}
  {{ return(states[key]) }}
{% endmacro %}


{#- The states of existing relations by their keys, a hundred in one statement. -#}
{% macro _read_states(relations) %}
  {%- set states = {} -%}
  {%- for batch in relations | batch(100) -%}
    {%- set found = [] -%}
    {%- for relation in batch -%}
      {%- do found.append(snowmesh._no_state()) -%}
      {%- do states.update({snowmesh._relation_key(relation): found[-1]}) -%}
    {%- endfor -%}
    {%- for row in run_query(snowmesh.get_relation_states_sql(batch)) -%}
      {%- do snowmesh._add_state_row(found[row[0] | int], row) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(states) }}
{% endmacro %}


{#- Add one row of get_relation_states_sql to the state of its relation. -#}
{% macro _add_state_row(state, row) %}
  {%- set kind, column, name = row[1], row[2], row[3:6] | list -%}
  {%- set arguments = fromjson(row[7]) if row[7] else [] -%}
  {%- if kind == 'MASKING_POLICY' and row[8] == 'TAG' -%}
    {#- a mask that cannot be carried out protects nothing -#}
    {%- do state.masked_by_tags.setdefault(column, []).append(name) if row[6] == 'ACTIVE' -%}
  {%- elif kind == 'MASKING_POLICY' -%}
    {%- do state.masking_policies.update({column: {'policy': name, 'using': arguments | reject('equalto', column) | list}}) -%}
  {%- elif kind == 'PROJECTION_POLICY' -%}
    {%- do state.projection_policies.update({column: name}) -%}
  {%- elif kind == 'ROW_ACCESS_POLICY' -%}
    {%- do state.row_access_policies.append({'policy': name, 'on': arguments}) -%}
  {%- elif kind == 'AGGREGATION_POLICY' -%}
    {%- do state.aggregation_policies.append({'policy': name, 'entity_key': arguments}) -%}
  {%- elif kind in ['TABLE', 'COLUMN'] and row[8] not in ['INHERITED', 'PROPAGATED', 'CLASSIFIED'] -%}
    {#- the others were not set by anybody's ALTER on this object, so they are not ours to change -#}
    {%- set tags = state.tags if kind == 'TABLE' else state.column_tags.setdefault(column, {}) -%}
    {%- do tags.update({snowmesh._fqn(name): row[6]}) -%}
  {%- endif -%}
{% endmacro %}


{#- A relation as a key: its stored name, however it is written. -#}
{% macro _relation_key(relation) %}
  {%- set parts = snowmesh._stored_parts(relation.render()) -%}
  {{ return(relation.render() if parts is none else snowmesh._fqn(parts)) }}
{% endmacro %}


{#- Whether every column that declares a mask by tag is masked: a tag whose policies do not fit the column's type masks
    nothing. Only then the columns of a relation need no look. -#}
{% macro _is_masked_as_declared(governance, found, current) %}
  {%- for column in governance.columns if column.name not in current.masked_by_tags and column.name not in current.masking_policies -%}
    {%- for name in column.tags if found.tags[name].masking_policies -%}
      {{ return(false) }}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(true) }}
{% endmacro %}
