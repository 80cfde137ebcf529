{#- Identifiers and literals: the one place where the package quotes them. Names are kept as Snowflake stores them:
    `foo` is FOO, `"foo"` is foo. https://docs.snowflake.com/en/sql-reference/identifiers-syntax -#}


{#- The stored parts of a dotted name as written, or none when the text is no identifier. -#}
{% macro _stored_parts(text) %}
  {%- if text is not string -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set written = modules.re.findall('"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*', text) -%}
  {%- if written | length == 0 or written | join('.') != text | trim -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set parts = [] -%}
  {%- for part in written -%}
    {%- do parts.append(part[1:-1] | replace('""', '"') if part.startswith('"') else part | upper) -%}
  {%- endfor -%}
  {{ return(parts) }}
{% endmacro %}


{#- The stored form of one identifier as written, or none when the text is not one identifier. -#}
{% macro _stored(text) %}
  {%- set parts = snowmesh._stored_parts(text) -%}
  {{ return(parts[0] if parts is not none and parts | length == 1 else none) }}
{% endmacro %}


{#- A stored name as SQL, always in quotes: a tag may be called ORDER. -#}
{% macro _identifier(name) %}
  {{ return('"' ~ (name | replace('"', '""')) ~ '"') }}
{% endmacro %}


{#- Stored names as a comma-separated SQL list. -#}
{% macro _identifiers(names) %}
  {%- set quoted = [] -%}
  {%- for name in names -%}
    {%- do quoted.append(snowmesh._identifier(name)) -%}
  {%- endfor -%}
  {{ return(quoted | join(', ')) }}
{% endmacro %}


{#- Stored name parts as a dotted, quoted name. Also the key by which objects are compared. -#}
{% macro _fqn(parts) %}
  {%- set quoted = [] -%}
  {%- for part in parts -%}
    {%- do quoted.append(snowmesh._identifier(part)) -%}
  {%- endfor -%}
  {{ return(quoted | join('.')) }}
{% endmacro %}


{#- A stored name for people: bare where Snowflake needs no quotes. -#}
{% macro _display(name) %}
  {%- if modules.re.fullmatch('[A-Z_][A-Z0-9_$]*', name) -%}
    {{ return(name) }}
  {%- endif -%}
  {{ return(snowmesh._identifier(name)) }}
{% endmacro %}


{#- Stored name parts for people. -#}
{% macro _display_all(parts) %}
  {%- set shown = [] -%}
  {%- for part in parts -%}
    {%- do shown.append(snowmesh._display(part)) -%}
  {%- endfor -%}
  {{ return(shown | join('.')) }}
{% endmacro %}


{#- A text as a SQL literal; in Snowflake a backslash escapes inside single quotes. -#}
{% macro _string_literal(text) %}
  {{ return("'" ~ (text | replace('\\', '\\\\') | replace("'", "''")) ~ "'") }}
{% endmacro %}


{#- Texts as a comma-separated list of literals. -#}
{% macro _string_literals(texts) %}
  {%- set literals = [] -%}
  {%- for text in texts -%}
    {%- do literals.append(snowmesh._string_literal(text)) -%}
  {%- endfor -%}
  {{ return(literals | join(', ')) }}
{% endmacro %}


{#- `alter table X`, `alter view X`, `alter dynamic table X` or `alter iceberg table X`. -#}
{% macro _alter(relation) %}
  {{ return('alter ' ~ snowmesh._object_type(relation) ~ ' ' ~ relation.render()) }}
{% endmacro %}


{#- What Snowflake calls a relation in ALTER. -#}
{% macro _object_type(relation) %}
  {%- if relation.is_dynamic_table -%}
    {{ return('dynamic table') }}
  {%- elif relation.is_view -%}
    {{ return('view') }}
  {%- endif -%}
  {{ return('iceberg table' if relation.is_iceberg_format else 'table') }}
{% endmacro %}


{#- `is_role_in_session('A') or is_role_in_session('B')` of stored names: it compares texts, letter by letter (I6).
    https://docs.snowflake.com/en/sql-reference/functions/is_role_in_session -#}
{% macro _any_role_in_session(roles) %}
  {%- set tests = [] -%}
  {%- for role in roles -%}
    {%- do tests.append('is_role_in_session(' ~ snowmesh._string_literal(role) ~ ')') -%}
  {%- endfor -%}
  {{ return(tests | join(' or ')) }}
{% endmacro %}
