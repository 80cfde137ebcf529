{#- vars: snowmesh: read once, checked, in stored names. -#}


{#- All definitions: {schema: [database, schema], tags: {NAME: ...}, masking_policies: {NAME: ...}, errors: [...]}. -#}
{% macro _definitions() %}
  {%- set errors = [] -%}
  {%- set at = 'dbt_project.yml, vars: snowmesh' -%}
  {%- set raw = snowmesh._mapping(var('snowmesh', {}), at, errors) -%}
  {%- do snowmesh._check_project_layers(errors) -%}
  {%- do snowmesh._check_keys(raw, ['schema', 'tags', 'masking_policies'], at, errors) -%}
  {%- set tags = snowmesh._mapping(raw.get('tags'), at ~ ': tags', errors) -%}
  {%- set policies = snowmesh._mapping(raw.get('masking_policies'), at ~ ': masking_policies', errors) -%}
  {%- set schema = [] -%}
  {%- if tags or policies or raw.get('schema') is not none -%}
    {%- set schema = snowmesh._governance_schema(raw.get('schema'), at, errors) -%}
  {%- endif -%}
  {%- set found = {'schema': schema, 'tags': {}, 'masking_policies': {}, 'errors': errors} -%}
  {%- for written, body in policies.items() -%}
    {%- do snowmesh._add_masking_policy(found, written, body, at ~ ': masking_policies: ' ~ written) -%}
  {%- endfor -%}
  {%- for written, body in tags.items() -%}
    {%- do snowmesh._add_tag(found, written, body, at ~ ': tags: ' ~ written) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}


{#- "governance" is a schema of target.database; "db.schema" is taken as written. -#}
{% macro _governance_schema(written, at, errors) %}
  {%- set parts = snowmesh._stored_parts(written) -%}
  {%- if parts is none or parts | length > 2 -%}
    {%- do errors.append(snowmesh._error(
      'no-schema', at, 'schema must be "schema" or "database.schema", not ' ~ (written | tojson),
      'name the schema in which tags and masking policies live, for example schema: governance')) -%}
    {{ return(['?', '?']) }}
  {%- endif -%}
  {%- if parts | length == 2 -%}
    {{ return(parts) }}
  {%- endif -%}
  {#- dbt leaves target.database unquoted unless the project's quoting says otherwise -#}
  {%- set is_quoted = api.Relation.create(database=target.database, schema='_', identifier='_').quote_policy.database -%}
  {{ return([target.database if is_quoted else target.database | upper] + parts) }}
{% endmacro %}


{#- Add one definition under its stored name, refusing two that are one in Snowflake. -#}
{% macro _add_definition(kind, written, definition, where, errors) %}
  {%- if definition.name in kind -%}
    {%- do errors.append(snowmesh._error(
      'duplicate-name', where, '"' ~ written ~ '" and "' ~ kind[definition.name].written ~ '" are one name in Snowflake',
      'keep one of them')) -%}
  {%- else -%}
    {%- do kind.update({definition.name: definition}) -%}
  {%- endif -%}
{% endmacro %}


{#- Read and check one entry of vars: snowmesh: tags:. -#}
{% macro _add_tag(found, written, body, where) %}
  {%- set errors = found.errors -%}
  {%- set raw = snowmesh._mapping(body, where, errors) -%}
  {%- do snowmesh._check_keys(raw, ['allowed_values', 'masking_policies'], where, errors) -%}
  {%- set values = snowmesh._texts(raw.get('allowed_values'), where ~ ': allowed_values', errors) -%}
  {%- for value in values -%}
    {%- do snowmesh._check_tag_value_length(value, where ~ ': allowed_values', errors) -%}
  {%- endfor -%}
  {%- set policies = [] -%}
  {%- for policy in snowmesh._texts(raw.get('masking_policies'), where ~ ': masking_policies', errors) -%}
    {%- set known = snowmesh._known_masking_policy(policy, found, where, errors) -%}
    {%- if known is not none -%}
      {%- do snowmesh._check_one_policy_a_type(known, policies, where, errors) -%}
      {%- do policies.append(known) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set name = snowmesh._checked_name(written, where, errors) -%}
  {%- if name is not none -%}
    {%- do snowmesh._add_definition(found.tags, written, {
      'name': name, 'written': written, 'fqn': found.schema + [name],
      'allowed_values': values | unique(case_sensitive=true) | list, 'masking_policies': policies
    }, where, errors) -%}
  {%- endif -%}
{% endmacro %}


{#- Snowflake takes tag values of up to 256 characters. -#}
{% macro _check_tag_value_length(value, where, errors) %}
  {%- if value | length > 256 -%}
    {%- do errors.append(snowmesh._error(
      'value-too-long', where, 'the value ' ~ (value[:40] | tojson) ~ '... has ' ~ (value | length) ~ ' characters; Snowflake takes 256',
      'shorten the value')) -%}
  {%- endif -%}
{% endmacro %}


{#- A tag takes one masking policy for each data type. -#}
{% macro _check_one_policy_a_type(policy, others, where, errors) %}
  {%- for other in others if other.arguments[0].family == policy.arguments[0].family -%}
    {%- do errors.append(snowmesh._error(
      'two-policies-one-type', where,
      'the policies ' ~ other.written ~ ' and ' ~ policy.written ~ ' both mask ' ~ policy.arguments[0].family,
      'keep one policy for each data type on a tag')) -%}
  {%- endfor -%}
{% endmacro %}


{#- A masking policy by its name as written, or none with an error. -#}
{% macro _known_masking_policy(written, found, where, errors) %}
  {%- set name = snowmesh._stored(written) -%}
  {%- if name in found.masking_policies -%}
    {{ return(found.masking_policies[name]) }}
  {%- endif -%}
  {%- do errors.append(snowmesh._error(
    'unknown-masking-policy', where, 'unknown masking policy ' ~ (written | tojson),
    'correct the name, or define it in dbt_project.yml under vars: snowmesh: masking_policies',
    found.masking_policies.values() | map(attribute='written') | list, written)) -%}
  {{ return(none) }}
{% endmacro %}


{#- Read and check one entry of vars: snowmesh: masking_policies:. -#}
{% macro _add_masking_policy(found, written, body, where) %}
  {%- set errors = found.errors -%}
  {%- set before = errors | length -%}
  {%- set raw = snowmesh._mapping(body, where, errors) -%}
  {%- do snowmesh._check_keys(raw, ['data_type', 'unmasked_for', 'masked', 'body', 'using'], where, errors) -%}
  {%- do snowmesh._check_mask_form(raw, where, errors) -%}
  {%- set policy = {
    'name': snowmesh._checked_name(written, where, errors), 'written': written,
    'arguments': snowmesh._arguments(raw, where, errors),
    'unmasked_for': snowmesh._role_names(raw.get('unmasked_for'), where, errors),
    'masked': snowmesh._masked_expression(raw.get('masked')), 'body': raw.get('body')
  } -%}
  {%- if policy.name is not none and policy.arguments -%}
    {%- do policy.update({'fqn': found.schema + [policy.name]}) -%}
    {#- a policy with errors is still known by name, so that one mistake gives one message -#}
    {%- if errors | length == before -%}
      {%- do policy.update({'body_sql': snowmesh.get_masking_policy_body_sql(policy) | trim}) -%}
    {%- endif -%}
    {%- do snowmesh._add_definition(found.masking_policies, written, policy, where, errors) -%}
  {%- endif -%}
{% endmacro %}


{#- A mask has exactly one of two forms: unmasked_for + masked, or body. -#}
{% macro _check_mask_form(raw, where, errors) %}
  {%- set written = 'body' in raw -%}
  {%- set built = 'unmasked_for' in raw and 'masked' in raw -%}
  {%- set partly = 'unmasked_for' in raw or 'masked' in raw -%}
  {%- set masked = raw.get('masked') -%}
  {%- set is_text = masked is none or masked is number or masked is boolean or (masked is string and masked | trim) -%}
  {%- set is_good = raw.body is string and raw.body | trim and not partly if written else built and is_text -%}
  {%- if not is_good -%}
    {%- do errors.append(snowmesh._error(
      'no-mask', where, 'a mask is either unmasked_for + masked, or body (a SQL text)',
      "write for example unmasked_for: [analyst_role] and masked: \"'****'\"")) -%}
  {%- endif -%}
{% endmacro %}


{#- The policy's arguments: `val` is the masked column, `using` adds the columns that decide. -#}
{% macro _arguments(raw, where, errors) %}
  {%- set arguments = [] -%}
  {%- set using = snowmesh._mapping(raw.get('using'), where ~ ': using', errors) -%}
  {%- for name, data_type in [('val', raw.get('data_type'))] + using.items() | list -%}
    {%- set family = snowmesh._family(data_type) -%}
    {%- if family is none -%}
      {%- do errors.append(snowmesh._error(
        'unknown-data-type', where, 'the data type of "' ~ name ~ '" is ' ~ (data_type | tojson),
        'write a Snowflake data type: data_type for the masked column, using: {column: type} for the others',
        snowmesh._families().keys() | map('lower') | list, data_type)) -%}
    {%- endif -%}
    {%- set stored = snowmesh._checked_name(name, where ~ ': using', errors) -%}
    {%- do arguments.append({'name': stored or '?', 'data_type': data_type, 'family': family or '?'}) -%}
  {%- endfor -%}
  {{ return(arguments) }}
{% endmacro %}


{#- The stored names of the roles that see the value. -#}
{% macro _role_names(raw, where, errors) %}
  {%- set roles = [] -%}
  {%- for written in snowmesh._texts(raw, where ~ ': unmasked_for', errors) -%}
    {%- set name = snowmesh._checked_name(written, where ~ ': unmasked_for', errors) -%}
    {%- if name is not none and name not in roles -%}
      {%- do roles.append(name) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(roles) }}
{% endmacro %}


{#- `masked` is a SQL expression; YAML's null, numbers and true/false become their SQL spelling. -#}
{% macro _masked_expression(raw) %}
  {%- if raw is none -%}
    {{ return('null') }}
  {%- endif -%}
  {{ return(raw | string | trim if raw is not boolean else raw | string | lower) }}
{% endmacro %}
