{#- What columns declare. -#}


{#- What one column declares: {name, written, where, tags, masking_policy, projection_policy}. `object_tags` are those of its
    relation, `all_tags` also those of the schema and database. This is called for every column that has meta. -#}
{% macro _column_governance(column, object_tags, all_tags, found, where, errors) %}
  {%- do snowmesh._check_meta(column, where, errors) -%}
  {%- set block = snowmesh._block(column, where, errors) -%}
  {%- if block.keys() | reject('in', ['tags', 'masking_policy', 'projection_policy']) | first is defined -%}
    {%- do snowmesh._check_level(block, ['tags'] + found.column_keys, found.object_keys[1:], 'the whole relation', where, errors) -%}
  {%- endif -%}
  {%- set tags = snowmesh._tag_values(block.get('tags'), object_tags, found, where, errors) if block.get('tags') is not none else {} -%}
  {%- set mask, projection = block.get('masking_policy'), block.get('projection_policy') -%}
  {%- set policy = snowmesh._column_masking_policy(mask, found, where, errors) if mask is not none else none -%}
  {%- if policy is none and tags.keys() | select('in', found.masking_tags) | first is defined -%}
    {%- do snowmesh._check_one_mask(dict(all_tags, **tags), found, where, errors) -%}
  {%- endif -%}
  {{ return({
    'name': snowmesh._stored_column(column), 'written': column.name, 'where': where, 'tags': tags, 'masking_policy': policy,
    'projection_policy': none if projection is none else snowmesh._known_policy('projection_policies', projection, found, where, errors)
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
  {%- set policy = snowmesh._known_policy('masking_policies', long.get('name'), found, where, errors) -%}
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
