{#- The governance block of a node: read from meta, merged, checked, in stored names. -#}


{#- What a node declares: {where, tags: {NAME: value}, columns: [...], errors: [...]}. `found` is snowmesh._definitions(). -#}
{% macro _governance(node, found) %}
  {%- set errors = [] -%}
  {%- set where = snowmesh._where(node) -%}
  {%- do snowmesh._check_meta(node, where, errors) -%}
  {%- do snowmesh._check_sql_config(node, where, errors) -%}
  {%- set block = snowmesh._block(node, where, errors) -%}
  {%- do snowmesh._check_level(block, ['tags'], ['masking_policy'], 'columns', where, errors) -%}
  {%- set object_where = where ~ (' (or +meta of its folder)' if snowmesh._has_folder_layer(node) else '') -%}
  {%- set tags = snowmesh._tag_values(block.get('tags'), {}, found, object_where, errors) -%}
  {%- do snowmesh._check_one_mask(tags, found, object_where, errors) -%}
  {%- set columns = [] -%}
  {%- for column in (node.get('columns') or {}).values() -%}
    {%- set declared = snowmesh._column_governance(column, tags, found, snowmesh._where(node, column.name), errors) -%}
    {%- if declared.tags or declared.masking_policy is not none -%}
      {%- do columns.append(declared) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if block or columns -%}
    {%- do snowmesh._check_materialization(node, columns, where, errors) -%}
  {%- endif -%}
  {{ return({'where': where, 'tags': tags, 'columns': columns, 'errors': errors}) }}
{% endmacro %}


{#- `models/core.yml: model fct_orders, column email`. -#}
{% macro _where(node, column=none) %}
  {%- set file = node.patch_path.split('://')[-1] if node.get('patch_path') else node.get('original_file_path', '?') -%}
  {%- set name = node.get('resource_type', 'node') ~ ' ' ~ node.name -%}
  {{ return(file ~ ': ' ~ name ~ (', column ' ~ column if column is not none else '')) }}
{% endmacro %}


{#- The meta of a node or a column, wherever this version of dbt keeps it. -#}
{% macro _meta(owner) %}
  {{ return((owner.get('config') or {}).get('meta') or owner.get('meta') or {}) }}
{% endmacro %}


{#- Whether a layer of a folder (snowmesh_<name>) takes part. -#}
{% macro _has_folder_layer(node) %}
  {%- for key in snowmesh._meta(node) if (key | string).startswith('snowmesh_') -%}
    {{ return(true) }}
  {%- endfor -%}
  {{ return(false) }}
{% endmacro %}


{#- The block of a node or column. dbt merges meta key by key, so each folder writes its layer under a key of its own,
    snowmesh_<name>; they are merged in dbt's order, outermost folder first, and `snowmesh` comes last. -#}
{% macro _block(owner, where, errors) %}
  {%- set merged = namespace(block={}) -%}
  {%- set meta = snowmesh._meta(owner) -%}
  {%- for key, layer in meta.items() if (key | string).startswith('snowmesh_') -%}
    {%- set merged.block = snowmesh._merged(merged.block, snowmesh._mapping(layer, where ~ ', meta.' ~ key, errors)) -%}
  {%- endfor -%}
  {%- if 'snowmesh' in meta -%}
    {#- snowmesh: null stops everything that the folders gave -#}
    {%- set inherited = merged.block if meta.snowmesh is not none else {} -%}
    {%- set merged.block = snowmesh._merged(inherited, snowmesh._mapping(meta.snowmesh, where ~ ', meta.snowmesh', errors)) -%}
  {%- endif -%}
  {{ return(merged.block) }}
{% endmacro %}


{#- A deep merge; a null in `over` replaces what `base` says. -#}
{% macro _merged(base, over) %}
  {%- set result = {} -%}
  {%- do result.update(base) -%}
  {%- for key, value in over.items() -%}
    {%- if value is mapping and result.get(key) is mapping -%}
      {%- do result.update({key: snowmesh._merged(result[key], value)}) -%}
    {%- else -%}
      {%- do result.update({key: value}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(result) }}
{% endmacro %}


{#- A misspelt or misplaced block would be no protection: refuse it. -#}
{% macro _check_meta(owner, where, errors) %}
  {%- for key in snowmesh._meta(owner) if not (key | string).startswith('snowmesh_') and key != 'snowmesh' -%}
    {%- set word = key | string | lower -%}
    {%- if word.startswith('snowmesh') or (word | length in range(6, 11) and snowmesh._distance(word, 'snowmesh') <= 2) -%}
      {%- do errors.append(snowmesh._error(
        'misspelt-key', where, 'the meta key "' ~ key ~ '" looks like a governance block and is none',
        'write meta: snowmesh:, or in a folder meta: snowmesh_<name>:', ['snowmesh', 'snowmesh_<name>'])) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if 'snowmesh' in owner or 'snowmesh' in (owner.get('config') or {}) -%}
    {%- do errors.append(snowmesh._error(
      'wrong-place', where, 'a governance block stands outside of config: meta:', 'move it to config: meta: snowmesh:')) -%}
  {%- endif -%}
{% endmacro %}


{#- Unknown keys, and keys of another level, which get the better message. -#}
{% macro _check_level(block, allowed, elsewhere, other_level, where, errors) %}
  {%- for key in block if key in elsewhere -%}
    {%- do errors.append(snowmesh._error(
      'wrong-level', where, '"' ~ key ~ '" is allowed on ' ~ other_level ~ ' only', 'move it to ' ~ other_level, allowed)) -%}
  {%- endfor -%}
  {%- do snowmesh._check_keys(block, allowed + elsewhere, where, errors) -%}
{% endmacro %}


{#- The tags of one level as {NAME: value}; `inherited` are those which the level above sets. -#}
{% macro _tag_values(raw, inherited, found, where, errors) %}
  {%- set values = {} -%}
  {%- for written, value in snowmesh._mapping(raw, where ~ ', tags', errors).items() -%}
    {%- set name = snowmesh._stored(written) -%}
    {%- if name not in found.tags -%}
      {%- do errors.append(snowmesh._error(
        'unknown-tag', where, 'unknown tag ' ~ (written | tojson),
        'correct the name, or define it in dbt_project.yml under vars: snowmesh: tags',
        found.tags.values() | map(attribute='written') | list, written)) -%}
    {%- elif value is none -%}
      {%- do values.pop(name, none) -%}
      {%- do snowmesh._check_stop(written, name in inherited, where, errors) -%}
    {%- elif snowmesh._is_allowed(found.tags[name], value, where, errors) -%}
      {%- do values.update({name: value}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(values) }}
{% endmacro %}


{#- In Snowflake a column always has the tags of its table; saying null cannot change that. -#}
{% macro _check_stop(written, is_inherited, where, errors) %}
  {%- if is_inherited -%}
    {%- do errors.append(snowmesh._error(
      'inherited-tag', where, 'null cannot take the tag "' ~ written ~ '" of the whole relation away from one column',
      'give the column another value, or tag columns instead of the relation')) -%}
  {%- endif -%}
{% endmacro %}


{#- Whether a value is a text that the tag takes; if not, there is an error. -#}
{% macro _is_allowed(tag, value, where, errors) %}
  {%- set before = errors | length -%}
  {%- if value is not string -%}
    {%- do errors.append(snowmesh._error(
      'value-not-text', where, 'the value of the tag ' ~ tag.written ~ ' is ' ~ (value | tojson) ~ '; a tag value is a text',
      'put the value in quotes', tag.allowed_values)) -%}
  {%- elif tag.allowed_values and value not in tag.allowed_values -%}
    {%- do errors.append(snowmesh._error(
      'value-not-allowed', where, 'the value ' ~ (value | tojson) ~ ' is not allowed for the tag ' ~ tag.written,
      'use an allowed value, or add this one to the tag in dbt_project.yml', tag.allowed_values, value)) -%}
  {%- else -%}
    {%- do snowmesh._check_tag_value_length(value, where, errors) -%}
  {%- endif -%}
  {{ return(errors | length == before) }}
{% endmacro %}


{#- What one column declares: {name, written, where, tags, masking_policy}. -#}
{% macro _column_governance(column, object_tags, found, where, errors) %}
  {%- do snowmesh._check_meta(column, where, errors) -%}
  {%- set block = snowmesh._block(column, where, errors) -%}
  {%- do snowmesh._check_level(block, ['tags', 'masking_policy'], [], '', where, errors) -%}
  {%- set tags = snowmesh._tag_values(block.get('tags'), object_tags, found, where, errors) -%}
  {%- set policy = snowmesh._column_masking_policy(block.get('masking_policy'), found, where, errors) -%}
  {%- if tags and policy is none -%}
    {%- do snowmesh._check_one_mask(snowmesh._merged(object_tags, tags), found, where, errors) -%}
  {%- endif -%}
  {{ return({
    'name': snowmesh._stored_column(column), 'written': column.name, 'where': where, 'tags': tags, 'masking_policy': policy
  }) }}
{% endmacro %}


{#- A column's stored name: exact with `quote: true` or in double quotes, else upper case as Snowflake reads it. -#}
{% macro _stored_column(column) %}
  {%- if column.get('quote') -%}
    {{ return(column.name) }}
  {%- elif column.name.startswith('"') -%}
    {{ return(column.name[1:-1] | replace('""', '"')) }}
  {%- endif -%}
  {{ return(column.name | upper) }}
{% endmacro %}


{#- `masking_policy: name` or `masking_policy: {name: ..., using: [columns]}` as {policy, using}, or none. -#}
{% macro _column_masking_policy(raw, found, where, errors) %}
  {%- if raw is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set long = {'name': raw} if raw is string else snowmesh._mapping(raw, where ~ ', masking_policy', errors) -%}
  {%- do snowmesh._check_keys(long, ['name', 'using'], where ~ ', masking_policy', errors) -%}
  {%- set policy = snowmesh._known_masking_policy(long.get('name'), found, where, errors) -%}
  {%- if policy is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set using = [] -%}
  {%- for written in snowmesh._texts(long.get('using'), where ~ ', masking_policy: using', errors) -%}
    {%- do using.append(snowmesh._stored_column({'name': written})) -%}
  {%- endfor -%}
  {%- if using | length != policy.arguments | length - 1 -%}
    {%- do errors.append(snowmesh._error(
      'wrong-using', where,
      'the masking policy ' ~ policy.written ~ ' decides by ' ~ (policy.arguments | length - 1)
        ~ ' other column(s), and using names ' ~ (using | length),
      'write masking_policy: {name: ' ~ policy.written ~ ', using: [one column for each]}',
      policy.arguments[1:] | map(attribute='name') | list)) -%}
  {%- endif -%}
  {{ return({'policy': policy, 'using': using}) }}
{% endmacro %}


{#- Two tags that both mask a type fail in Snowflake only when somebody reads the column. -#}
{% macro _check_one_mask(tags, found, where, errors) %}
  {%- set by_family = {} -%}
  {%- for name in tags -%}
    {%- for policy in found.tags[name].masking_policies -%}
      {%- set family = policy.arguments[0].family -%}
      {%- if family in by_family -%}
        {%- do errors.append(snowmesh._error(
          'two-masks', where,
          'the tags ' ~ by_family[family] ~ ' and ' ~ found.tags[name].written ~ ' both mask ' ~ family ~ ' columns',
          'keep one of the tags here, or set masking_policy on the column, which wins over tags')) -%}
      {%- endif -%}
      {%- do by_family.update({family: found.tags[name].written}) -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}


{#- What has no relation may inherit a folder's layer, which then has nothing to govern; a block of its own is a mistake. -#}
{% macro _check_materialization(node, columns, where, errors) %}
  {%- set supported = ['table', 'view', 'incremental', 'seed', 'snapshot'] -%}
  {%- set is_inherited = not columns and not snowmesh._meta(node).get('snowmesh') -%}
  {%- set materialized = (node.get('config') or {}).get('materialized') -%}
  {%- if node.resource_type in ['operation', 'sql_operation', 'analysis'] or (materialized == 'ephemeral' and is_inherited) -%}
    {{ return('') }}
  {%- elif node.resource_type not in ['model', 'seed', 'snapshot'] -%}
    {%- do errors.append(snowmesh._error(
      'not-governable', where, 'this version does not apply a governance block to this kind of node (' ~ node.resource_type ~ ')',
      'move it to a model, seed or snapshot', ['model', 'seed', 'snapshot'])) -%}
  {%- elif materialized not in supported -%}
    {%- do errors.append(snowmesh._error(
      'unsupported-materialization', where,
      'a relation materialized as ' ~ materialized ~ ' is not governed by this version',
      'choose a supported materialization, or remove the block', supported, materialized)) -%}
  {%- endif -%}
{% endmacro %}
