{#- What a relation declares against what it has. Pure: reads nothing. -#}


{#- {changes: [...], errors: [...], unmanaged: [...]} for one relation.
    `current` is snowmesh._relation_state(relation), or snowmesh._no_state() for a relation that was just created.
    `columns` are the relation's columns, or none when it is not built yet. -#}
{% macro _relation_plan(relation, governance, found, current, columns) %}
  {%- set errors = [] -%}
  {%- if columns is not none -%}
    {%- do snowmesh._check_columns(governance, found, columns, errors) -%}
  {%- endif -%}
  {%- set changes = [] -%}
  {%- do changes.extend(snowmesh._masking_changes(relation, governance, found, current, errors)) -%}
  {%- do changes.extend(snowmesh._tag_changes(relation, governance, found, current)) -%}
  {{ return({'changes': changes, 'errors': errors, 'unmanaged': snowmesh._unmanaged(found, current)}) }}
{% endmacro %}


{#- Every declared column must be there, and a mask must fit its type: a tag whose policies do not fit masks nothing. -#}
{% macro _check_columns(governance, found, columns, errors) %}
  {%- set types = {} -%}
  {%- for column in columns -%}
    {%- do types.update({column.name: column.dtype}) -%}
  {%- endfor -%}
  {%- for declared in governance.columns -%}
    {%- set policy = declared.masking_policy -%}
    {%- for name in [declared.name] + (policy.using if policy is not none else []) if name not in types -%}
      {%- do errors.append(snowmesh._error(
        'unknown-column', declared.where, 'the relation has no column ' ~ snowmesh._display(name),
        'correct the name, or add the column to the model; a name that is not upper case needs quote: true',
        types.keys() | map('string') | list, name)) -%}
    {%- endfor -%}
    {%- if declared.name in types -%}
      {%- do snowmesh._check_types(declared, found, types, errors) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- A mask must be for the type of its column. -#}
{% macro _check_types(declared, found, types, errors) %}
  {%- set masks = [] -%}
  {%- if declared.masking_policy is not none -%}
    {%- set policy = declared.masking_policy.policy -%}
    {%- do masks.append({'by': 'masking policy ' ~ policy.written, 'families': [policy.arguments[0].family]}) -%}
  {%- else -%}
    {%- for name in declared.tags if found.tags[name].masking_policies -%}
      {%- set tag = found.tags[name] -%}
      {%- do masks.append({'by': 'tag ' ~ tag.written, 'families': snowmesh._masked_families(tag)}) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set data_type = types[declared.name] -%}
  {%- for mask in masks if (snowmesh._family(data_type) or data_type) not in mask.families -%}
    {%- do errors.append(snowmesh._error(
      'type-mismatch', declared.where,
      'the column is ' ~ data_type ~ ', and the ' ~ mask.by ~ ' masks ' ~ (mask.families | join(', ')) ~ ' only',
      'add a masking policy for ' ~ data_type ~ ', or cast the column', mask.families)) -%}
  {%- endfor -%}
{% endmacro %}


{#- The families of types that the policies of a tag mask. -#}
{% macro _masked_families(tag) %}
  {%- set families = [] -%}
  {%- for policy in tag.masking_policies -%}
    {%- do families.append(policy.arguments[0].family) -%}
  {%- endfor -%}
  {{ return(families) }}
{% endmacro %}


{#- Masks set directly on columns. A column with a policy that is not ours is an error: Snowflake would refuse ours. -#}
{% macro _masking_changes(relation, governance, found, current, errors) %}
  {%- set ours = snowmesh._managed(found.masking_policies) -%}
  {%- set to_set = [] -%}
  {%- set declared_names = [] -%}
  {%- for column in governance.columns if column.masking_policy is not none -%}
    {%- do declared_names.append(column.name) -%}
    {%- set wanted = {'column': column.name, 'policy': column.masking_policy.policy.fqn, 'using': column.masking_policy.using} -%}
    {%- set has = current.masking_policies.get(column.name) -%}
    {%- do wanted.update({'replaces': has is not none}) -%}
    {%- if has and snowmesh._fqn(has.policy) not in ours -%}
      {%- do errors.append(snowmesh._error(
        'foreign-masking-policy', column.where,
        'the column already has the masking policy ' ~ snowmesh._display_all(has.policy) ~ ', which snowmesh does not manage',
        'unset that policy, or remove masking_policy here')) -%}
    {%- elif not has or snowmesh._fqn(has.policy) != snowmesh._fqn(wanted.policy) or has.using != wanted.using -%}
      {%- do to_set.append(wanted) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set to_unset = [] -%}
  {%- for name, has in current.masking_policies.items() if name not in declared_names and snowmesh._fqn(has.policy) in ours -%}
    {%- do to_unset.append(name) -%}
  {%- endfor -%}
  {%- set changes = [] -%}
  {%- if to_set -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_column_masking_policies_sql(relation, to_set))) -%}
  {%- endif -%}
  {%- if to_unset -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_masking_policies_sql(relation, to_unset))) -%}
  {%- endif -%}
  {{ return(changes) }}
{% endmacro %}


{#- Tags of the columns, then of the relation; setting comes before unsetting, so that no mask has a gap. -#}
{% macro _tag_changes(relation, governance, found, current) %}
  {%- set changes = [] -%}
  {%- set column_diff = snowmesh._column_tag_diff(governance, found, current) -%}
  {%- set object_diff = snowmesh._tag_diff(governance.tags, current.tags, found) -%}
  {%- for batch in column_diff.set | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_column_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {%- for batch in object_diff.set | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {%- for batch in column_diff.unset | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {%- for batch in object_diff.unset | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}


{#- The differences of one object: {set: [{tag, value}], unset: [{tag}]}; `has` maps quoted full names to values. -#}
{% macro _tag_diff(declared, has, found) %}
  {%- set diff = {'set': [], 'unset': []} -%}
  {%- for name, tag in found.tags.items() -%}
    {%- set value = has.get(snowmesh._fqn(tag.fqn)) -%}
    {%- if name in declared and declared[name] != value -%}
      {%- do diff.set.append({'tag': tag.fqn, 'value': declared[name]}) -%}
    {%- elif name not in declared and value is not none -%}
      {%- do diff.unset.append({'tag': tag.fqn}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(diff) }}
{% endmacro %}


{#- The differences of all columns, each with its column; those of one column stand together. -#}
{% macro _column_tag_diff(governance, found, current) %}
  {%- set total = {'set': [], 'unset': []} -%}
  {%- set declared = {} -%}
  {%- for column in governance.columns -%}
    {%- do declared.update({column.name: column.tags}) -%}
  {%- endfor -%}
  {%- for name in (declared.keys() | list + current.column_tags.keys() | list) | unique(case_sensitive=true) -%}
    {%- set diff = snowmesh._tag_diff(declared.get(name, {}), current.column_tags.get(name, {}), found) -%}
    {%- for kind in ['set', 'unset'] -%}
      {%- for item in diff[kind] -%}
        {%- do item.update({'column': name}) -%}
        {%- do total[kind].append(item) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(total) }}
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
  {%- set ours = snowmesh._managed(found.tags) + snowmesh._managed(found.masking_policies) -%}
  {%- set others = [] -%}
  {%- for name in current.tags if name not in ours -%}
    {%- do others.append('tag ' ~ name) -%}
  {%- endfor -%}
  {%- for column, tags in current.column_tags.items() -%}
    {%- for name in tags if name not in ours -%}
      {%- do others.append('tag ' ~ name ~ ' on column ' ~ snowmesh._display(column)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for column, has in current.masking_policies.items() if snowmesh._fqn(has.policy) not in ours -%}
    {%- do others.append('masking policy ' ~ snowmesh._fqn(has.policy) ~ ' on column ' ~ snowmesh._display(column)) -%}
  {%- endfor -%}
  {{ return(others) }}
{% endmacro %}
