{#- Row access and aggregation policies of a relation. -#}


{#- `name`, or `{name: ..., columns|entity_key: [columns]}`, as {policy, on|entity_key: [stored names]}, or none. A row access
    policy without columns takes those of the names of its arguments. (Not `on`, as in SQL: YAML reads that as true.) -#}
{% macro _object_policy(kind, raw, columns_key, found, where, errors) %}
  {%- if raw is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set long = {'name': raw} if raw is string else snowmesh._mapping(raw, where, errors) -%}
  {%- set allowed = 'columns' if columns_key == 'on' else columns_key -%}
  {%- for key in long if key not in ['name', allowed] -%}
    {%- do errors.append(snowmesh._error(
      'unknown-key', where, 'unknown key "' ~ ('on", which YAML reads as true' if key is boolean else key ~ '"'),
      'correct or remove the key', ['name', allowed], key | string)) -%}
  {%- endfor -%}
  {%- set policy = snowmesh._known_policy(kind, long.get('name'), found, where, errors) -%}
  {%- if policy is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set columns = [] -%}
  {%- for written in snowmesh._texts(long.get(allowed), where ~ ': ' ~ allowed, errors) -%}
    {%- do columns.append(snowmesh._stored_column({'name': written})) -%}
  {%- endfor -%}
  {%- if kind == 'row_access_policies' and long.get('columns') is none -%}
    {%- do columns.extend(policy.arguments | map(attribute='name')) -%}
  {%- elif kind == 'row_access_policies' and columns | length != policy.arguments | length -%}
    {%- do errors.append(snowmesh._error(
      'wrong-on', where,
      'the row access policy ' ~ policy.written ~ ' takes ' ~ (policy.arguments | length) ~ ' column(s), and columns names ' ~ (columns | length),
      'name one column for each argument, in their order', policy.arguments | map(attribute='name') | list)) -%}
  {%- endif -%}
  {{ return({'policy': policy, columns_key: columns}) }}
{% endmacro %}


{#- A column that is masked, or that may not be projected, cannot decide over rows or over another mask (M28, M30, A9). -#}
{% macro _check_policy_columns(governance, found, errors) %}
  {%- set uses = [] -%}
  {%- if governance.row_access_policy is not none -%}
    {%- do uses.append((governance.where, 'row access policy ' ~ governance.row_access_policy.policy.written, governance.row_access_policy.on)) -%}
  {%- endif -%}
  {%- for column in governance.columns if column.masking_policy is not none and column.masking_policy.using -%}
    {%- do uses.append((column.where, 'masking policy ' ~ column.masking_policy.policy.written, column.masking_policy.using)) -%}
  {%- endfor -%}
  {%- set closed = {} -%}
  {%- for column in (governance.columns if uses else []) -%}
    {%- set by = snowmesh._masked_by(column, found) -%}
    {%- do closed.update({column.name: by}) if by is not none -%}
  {%- endfor -%}
  {%- for where, user, names in uses -%}
    {%- for name in names if name in closed and not (user.startswith('masking') and closed[name].startswith('projection')) -%}
      {%- do errors.append(snowmesh._error(
        'masked-argument', where,
        'the ' ~ user ~ ' decides by the column ' ~ snowmesh._display(name) ~ ', which has the ' ~ closed[name] ~ '; Snowflake refuses that',
        'let the policy decide by another column, or add an unmasked copy of it')) -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}


{#- What masks a column or keeps it from being projected, as a text, or none. Types are not known here: a tag that masks any
    type counts. -#}
{% macro _masked_by(column, found) %}
  {%- if column.masking_policy is not none -%}
    {{ return('masking policy ' ~ column.masking_policy.policy.written) }}
  {%- endif -%}
  {%- for name in column.tags if found.tags[name].masking_policies -%}
    {{ return('tag ' ~ found.tags[name].written ~ ', which masks') }}
  {%- endfor -%}
  {{ return('projection policy ' ~ column.projection_policy.written if column.projection_policy is not none else none) }}
{% endmacro %}


{#- dbt-snowflake's own row_access_policy config and ours cannot both be attached (A7). -#}
{% macro _check_native_policy(node, governance, errors) %}
  {%- if governance.row_access_policy is not none and (node.get('config') or {}).get('row_access_policy') -%}
    {%- do errors.append(snowmesh._error(
      'two-row-access-policies', governance.where,
      'dbt\'s config row_access_policy and the governance block both attach a row access policy; Snowflake takes one',
      'remove row_access_policy from config, and keep the block')) -%}
  {%- endif -%}
{% endmacro %}
