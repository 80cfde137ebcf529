{#- What a node declares: its governance block and those of its columns, checked, in stored names. -#}


{#- What a node declares, read once a run:
    {where, is_declared, tags: {NAME: value}, columns: [{name, written, where, tags, masking_policy: {policy, using} or none,
    projection_policy: policy or none}], row_access_policy: {policy, on} or none, aggregation_policy: {policy, entity_key} or
    none, schema_tags, database_tags: {NAME: value}, future_grants: [...], database_role_grants: {privilege: [names]} or none,
    stores_masked: text or none, errors: [...]}. `found` is snowmesh._definitions(). -#}
{% macro _governance(node, found) %}
  {%- set known = snowmesh._run_memory().setdefault('governance', {}) -%}
  {%- if node.unique_id not in known -%}
    {%- do known.update({node.unique_id: snowmesh._read_governance(node, found)}) -%}
  {%- endif -%}
  {{ return(known[node.unique_id]) }}
{% endmacro %}


{#- The same, read now. -#}
{% macro _read_governance(node, found) %}
  {%- set errors = [] -%}
  {%- set where = snowmesh._where(node) -%}
  {%- if snowmesh._is_external(node) -%}
    {#- another project governs it -#}
    {{ return(snowmesh._object_governance({}, found, where, errors)) }}
  {%- endif -%}
  {%- do snowmesh._check_meta(node, where, errors) -%}
  {%- do snowmesh._check_sql_config(node, where, errors) -%}
  {%- set block = snowmesh._block(node, where, errors) -%}
  {%- do snowmesh._check_level(block, found.object_keys, found.column_keys, 'columns', where, errors) -%}
  {%- set object_where = where ~ (' (or +meta of its folder)' if snowmesh._has_folder_layer(node) else '') -%}
  {%- set governance = snowmesh._object_governance(block, found, object_where, errors) -%}
  {%- do governance.update({'where': where}) -%}
  {%- set object_tags = snowmesh._object_tags(governance) -%}
  {%- do snowmesh._check_one_mask(object_tags, found, object_where, errors) -%}
  {%- for column in (node.get('columns') or {}).values() if column.get('meta') or (column.get('config') or {}).get('meta') or 'snowmesh' in column or 'snowmesh' in (column.get('config') or {}) -%}
    {%- set declared = snowmesh._column_governance(column, governance.tags, object_tags, found, where ~ ', column ' ~ column.name, errors) -%}
    {%- if declared.tags or declared.masking_policy is not none or declared.projection_policy is not none -%}
      {%- do governance.columns.append(declared) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if block or governance.columns -%}
    {%- do snowmesh._check_materialization(node, governance.columns, where, errors) -%}
    {%- do snowmesh._check_tag_counts(governance, errors) -%}
    {%- do snowmesh._check_policy_columns(governance, found, errors) -%}
    {%- do snowmesh._check_native_policy(node, governance, errors) -%}
  {%- endif -%}
  {%- do governance.update({'is_declared': snowmesh._is_declared(governance)}) -%}
  {{ return(governance) }}
{% endmacro %}


{#- What may stand in the block of a node. -#}
{% macro _object_keys() %}
  {{ return([
    'tags', 'row_access_policy', 'aggregation_policy', 'schema_tags', 'database_tags', 'future_grants',
    'database_role_grants', 'stores_masked'
  ]) }}
{% endmacro %}


{#- What may stand in the block of a column and not in that of a node. -#}
{% macro _column_keys() %}
  {{ return(['masking_policy', 'projection_policy']) }}
{% endmacro %}


{#- What the block of a node itself says, without its columns. -#}
{% macro _object_governance(block, found, where, errors) %}
  {{ return({
    'where': where, 'is_declared': false, 'columns': [], 'errors': errors,
    'tags': snowmesh._tag_values(block.get('tags'), {}, found, where, errors),
    'schema_tags': snowmesh._tag_values(block.get('schema_tags'), {}, found, where ~ ', schema_tags', errors),
    'database_tags': snowmesh._tag_values(block.get('database_tags'), {}, found, where ~ ', database_tags', errors),
    'row_access_policy': snowmesh._object_policy(
      'row_access_policies', block.get('row_access_policy'), 'on', found, where ~ ', row_access_policy', errors),
    'aggregation_policy': snowmesh._object_policy(
      'aggregation_policies', block.get('aggregation_policy'), 'entity_key', found, where ~ ', aggregation_policy', errors),
    'future_grants': snowmesh._future_grants(block.get('future_grants'), where ~ ', future_grants', errors),
    'database_role_grants': snowmesh._database_role_grants(block.get('database_role_grants'), where, errors),
    'stores_masked': snowmesh._stores_masked(block.get('stores_masked'), where, errors)
  }) }}
{% endmacro %}


{#- The tags that a relation has by itself, its schema and its database; the nearest wins (T29). -#}
{% macro _object_tags(governance) %}
  {%- set tags = {} -%}
  {%- for level in [governance.database_tags, governance.schema_tags, governance.tags] -%}
    {%- do tags.update(level) -%}
  {%- endfor -%}
  {{ return(tags) }}
{% endmacro %}


{#- Whether something is to be done to the relation. -#}
{% macro _is_declared(governance) %}
  {%- for key in ['tags', 'columns', 'row_access_policy', 'aggregation_policy', 'errors'] if governance[key] -%}
    {{ return(true) }}
  {%- endfor -%}
  {{ return(false) }}
{% endmacro %}


{#- The project that dbt's plugin put in the graph a model of: nothing of it is built here. -#}
{% macro _is_external(node) %}
  {{ return(node.get('resource_type') == 'model' and not node.get('path') and not node.get('original_file_path')) }}
{% endmacro %}


{#- `models/core.yml: model fct_orders, column email`. -#}
{% macro _where(node, column=none) %}
  {%- set file = node.patch_path.split('://')[-1] if node.get('patch_path') else node.get('original_file_path', '?') -%}
  {%- set name = node.source_name ~ '.' ~ node.name if node.get('source_name') else node.name -%}
  {%- set version = ' version ' ~ node.version if node.get('version') is not none else '' -%}
  {{ return(file ~ ': ' ~ node.get('resource_type', 'node') ~ ' ' ~ name ~ version ~ (', column ' ~ column if column is not none else '')) }}
{% endmacro %}


{#- What has no relation may inherit a folder's layer, which then has nothing to govern; a block of its own is a mistake. -#}
{% macro _check_materialization(node, columns, where, errors) %}
  {%- set supported = ['table', 'view', 'incremental', 'dynamic_table', 'seed', 'snapshot'] -%}
  {%- set is_inherited = not columns and not snowmesh._meta(node).get('snowmesh') -%}
  {%- set materialized = (node.get('config') or {}).get('materialized') -%}
  {%- if node.resource_type in ['operation', 'sql_operation', 'analysis', 'source'] or (materialized == 'ephemeral' and is_inherited) -%}
    {{ return('') }}
  {%- elif node.resource_type not in ['model', 'seed', 'snapshot'] -%}
    {%- do errors.append(snowmesh._error(
      'not-governable', where, 'a governance block on this kind of node (' ~ node.resource_type ~ ') governs nothing',
      'move it to a model, seed, snapshot or source', ['model', 'seed', 'snapshot', 'source'])) -%}
  {%- elif materialized not in supported -%}
    {%- do errors.append(snowmesh._error(
      'unsupported-materialization', where,
      'a relation materialized as ' ~ materialized ~ ' is not governed by this version',
      'choose a supported materialization, or remove the block', supported, materialized)) -%}
  {%- endif -%}
{% endmacro %}


{#- Snowflake takes 50 tags on an object, and 50 different ones on all columns of a table (T9, T10). -#}
{% macro _check_tag_counts(governance, errors) %}
  {%- set on_columns = {} -%}
  {%- for column in governance.columns -%}
    {%- do on_columns.update(column.tags) -%}
  {%- endfor -%}
  {%- for count, what in [(governance.tags | length, 'tags on the relation'), (on_columns | length, 'different tags on its columns')] if count > 50 -%}
    {%- do errors.append(snowmesh._error(
      'too-many-tags', governance.where, count ~ ' ' ~ what ~ '; Snowflake takes 50', 'remove some tags, or put them into one')) -%}
  {%- endfor -%}
{% endmacro %}
