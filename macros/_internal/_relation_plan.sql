{#- What a relation declares against what it has. Pure: reads nothing. -#}


{#- {changes: [...], errors: [...], unmanaged: [...]} for one relation.
    `current` is snowmesh._relation_state(relation), or snowmesh._no_state() for a relation that was just created.
    `columns` are the relation's columns, or none when it is not built yet. What hides rows or values comes first. -#}
{% macro _relation_plan(relation, governance, found, current, columns) %}
  {%- set errors = [] -%}
  {%- if columns is not none -%}
    {%- do snowmesh._check_columns(governance, found, columns, errors) -%}
  {%- endif -%}
  {%- set changes = [] -%}
  {%- set taken = snowmesh._taken_first(governance, found, current) -%}
  {%- do changes.extend(snowmesh._taken_first_changes(relation, taken)) -%}
  {%- set current = snowmesh._without(current, taken) -%}
  {%- do changes.extend(snowmesh._row_access_changes(relation, governance, found, current, errors)) -%}
  {%- do changes.extend(snowmesh._aggregation_changes(relation, governance, found, current, errors)) -%}
  {%- set masks = snowmesh._masking_changes(relation, governance, found, current, errors) -%}
  {%- do changes.extend(masks | selectattr('action', 'equalto', 'set')) -%}
  {%- do changes.extend(snowmesh._projection_changes(relation, governance, found, current, errors)) -%}
  {%- do changes.extend(snowmesh._tag_changes(relation, governance, found, current)) -%}
  {#- a mask goes after the tag that masks in its place has come -#}
  {%- do changes.extend(masks | rejectattr('action', 'equalto', 'set')) -%}
  {{ return({'changes': changes, 'errors': errors, 'unmanaged': snowmesh._unmanaged(found, current)}) }}
{% endmacro %}


{#- The quoted full names that this project defines, and so manages. -#}
{% macro _managed(definitions) %}
  {%- set names = [] -%}
  {%- for definition in definitions.values() -%}
    {%- do names.append(snowmesh._fqn(definition.fqn)) -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}


{#- Tags and policies on the relation that this project does not define: left alone, and said. -#}
{% macro _unmanaged(found, current) %}
  {%- set ours = snowmesh._managed(found.tags) -%}
  {%- set others = [] -%}
  {%- for name in current.tags if name not in ours -%}
    {%- do others.append('tag ' ~ name) -%}
  {%- endfor -%}
  {%- for column, tags in current.column_tags.items() -%}
    {%- for name in tags if name not in ours -%}
      {%- do others.append('tag ' ~ name ~ ' on column ' ~ snowmesh._display(column)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for has in snowmesh._attached_policies(current) if has.policy not in snowmesh._managed(found[has.kind]) -%}
    {%- do others.append(snowmesh._policy_kinds()[has.kind].type ~ ' ' ~ has.policy ~ has.at) -%}
  {%- endfor -%}
  {{ return(others) }}
{% endmacro %}


{#- All policies that are set on a relation and its columns: [{kind, policy: quoted full name, at: text}]. -#}
{% macro _attached_policies(current) %}
  {%- set attached = [] -%}
  {%- for kind in ['row_access_policies', 'aggregation_policies'] -%}
    {%- for has in current[kind] -%}
      {%- do attached.append({'kind': kind, 'policy': snowmesh._fqn(has.policy), 'at': ''}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for kind in ['masking_policies', 'projection_policies'] -%}
    {%- for column, has in current[kind].items() -%}
      {%- set policy = has.policy if has is mapping else has -%}
      {%- do attached.append({'kind': kind, 'policy': snowmesh._fqn(policy), 'at': ' on column ' ~ snowmesh._display(column)}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(attached) }}
{% endmacro %}
