{#- What is declared against the columns of a relation. Pure: reads nothing. -#}


{#- Every column that the governance names must be there, and every policy must fit the types: a tag whose policies do not fit masks
    nothing. `columns` are [{name, dtype}]. -#}
{% macro _check_columns(governance, found, columns, errors) %}
  {%- set types = {} -%}
  {%- for column in columns -%}
    {%- do types.update({column.name: column.dtype}) -%}
  {%- endfor -%}
  {%- for declared in governance.columns -%}
    {%- set policy = declared.masking_policy -%}
    {%- do snowmesh._check_names([declared.name] + (policy.using if policy is not none else []), types, declared.where, errors) -%}
    {%- if declared.name in types -%}
      {%- do snowmesh._check_types(declared, found, types, errors) -%}
    {%- endif -%}
    {%- if policy is not none -%}
      {%- do snowmesh._check_arguments(policy.policy, policy.using, policy.policy.arguments[1:], types, declared.where, errors) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set rows, groups = governance.row_access_policy, governance.aggregation_policy -%}
  {%- if rows is not none -%}
    {%- do snowmesh._check_names(rows.on, types, governance.where, errors) -%}
    {%- do snowmesh._check_arguments(rows.policy, rows.on, rows.policy.arguments, types, governance.where, errors) -%}
  {%- endif -%}
  {%- do snowmesh._check_names(groups.entity_key, types, governance.where, errors) if groups is not none -%}
{% endmacro %}


{#- An error for each name that is no column. -#}
{% macro _check_names(names, types, where, errors) %}
  {%- for name in names if name not in types -%}
    {%- do errors.append(snowmesh._error(
      'unknown-column', where, 'the relation has no column ' ~ snowmesh._display(name),
      'correct the name, or add the column to the model; a name that is not upper case needs quote: true',
      types.keys() | map('string') | list, name)) -%}
  {%- endfor -%}
{% endmacro %}


{#- The columns that a policy decides by must have the types of its arguments (A6, M24). -#}
{% macro _check_arguments(policy, names, arguments, types, where, errors) %}
  {%- for argument in arguments[:names | length] -%}
    {%- set name = names[loop.index0] -%}
    {%- if name in types and (snowmesh._family(types[name]) or types[name]) != argument.family -%}
      {%- do errors.append(snowmesh._error(
        'type-mismatch', where,
        'the column ' ~ snowmesh._display(name) ~ ' is ' ~ types[name] ~ ', and the ' ~ policy.type ~ ' ' ~ policy.written ~ ' takes '
          ~ argument.family ~ ' for ' ~ snowmesh._display(argument.name),
        'cast the column, or define the policy for this type', [argument.family])) -%}
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
      {%- do snowmesh._check_tag_arguments(tag, types[declared.name], types, declared.where, errors) -%}
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


{#- A conditional mask that comes by a tag finds its other columns by the names of its arguments, when somebody reads (M36). -#}
{% macro _check_tag_arguments(tag, data_type, types, where, errors) %}
  {%- for policy in tag.masking_policies if policy.arguments[0].family == snowmesh._family(data_type) -%}
    {%- set names = policy.arguments[1:] | map(attribute='name') | list -%}
    {%- do snowmesh._check_names(names, types, where ~ ', tag ' ~ tag.written ~ ' with masking policy ' ~ policy.written, errors) -%}
    {%- do snowmesh._check_arguments(policy, names, policy.arguments[1:], types, where, errors) -%}
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
