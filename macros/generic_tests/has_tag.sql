{#- Fails when the account does not show a tag on a relation, or on a column when it stands there. Tags that come from the
    schema, the database or, for a column, the relation count: they are in force.
    https://docs.snowflake.com/en/sql-reference/functions/tag_references

        columns:
          - name: email
            data_tests:
              - snowmesh.has_tag: {arguments: {tag: pii_data, value: email}}

    Args:
      model: what dbt tests.
      tag: a tag of vars: snowmesh, or db.schema.tag.
      value: its value; any value when left out.
      column_name: dbt gives it for a test of a column.

    Returns: one query; its rows are what is wrong. -#}
{% test has_tag(model, tag, value=none, column_name=none) %}
  {%- if snowmesh._is_building() -%}
    {%- set relation = snowmesh._tested_relation(model, 'has_tag') -%}
    {%- set fqn = snowmesh._tested_definition('tags', tag, 'has_tag') -%}
    {%- set name = snowmesh._string_literal(relation.render()) -%}
    {%- set place = ' on column ' ~ snowmesh._display(snowmesh._stored_column({'name': column_name})) if column_name is not none else '' -%}
    {%- set wanted = ' with the value ' ~ (value | tojson) if value is not none else '' %}
    select {{ snowmesh._string_literal('no tag ' ~ snowmesh._display_all(fqn) ~ wanted ~ place) }} as snowmesh_problem
    from (
      select count(*) as hits
      {%- if column_name is none %}
      from table({{ relation.information_schema() }}.tag_references({{ name }}, 'table'))
      {%- else %}
      from table({{ relation.information_schema() }}.tag_references_all_columns({{ name }}, 'table'))
      {%- endif %}
      where {{ snowmesh._is_named(['tag_database', 'tag_schema', 'tag_name'], fqn) }}
      {%- if column_name is not none %} and column_name = {{ snowmesh._string_literal(snowmesh._stored_column({'name': column_name})) }}{% endif %}
      {%- if value is not none %} and tag_value = {{ snowmesh._string_literal(value) }}{% endif %}
    )
    where hits = 0
  {%- else -%}
    {{ snowmesh._no_problem() }}
  {%- endif %}
{% endtest %}
