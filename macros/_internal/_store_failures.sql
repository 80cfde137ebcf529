{#- The rows that a failing test stores (store_failures) are rows of the relations it reads: they carry the governance of those. -#}


{#- Whether dbt creates the relation in which a data test stores what fails. -#}
{% macro _is_test(relation, temporary) %}
  {{ return(not temporary and model is defined and model.get('resource_type') == 'test') }}
{% endmacro %}


{#- What goes into the CREATE of a relation with failures, or none when the test reads nothing that is governed. -#}
{% macro _inline_failures(relation, query) %}
  {%- set found = snowmesh._definitions() -%}
  {%- set parents = [] -%}
  {%- do snowmesh._add_tested(graph.nodes[model.unique_id], found, parents) -%}
  {%- if not parents or (model.get('test_metadata') or {}).get('namespace') == 'snowmesh' -%}
    {#- the package's own tests store a text about the account, and no values -#}
    {{ return(none) }}
  {%- endif -%}
  {%- set shape = snowmesh._shape(query) -%}
  {%- set governance = snowmesh._failures_governance(relation, parents, shape) -%}
  {%- set errors = found.errors + governance.errors -%}
  {%- if not errors -%}
    {%- do errors.extend(snowmesh._missing_objects(governance, found)) -%}
    {%- do snowmesh._check_columns(governance, found, shape, errors) -%}
  {%- endif -%}
  {%- if errors -%}
    {%- do snowmesh._raise('snowmesh.apply', errors, 'The failures of this test were not stored.') -%}
  {%- endif -%}
  {{ return(snowmesh._inline_clauses(relation, governance, found, shape)) }}
{% endmacro %}


{#- Add the governed relations that a test reads, as [{node, governance}]; an ephemeral model stands for what it reads itself. -#}
{% macro _add_tested(node, found, parents) %}
  {%- for id in node.depends_on.nodes -%}
    {%- set parent = graph.sources.get(id) or graph.nodes.get(id) -%}
    {%- if parent is not none and (parent.get('config') or {}).get('materialized') == 'ephemeral' -%}
      {%- do snowmesh._add_tested(parent, found, parents) -%}
    {%- elif parent is not none and parent not in parents | map(attribute='node') -%}
      {%- set governance = snowmesh._governance(parent, found) -%}
      {%- set governed = governance.is_declared
        or governance.get('row_access_policy') or governance.get('aggregation_policy') -%}
      {%- do parents.append({'node': parent, 'governance': governance}) if governed -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- The governance of the stored failures: the union of what the relations of the test declare. -#}
{% macro _failures_governance(relation, parents, shape) %}
  {%- set where = snowmesh._where(graph.nodes[model.unique_id]) -%}
  {%- set union = snowmesh._object_governance({}, snowmesh._definitions(), where, []) -%}
  {%- for parent in parents -%}
    {%- do union.errors.extend(parent.governance.errors) -%}
    {%- for name, value in parent.governance.tags.items() -%}
      {%- do union.tags.setdefault(name, value) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- if not relation.is_view -%}
    {#- a view is under the row access and aggregation policies of what it reads, a copy is not -#}
    {%- do snowmesh._add_failure_policy(union, parents, shape, 'row_access_policy') -%}
    {%- do snowmesh._add_failure_policy(union, parents, shape, 'aggregation_policy') -%}
  {%- endif -%}
  {%- set clear = none if relation.is_view else snowmesh._clear_columns(parents) -%}
  {%- for column in shape -%}
    {%- do snowmesh._add_failure_column(union, column, parents, shape, clear, where) -%}
  {%- endfor -%}
  {{ return(union) }}
{% endmacro %}


{#- Add what one stored column carries: that of the columns of its name, else the strictest mask of the test's relations, unless it
    is known to hold nothing governed. `clear` is none for a view, which is under the masks of what it reads. -#}
{% macro _add_failure_column(union, column, parents, shape, clear, where) %}
  {%- set origin = snowmesh._failure_origin(column.name) -%}
  {%- set declared = [] -%}
  {%- for parent in parents -%}
    {%- do declared.extend(parent.governance.columns | selectattr('name', 'equalto', origin)) -%}
  {%- endfor -%}
  {%- set carried = {'name': column.name, 'written': column.name, 'where': where, 'tags': {}, 'masking_policy': none, 'projection_policy': none} -%}
  {%- if declared and snowmesh._is_one_governance(declared, column, shape) -%}
    {%- do carried.update({
      'tags': declared[0].tags, 'masking_policy': declared[0].masking_policy, 'projection_policy': declared[0].projection_policy}) -%}
    {%- do union.columns.append(carried) -%}
  {%- elif clear is not none and (declared or not snowmesh._is_clear(column, origin, clear)) -%}
    {%- set policy = snowmesh._strictest_mask(parents, column) -%}
    {%- if policy is not none -%}
      {%- do carried.update({'masking_policy': {'policy': policy, 'using': []}}) -%}
      {%- do union.columns.append(carried) -%}
    {%- elif snowmesh._has_masks(parents) -%}
      {%- do union.errors.append(snowmesh._unmapped_failure(column, parents, where)) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}


{#- The column of the tested model in a column of dbt's own tests, '' for their counts; of other tests the name itself. -#}
{% macro _failure_origin(name) %}
  {%- set test = model.get('test_metadata') or {} -%}
  {%- set aliases = {'unique': 'UNIQUE_FIELD', 'accepted_values': 'VALUE_FIELD', 'relationships': 'FROM_FIELD'} -%}
  {%- if 'macro.dbt.test_' ~ test.get('name') in model.depends_on.macros and test.get('name') in aliases -%}
    {%- if name == 'N_RECORDS' -%}
      {{ return('') }}
    {%- elif name == aliases[test.name] -%}
      {#- an expression as column_name is no column -#}
      {{ return(snowmesh._stored(model.column_name or test.kwargs.get('column_name')) or '?') }}
    {%- endif -%}
  {%- endif -%}
  {{ return(name) }}
{% endmacro %}


{#- Whether all relations declare the same for a column, and the columns that decide over its mask are stored too. -#}
{% macro _is_one_governance(declared, column, shape) %}
  {%- set names = shape | map(attribute='name') | list -%}
  {%- for one in declared -%}
    {%- if (one.tags, one.masking_policy, one.projection_policy) != (declared[0].tags, declared[0].masking_policy, declared[0].projection_policy) -%}
      {{ return(false) }}
    {%- elif one.masking_policy is not none and one.masking_policy.using | reject('in', names) | list -%}
      {{ return(false) }}
    {%- endif -%}
  {%- endfor -%}
  {{ return(true) }}
{% endmacro %}


{#- The columns of the tested relations that are not governed, as {name: [families]}. -#}
{% macro _clear_columns(parents) %}
  {%- set clear = {} -%}
  {%- for parent in parents -%}
    {%- set node = parent.node -%}
    {%- set built = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.get('alias') or node.identifier) -%}
    {%- set governed = parent.governance.columns | map(attribute='name') | list -%}
    {%- for column in adapter.get_columns_in_relation(built) if built is not none and column.name not in governed -%}
      {%- do clear.setdefault(column.name, []).append(snowmesh._family(column.dtype) or column.dtype) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(clear) }}
{% endmacro %}


{#- Whether a stored column is a count of dbt's own, or an ungoverned column of the tested relations by name and type. -#}
{% macro _is_clear(column, origin, clear) %}
  {{ return(origin == '' or (snowmesh._family(column.dtype) or column.dtype) in clear.get(origin, [])) }}
{% endmacro %}


{#- Every masking policy that the tested relations use. -#}
{% macro _masks_of(parents) %}
  {%- set found = snowmesh._definitions() -%}
  {%- set masks = {} -%}
  {%- for parent in parents -%}
    {%- for owner in [{'tags': parent.governance.tags, 'masking_policy': none}] + parent.governance.columns -%}
      {%- do masks.update({owner.masking_policy.policy.name: owner.masking_policy.policy}) if owner.masking_policy is not none -%}
      {%- for name in owner.tags -%}
        {%- for policy in found.tags[name].masking_policies -%}
          {%- do masks.update({policy.name: policy}) -%}
        {%- endfor -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(masks.values() | list) }}
{% endmacro %}


{#- Whether the tested relations hide any value. -#}
{% macro _has_masks(parents) %}
  {{ return(snowmesh._masks_of(parents) | length > 0) }}
{% endmacro %}


{#- The mask of a column's type that shows its value to nobody to whom another one hides it, or none when there is no such mask. -#}
{% macro _strictest_mask(parents, column) %}
  {%- set candidates = [] -%}
  {%- for policy in snowmesh._masks_of(parents) if policy.arguments[0].family == snowmesh._family(column.dtype) -%}
    {%- do candidates.append(policy) -%}
  {%- endfor -%}
  {%- for policy in candidates if policy.arguments | length == 1 -%}
    {%- set others = candidates | rejectattr('name', 'equalto', policy.name) | list -%}
    {%- set wider = [] -%}
    {%- for other in others if policy.body is none and other.body is none and not (policy.unmasked_for | reject('in', other.unmasked_for) | list) -%}
      {%- do wider.append(other) -%}
    {%- endfor -%}
    {%- if wider | length == others | length -%}
      {{ return(policy) }}
    {%- endif -%}
  {%- endfor -%}
  {{ return(none) }}
{% endmacro %}


{#- The error of a stored column of which nobody knows where its values come from. -#}
{% macro _unmapped_failure(column, parents, where) %}
  {%- set names = [] -%}
  {%- for parent in parents -%}
    {%- do names.append(parent.node.name) -%}
  {%- endfor -%}
  {{ return(snowmesh._error(
    'unmapped-failure', where,
    'the test would store the column ' ~ snowmesh._display(column.name) ~ ' (' ~ column.dtype ~ '), which is no column of '
      ~ (names | join(', ')) ~ ' and for whose type they have no one strictest mask: it may hold governed values',
    'set store_failures_as: view on the test, which stores no values and is masked by what it reads; or select the column under'
      ~ ' the name it has in the model; or set store_failures: false')) }}
{% endmacro %}


{#- Carry a policy of whole rows: a table takes one, and the columns that it reads must be stored. -#}
{% macro _add_failure_policy(union, parents, shape, kind) %}
  {%- set names = shape | map(attribute='name') | list -%}
  {%- for parent in parents if parent.governance[kind] is not none -%}
    {%- set policy = parent.governance[kind] -%}
    {%- set columns = policy.get('on') or policy.get('entity_key') or [] -%}
    {%- if union[kind] not in [none, policy] or columns | reject('in', names) | list -%}
      {%- do union.errors.append(snowmesh._error(
        'unmapped-failure', union.where,
        'the ' ~ kind ~ ' of ' ~ parent.node.name ~ ' cannot be put on the failures that the test stores'
          ~ (', which do not have its columns' if union[kind] in [none, policy] else ', which take one only'),
        'set store_failures_as: view on the test, which is under the policies of what it reads; or set store_failures: false')) -%}
    {%- else -%}
      {%- do union.update({kind: policy}) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}
