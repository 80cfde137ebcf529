{#- The tags of one level of a governance block. -#}


{#- The tags of one level as {NAME: value}; `inherited` are those which the level above sets. -#}
{% macro _tag_values(raw, inherited, found, where, errors) %}
  {%- set values = {} -%}
  {%- for written, value in (raw if raw is mapping else snowmesh._mapping(raw, where ~ ', tags', errors)).items() -%}
    {%- set name = found.tag_names[written] if written in found.tag_names else snowmesh._stored(written) -%}
    {%- if name not in found.tags -%}
      {%- do errors.append(snowmesh._error(
        'unknown-tag', where, 'unknown tag ' ~ (written | tojson),
        'correct the name, or define it in dbt_project.yml under vars: snowmesh: tags',
        found.tags.values() | map(attribute='written') | list, written)) -%}
    {%- elif value is none -%}
      {%- do values.pop(name, none) -%}
      {%- do snowmesh._check_stop(written, name in inherited, where, errors) -%}
    {%- elif value is string and value | length <= 256 and value in (found.tags[name].allowed_values or [value]) -%}
      {%- do values.update({name: value}) -%}
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
