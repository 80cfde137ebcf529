{#- The governance block of a node or column, as it stands in meta: found, merged, its keys checked. -#}


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
  {%- set meta = (owner.get('config') or {}).get('meta') or owner.get('meta') or {} -%}
  {%- if meta | length == 1 and meta.snowmesh is mapping and not owner.get('source_meta') -%}
    {{ return(meta.snowmesh) }}
  {%- endif -%}
  {%- for key, layer in meta.items() if (key | string).startswith('snowmesh_') -%}
    {%- set merged.block = snowmesh._merged(merged.block, snowmesh._mapping(layer, where ~ ', meta.' ~ key, errors)) -%}
  {%- endfor -%}
  {#- a source gives its block to its tables; dbt keeps only the table's when both have one, and the source's beside it -#}
  {%- for level in [owner.get('source_meta') or {}, meta] if 'snowmesh' in level -%}
    {#- snowmesh: null stops everything that was given -#}
    {%- set inherited = merged.block if level.snowmesh is not none else {} -%}
    {%- set merged.block = snowmesh._merged(inherited, snowmesh._mapping(level.snowmesh, where ~ ', meta.snowmesh', errors)) -%}
  {%- endfor -%}
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
  {%- set meta = (owner.get('config') or {}).get('meta') or owner.get('meta') or {} -%}
  {%- for key in meta if key != 'snowmesh' and not (key | string).startswith('snowmesh_') -%}
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
