{#- vars: snowmesh: read once a run, checked, in stored names. -#}


{#- All definitions: {schema: [database, schema], tags: {NAME: ...}, masking_policies: {NAME: ...}, row_access_policies,
    projection_policies, aggregation_policies, domain_roles, grant_usage, future_grants, errors: [...]}. -#}
{% macro _definitions() %}
  {%- set memory = snowmesh._run_memory() -%}
  {%- if 'definitions' not in memory -%}
    {%- do memory.update({'definitions': snowmesh._read_definitions()}) -%}
  {%- endif -%}
  {{ return(memory.definitions) }}
{% endmacro %}


{#- The same, read now. -#}
{% macro _read_definitions() %}
  {%- set errors = [] -%}
  {%- set at = 'dbt_project.yml, vars: snowmesh' -%}
  {%- set raw = snowmesh._mapping(var('snowmesh', {}), at, errors) -%}
  {%- set kinds = snowmesh._policy_kinds().keys() | list -%}
  {%- do snowmesh._check_project_layers(errors) -%}
  {%- do snowmesh._check_keys(raw, ['schema', 'tags'] + kinds + ['domain_roles', 'grant_usage', 'future_grants'], at, errors) -%}
  {#- keys and tag_names are read for every column of the project -#}
  {%- set found = {
    'schema': [], 'tags': {}, 'tag_names': {}, 'masking_tags': [], 'object_keys': snowmesh._object_keys(),
    'column_keys': snowmesh._column_keys(), 'errors': errors
  } -%}
  {%- if raw.get('schema') is not none or snowmesh._has_some(raw, ['tags'] + kinds) -%}
    {%- do found.update({'schema': snowmesh._governance_schema(raw.get('schema'), at, errors)}) -%}
  {%- endif -%}
  {%- for kind in kinds -%}
    {%- do found.update({kind: {}}) -%}
    {%- for written, body in snowmesh._mapping(raw.get(kind), at ~ ': ' ~ kind, errors).items() -%}
      {%- do snowmesh._add_policy(found, kind, written, body, at ~ ': ' ~ kind ~ ': ' ~ written) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for written, body in snowmesh._mapping(raw.get('tags'), at ~ ': tags', errors).items() -%}
    {%- do snowmesh._add_tag(found, written, body, at ~ ': tags: ' ~ written) -%}
  {%- endfor -%}
  {%- do snowmesh._add_grant_definitions(found, raw, at) -%}
  {{ return(found) }}
{% endmacro %}


{#- Whether one of the keys of a mapping has a value. -#}
{% macro _has_some(raw, keys) %}
  {%- for key in keys if raw.get(key) -%}
    {{ return(true) }}
  {%- endfor -%}
  {{ return(false) }}
{% endmacro %}


{#- Whether the project defines a tag or policy, and so may have something to govern or to take away. -#}
{% macro _has_definitions(found) %}
  {{ return(snowmesh._has_some(found, ['tags'] + snowmesh._policy_kinds().keys() | list)) }}
{% endmacro %}


{#- "governance" is a schema of target.database; "db.schema" is taken as written. -#}
{% macro _governance_schema(written, at, errors) %}
  {%- set parts = snowmesh._schema_parts(written) -%}
  {%- if parts is none -%}
    {%- do errors.append(snowmesh._error(
      'no-schema', at, 'schema must be "schema" or "database.schema", not ' ~ (written | tojson),
      'name the schema in which tags and policies live, for example schema: governance')) -%}
    {{ return(['?', '?']) }}
  {%- endif -%}
  {{ return(parts) }}
{% endmacro %}


{#- A schema as written in stored parts, or none. -#}
{% macro _schema_parts(written) %}
  {%- set parts = snowmesh._stored_parts(written) -%}
  {%- if parts is none or parts | length > 2 -%}
    {{ return(none) }}
  {%- elif parts | length == 2 -%}
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
  {%- set values = snowmesh._allowed_values(raw.get('allowed_values'), where ~ ': allowed_values', errors) -%}
  {%- set policies = [] -%}
  {%- for policy in snowmesh._texts(raw.get('masking_policies'), where ~ ': masking_policies', errors) -%}
    {%- set known = snowmesh._known_policy('masking_policies', policy, found, where, errors) -%}
    {%- if known is not none -%}
      {%- do snowmesh._check_one_policy_a_type(known, policies, where, errors) -%}
      {%- do policies.append(known) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set name = snowmesh._checked_name(written, where, errors) -%}
  {%- if name is not none -%}
    {%- do found.tag_names.update({written: name}) -%}
    {%- do found.masking_tags.append(name) if policies -%}
    {%- do snowmesh._add_definition(found.tags, written, {
      'name': name, 'written': written, 'fqn': found.schema + [name], 'where': where,
      'allowed_values': values, 'masking_policies': policies
    }, where, errors) -%}
  {%- endif -%}
{% endmacro %}


{#- The allowed values of a tag, each once. Snowflake takes 5,000 (T3). -#}
{% macro _allowed_values(raw, where, errors) %}
  {%- set values = snowmesh._texts(raw, where, errors) | unique(case_sensitive=true) | list -%}
  {%- for value in values -%}
    {%- do snowmesh._check_tag_value_length(value, where, errors) -%}
  {%- endfor -%}
  {%- if values | length > 5000 -%}
    {%- do errors.append(snowmesh._error(
      'too-many-values', where, (values | length) ~ ' allowed values; Snowflake takes 5000',
      'allow any value by leaving allowed_values out, or split the tag')) -%}
  {%- endif -%}
  {{ return(values) }}
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
