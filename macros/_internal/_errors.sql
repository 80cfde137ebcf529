{#- Errors are collected as values and raised once. Every code has an entry in docs/troubleshooting/dbt-package.md. -#}


{#- One error as a value: what is wrong where, what is allowed, what to do next. -#}
{% macro _error(code, where, what, next, allowed=[], word=none) %}
  {%- set nearest = snowmesh._nearest(word, allowed) if word is not none and allowed else none -%}
  {{ return({'code': code, 'where': where, 'what': what, 'next': next, 'allowed': allowed, 'nearest': nearest}) }}
{% endmacro %}


{#- Errors as numbered text; a mistake in a folder's layer may repeat for hundreds of models. -#}
{% macro _error_text(errors) %}
  {%- set lines = [] -%}
  {%- for error in errors[:50] -%}
    {%- do lines.append('  ' ~ loop.index ~ '. [' ~ error.code ~ '] ' ~ error.where ~ ': ' ~ error.what ~ '.') -%}
    {%- if error.allowed -%}
      {%- set hint = ' Did you mean ' ~ error.nearest ~ '?' if error.nearest is not none else '' -%}
      {%- set more = ', and ' ~ (error.allowed | length - 20) ~ ' more' if error.allowed | length > 20 else '' -%}
      {%- do lines.append('     Allowed: ' ~ (error.allowed[:20] | join(', ')) ~ more ~ '.' ~ hint) -%}
    {%- endif -%}
    {%- do lines.append('     Next: ' ~ error.next ~ '.') -%}
  {%- endfor -%}
  {%- if errors | length > 50 -%}
    {%- do lines.append('  ... and ' ~ (errors | length - 50) ~ ' more.') -%}
  {%- endif -%}
  {{ return(lines | join('\n')) }}
{% endmacro %}


{#- Raise all errors at once; `outcome` says what was done and what was not. -#}
{% macro _raise(caller_name, errors, outcome) %}
  {%- set count = '1 error' if errors | length == 1 else (errors | length) ~ ' errors' -%}
  {%- do exceptions.raise_compiler_error(
    caller_name ~ ': ' ~ count ~ ' in the governance of this project. ' ~ outcome ~ '\n'
    ~ snowmesh._error_text(errors)
    ~ '\n  Each [code] is explained in docs/troubleshooting/dbt-package.md of snowmesh.'
  ) -%}
{% endmacro %}


{#- Append an error for each key of a mapping that is not allowed there. -#}
{% macro _check_keys(raw, allowed, where, errors) %}
  {%- for key in raw if key not in allowed -%}
    {%- do errors.append(snowmesh._error(
      'unknown-key', where, 'unknown key "' ~ key ~ '"', 'correct or remove the key', allowed, key)) -%}
  {%- endfor -%}
{% endmacro %}


{#- A value that must be a mapping: the mapping ({} for null), or {} with an error. -#}
{% macro _mapping(raw, where, errors) %}
  {%- if raw is none or raw is mapping -%}
    {{ return(raw or {}) }}
  {%- endif -%}
  {%- do errors.append(snowmesh._error(
    'not-a-mapping', where, 'a mapping (key: value) is expected, not ' ~ (raw | tojson), 'write it as key: value')) -%}
  {{ return({}) }}
{% endmacro %}


{#- A value that must be a list of texts: the list ([] for null), or [] with an error. -#}
{% macro _texts(raw, where, errors) %}
  {%- if raw is none -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set good = raw is iterable and raw is not string and raw is not mapping -%}
  {%- if good and raw | reject('string') | list | length == 0 -%}
    {{ return(raw | list) }}
  {%- endif -%}
  {%- do errors.append(snowmesh._error(
    'not-a-list', where, 'a list of texts is expected, not ' ~ (raw | tojson),
    'write a list, and put numbers and true/false in quotes')) -%}
  {{ return([]) }}
{% endmacro %}


{#- One element of a list of names as its stored form, or none with an error. -#}
{% macro _checked_name(written, where, errors) %}
  {%- set name = snowmesh._stored(written) -%}
  {%- if name is none -%}
    {%- do errors.append(snowmesh._error(
      'not-an-identifier', where, (written | tojson) ~ ' is not one identifier',
      'begin with a letter or _ and use letters, digits, _ and $; anything else goes into double quotes inside the YAML text')) -%}
  {%- endif -%}
  {{ return(name) }}
{% endmacro %}
