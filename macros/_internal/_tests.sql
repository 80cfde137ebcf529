{#- What the generic tests have in common. -#}


{#- The relation under test as it is in the account. Raises when there is none, or when dbt gives a part of it. -#}
{% macro _tested_relation(model, test) %}
  {%- if model is string -%}
    {%- do snowmesh._refuse_test(test, snowmesh._error(
      'where-of-live-state', 'config where', 'a test of tags, policies or grants has no rows to choose from', 'remove where from this test')) -%}
  {%- endif -%}
  {%- set quoted = model.quote_policy.identifier -%}
  {%- set built = adapter.get_relation(
    database=model.database, schema=model.schema, identifier=snowmesh._identifier(model.identifier) if quoted else model.identifier) -%}
  {%- if built is none -%}
    {%- do snowmesh._refuse_test(test, snowmesh._error(
      'relation-not-found', model.render(),
      'the relation does not exist, or the role ' ~ target.role ~ ' cannot see it', 'build it, or grant the role access')) -%}
  {%- endif -%}
  {{ return(model.incorporate(type=built.type)) }}
{% endmacro %}


{#- The stored name of the column under test. -#}
{% macro _tested_column(column_name, test) %}
  {%- if column_name is none -%}
    {%- do snowmesh._refuse_test(test, snowmesh._error(
      'no-column', 'data_tests', 'this test is about a column', 'move it under the column, or add column_name to its arguments')) -%}
  {%- endif -%}
  {{ return(snowmesh._stored_column({'name': column_name})) }}
{% endmacro %}


{#- The stored parts of a definition of this project, or of a name in full. -#}
{% macro _tested_definition(kind, written, test) %}
  {%- set parts = snowmesh._stored_parts(written) or [] -%}
  {%- if parts | length == 3 -%}
    {{ return(parts) }}
  {%- endif -%}
  {%- set known = snowmesh._definitions().get(kind, {}) -%}
  {%- if parts | length != 1 or parts[0] not in known -%}
    {%- do snowmesh._refuse_test(test, snowmesh._error(
      'unknown-definition', 'vars: snowmesh: ' ~ kind, (written | tojson) ~ ' is not defined there, and is no name in full',
      'correct the name, or write db.schema.name', known.values() | map(attribute='written') | list, written)) -%}
  {%- endif -%}
  {{ return(known[parts[0]].fqn) }}
{% endmacro %}


{#- The stored last parts of a list of names. -#}
{% macro _tested_names(written, argument, test) %}
  {%- set errors, names = [], [] -%}
  {%- for name in snowmesh._texts(written, 'argument ' ~ argument, errors) -%}
    {%- set parts = snowmesh._stored_parts(name) -%}
    {%- do names.append(parts[-1]) if parts is not none else errors.append(snowmesh._error(
      'not-an-identifier', 'argument ' ~ argument, (name | tojson) ~ ' is not a name of a role',
      'write the name as in SQL; with blanks or small letters in double quotes')) -%}
  {%- endfor -%}
  {%- do snowmesh._refuse_test(test, errors[0]) if errors -%}
  {{ return(names) }}
{% endmacro %}


{#- The stored name of a role that exists: for another one every policy would mask. -#}
{% macro _tested_role(written) %}
  {%- set name = snowmesh._stored(written) -%}
  {%- set memory = snowmesh._run_memory() -%}
  {%- if 'roles' not in memory -%}
    {%- do memory.update({'roles': snowmesh.list_roles()}) -%}
  {%- endif -%}
  {%- if name not in memory.roles -%}
    {%- do snowmesh._refuse_test('is_masked_for', snowmesh._error(
      'unknown-role', 'argument role', 'the role ' ~ (written | tojson) ~ ' does not exist, or the role ' ~ target.role ~ ' cannot see it',
      'correct the name', memory.roles, written)) -%}
  {%- endif -%}
  {{ return(name) }}
{% endmacro %}


{#- A test that cannot be carried out is an error, whatever its severity. -#}
{% macro _refuse_test(test, error) %}
  {%- do snowmesh._raise('snowmesh.' ~ test, [error], 'The test was not carried out.') -%}
{% endmacro %}


{#- `a = 'x' and b = 'y'`. -#}
{% macro _is_named(columns, parts) %}
  {%- set conditions = [] -%}
  {%- for column in columns -%}
    {%- do conditions.append(column ~ ' = ' ~ snowmesh._string_literal(parts[loop.index0])) -%}
  {%- endfor -%}
  {{ return(conditions | join(' and ')) }}
{% endmacro %}


{#- `select count(*) as hits ... where ...`: the policies of a kind on a relation; more conditions may follow. -#}
{% macro _count_policies(relation, kind, fqn) %}
  {%- set name = snowmesh._string_literal(relation.render()) %}
      select count(*) as hits
      from table({{ relation.information_schema() }}.policy_references(
        ref_entity_name => {{ name }}, ref_entity_domain => '{{ "VIEW" if relation.is_view else "TABLE" }}'))
      where policy_kind = '{{ kind }}'
      {%- if fqn is not none %} and {{ snowmesh._is_named(['policy_db', 'policy_schema', 'policy_name'], fqn) }}{% endif %}
{%- endmacro %}


{#- The values of a column as texts, and in how many rows each stands. -#}
{% macro _values_query(relation, column) %}
  {%- set name = snowmesh._identifier(column) -%}
  {{ return('select cast(' ~ name ~ ' as varchar) as seen_value, count(*) as seen_rows from ' ~ relation.render()
    ~ ' where ' ~ name ~ ' is not null group by 1') }}
{% endmacro %}


{#- A query as policies answer it when one role is active and no other. -#}
{% macro _as_role(role, query) %}
  {{ return('execute using policy_context(current_role => ' ~ snowmesh._string_literal(role) ~ ') as ' ~ query) }}
{% endmacro %}


{#- Texts as rows, or no row. -#}
{% macro _problems(problems) %}
  {%- if not problems -%}
    {{ return(snowmesh._no_problem()) }}
  {%- endif -%}
  {%- set rows = [] -%}
  {%- for problem in problems -%}
    {%- do rows.append('select ' ~ snowmesh._string_literal(problem) ~ ' as snowmesh_problem') -%}
  {%- endfor -%}
  {{ return(rows | join('\nunion all\n')) }}
{% endmacro %}


{#- The result of a test without findings. -#}
{% macro _no_problem() %}
  {{ return("select '' as snowmesh_problem where false") }}
{% endmacro %}
