{#- vars: snowmesh: masking_policies, row_access_policies, projection_policies, aggregation_policies: read and checked.
    Each has a safe form, from which the package writes the body, or is a raw body. -#}


{#- The kinds of policies, by their key in vars: Snowflake's name of the type, the keys of an entry, and which of them
    names the roles that the policy does not restrict. -#}
{% macro _policy_kinds() %}
  {{ return({
    'masking_policies': {
      'type': 'masking policy', 'exempt': 'unmasked_for',
      'keys': ['data_type', 'unmasked_for', 'masked', 'body', 'using']
    },
    'row_access_policies': {
      'type': 'row access policy', 'exempt': 'all_rows_for',
      'keys': ['columns', 'all_rows_for', 'rows_for', 'body']
    },
    'projection_policies': {
      'type': 'projection policy', 'exempt': 'allowed_for', 'keys': ['allowed_for', 'enforcement', 'body']
    },
    'aggregation_policies': {
      'type': 'aggregation policy', 'exempt': 'exempt', 'keys': ['min_group_size', 'exempt', 'body']
    }
  }) }}
{% endmacro %}


{#- Read and check one entry; it becomes {kind, type, name, written, fqn, where, arguments: [{name, data_type, family}],
    returns, exempt: [roles], roles: [every role it names], body, body_sql} and what its kind adds. -#}
{% macro _add_policy(found, kind, written, body, where) %}
  {%- set errors = found.errors -%}
  {%- set before = errors | length -%}
  {%- set of_kind = snowmesh._policy_kinds()[kind] -%}
  {%- set raw = snowmesh._mapping(body, where, errors) -%}
  {%- do snowmesh._check_keys(raw, of_kind['keys'], where, errors) -%}
  {%- set exempt = snowmesh._role_names(raw.get(of_kind.exempt), where ~ ': ' ~ of_kind.exempt, errors) -%}
  {%- set policy = {
    'kind': kind, 'type': of_kind.type, 'name': snowmesh._checked_name(written, where, errors), 'written': written, 'where': where,
    'exempt': exempt, 'roles': exempt | list, 'body': raw.get('body'), 'arguments': []
  } -%}
  {%- do snowmesh._check_body(raw, where, errors) -%}
  {%- if kind == 'masking_policies' -%}
    {%- do snowmesh._read_masking_policy(policy, raw, where, errors) -%}
  {%- elif kind == 'row_access_policies' -%}
    {%- do snowmesh._read_row_access_policy(policy, raw, where, errors) -%}
  {%- elif kind == 'projection_policies' -%}
    {%- do snowmesh._read_projection_policy(policy, raw, where, errors) -%}
  {%- else -%}
    {%- do snowmesh._read_aggregation_policy(policy, raw, where, errors) -%}
  {%- endif -%}
  {%- if policy.name is not none -%}
    {%- do policy.update({'fqn': found.schema + [policy.name]}) -%}
    {#- a policy with errors is still known by name, so that one mistake gives one message -#}
    {%- if errors | length == before -%}
      {%- do policy.update({'body_sql': snowmesh._policy_body_sql(policy) | trim}) -%}
    {%- endif -%}
    {%- do snowmesh._add_definition(found[kind], written, policy, where, errors) -%}
  {%- endif -%}
{% endmacro %}


{#- A raw body is a SQL text. -#}
{% macro _check_body(raw, where, errors) %}
  {%- if 'body' in raw and not (raw.body is string and raw.body | trim) -%}
    {%- do errors.append(snowmesh._error(
      'no-body', where, 'body is ' ~ (raw.body | tojson) ~ '; a SQL expression is expected', 'write the expression as a text, or remove body')) -%}
  {%- endif -%}
{% endmacro %}


{#- How a policy is written in SQL; each kind can be replaced by a dispatch entry for snowmesh. -#}
{% macro _policy_body_sql(policy) %}
  {%- if policy.kind == 'masking_policies' -%}
    {{ return(snowmesh.get_masking_policy_body_sql(policy)) }}
  {%- elif policy.kind == 'row_access_policies' -%}
    {{ return(snowmesh.get_row_access_policy_body_sql(policy)) }}
  {%- elif policy.kind == 'projection_policies' -%}
    {{ return(snowmesh.get_projection_policy_body_sql(policy)) }}
  {%- endif -%}
  {{ return(snowmesh.get_aggregation_policy_body_sql(policy)) }}
{% endmacro %}


{#- A mask is unmasked_for + masked, or a body; beside a body, unmasked_for says which roles the body exempts. -#}
{% macro _read_masking_policy(policy, raw, where, errors) %}
  {%- set masked = raw.get('masked') -%}
  {%- set is_text = masked is none or masked is number or masked is boolean or (masked is string and masked | trim) -%}
  {%- if ('body' in raw) == ('masked' in raw) or not ('body' in raw or 'unmasked_for' in raw) or not is_text -%}
    {%- do errors.append(snowmesh._error(
      'no-mask', where, 'a mask is either unmasked_for + masked, or body (a SQL text)',
      "write for example unmasked_for: [analyst_role] and masked: \"'****'\"")) -%}
  {%- endif -%}
  {%- set using = snowmesh._mapping(raw.get('using'), where ~ ': using', errors) -%}
  {%- set arguments = snowmesh._arguments([('val', raw.get('data_type'))] + using.items() | list, where, errors) -%}
  {%- do policy.update({
    'unmasked_for': policy.exempt, 'masked': snowmesh._masked_expression(masked),
    'arguments': arguments, 'returns': arguments[0].data_type
  }) -%}
{% endmacro %}


{#- `masked` is a SQL expression; YAML's null, numbers and true/false become their SQL spelling. -#}
{% macro _masked_expression(raw) %}
  {%- if raw is none -%}
    {{ return('null') }}
  {%- endif -%}
  {{ return(raw | string | trim if raw is not boolean else raw | string | lower) }}
{% endmacro %}


{#- Rows are for roles (all_rows_for, rows_for: {role: condition}), or a body decides over the columns. -#}
{% macro _read_row_access_policy(policy, raw, where, errors) %}
  {%- set columns = snowmesh._mapping(raw.get('columns'), where ~ ': columns', errors) -%}
  {%- set arguments = snowmesh._arguments(columns.items() | list, where, errors) -%}
  {%- set rows_for = {} -%}
  {%- for role, condition in snowmesh._mapping(raw.get('rows_for'), where ~ ': rows_for', errors).items() -%}
    {%- set name = snowmesh._checked_name(role, where ~ ': rows_for', errors) -%}
    {%- if not (condition is string and condition | trim) -%}
      {%- do errors.append(snowmesh._error(
        'no-row-filter', where ~ ': rows_for', 'the condition of ' ~ role ~ ' is ' ~ (condition | tojson) ~ '; a SQL condition is expected',
        "write for example " ~ role ~ ": region = 'EU', or put a role that sees every row under all_rows_for")) -%}
    {%- elif name is not none -%}
      {%- do rows_for.update({name: condition | trim}) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if 'body' in raw and 'rows_for' in raw or not ('body' in raw or 'rows_for' in raw or 'all_rows_for' in raw) -%}
    {%- do errors.append(snowmesh._error(
      'no-row-filter', where, 'a row access policy is either all_rows_for and rows_for, or body (a SQL text)',
      "write for example all_rows_for: [builder_role] and rows_for: {eu_role: region = 'EU'}")) -%}
  {%- endif -%}
  {%- if not columns -%}
    {%- do errors.append(snowmesh._error(
      'no-row-filter', where, 'columns is missing: a row access policy decides by at least one column',
      'write for example columns: {region: string}')) -%}
  {%- endif -%}
  {%- do policy.update({
    'rows_for': rows_for, 'arguments': arguments, 'returns': 'boolean',
    'roles': (policy.roles + rows_for.keys() | list) | unique(case_sensitive=true) | list
  }) -%}
{% endmacro %}


{#- allowed_for: the roles that may show the column; everybody else may use it, but not show it. -#}
{% macro _read_projection_policy(policy, raw, where, errors) %}
  {%- set enforcement = raw.get('enforcement', 'fail') -%}
  {%- if not ('body' in raw or 'allowed_for' in raw) or 'body' in raw and 'enforcement' in raw -%}
    {%- do errors.append(snowmesh._error(
      'no-constraint', where, 'a projection policy is either allowed_for (and enforcement), or body (a SQL text)',
      'write for example allowed_for: [analyst_role]; an empty list allows nobody')) -%}
  {%- endif -%}
  {%- if enforcement not in ['fail', 'nullify'] -%}
    {%- do errors.append(snowmesh._error(
      'no-constraint', where ~ ': enforcement', 'enforcement is ' ~ (enforcement | tojson),
      'write fail (the query fails) or nullify (the column is NULL)', ['fail', 'nullify'], enforcement)) -%}
  {%- endif -%}
  {%- do policy.update({'enforcement': enforcement, 'returns': 'projection_constraint'}) -%}
{% endmacro %}


{#- min_group_size: how many rows, or entities, a group must have; exempt: the roles that may see single rows. -#}
{% macro _read_aggregation_policy(policy, raw, where, errors) %}
  {%- set size = raw.get('min_group_size') -%}
  {%- if ('body' in raw) == ('min_group_size' in raw) -%}
    {%- do errors.append(snowmesh._error(
      'no-constraint', where, 'an aggregation policy is either min_group_size (and exempt), or body (a SQL text)',
      'write for example min_group_size: 5')) -%}
  {%- elif 'body' not in raw and (size is not integer or size is boolean or size < 1) -%}
    {%- do errors.append(snowmesh._error(
      'no-constraint', where ~ ': min_group_size', 'min_group_size is ' ~ (size | tojson) ~ '; a whole number of 1 or more is expected',
      'write for example min_group_size: 5')) -%}
  {%- endif -%}
  {%- do policy.update({'min_group_size': size, 'returns': 'aggregation_constraint'}) -%}
{% endmacro %}


{#- The policy's arguments, from [(name, data type)]. -#}
{% macro _arguments(written, where, errors) %}
  {%- set arguments = [] -%}
  {%- for name, data_type in written -%}
    {%- set family = snowmesh._family(data_type) -%}
    {%- if family is none -%}
      {%- do errors.append(snowmesh._error(
        'unknown-data-type', where, 'the data type of "' ~ name ~ '" is ' ~ (data_type | tojson),
        'write a Snowflake data type: data_type for the masked column, {column: type} for the others',
        snowmesh._families().keys() | map('lower') | list, data_type)) -%}
    {%- endif -%}
    {%- set stored = snowmesh._checked_name(name, where, errors) -%}
    {%- do arguments.append({'name': stored or '?', 'data_type': data_type, 'family': family or '?'}) -%}
  {%- endfor -%}
  {{ return(arguments) }}
{% endmacro %}


{#- The stored names of a list of roles, each once. -#}
{% macro _role_names(raw, where, errors) %}
  {%- set roles = [] -%}
  {%- for written in snowmesh._texts(raw, where, errors) -%}
    {%- set name = snowmesh._checked_name(written, where, errors) -%}
    {%- if name is not none and name not in roles -%}
      {%- do roles.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(roles) }}
{% endmacro %}


{#- A policy of a kind by its name as written, or none with an error. -#}
{% macro _known_policy(kind, written, found, where, errors) %}
  {%- set name = snowmesh._stored(written) -%}
  {%- if name in found[kind] -%}
    {{ return(found[kind][name]) }}
  {%- endif -%}
  {%- do errors.append(snowmesh._error(
    'unknown-policy', where, 'unknown ' ~ snowmesh._policy_kinds()[kind].type ~ ' ' ~ (written | tojson),
    'correct the name, or define it in dbt_project.yml under vars: snowmesh: ' ~ kind,
    found[kind].values() | map(attribute='written') | list, written)) -%}
  {{ return(none) }}
{% endmacro %}
