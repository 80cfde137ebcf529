{#- Fails when a relation has no row access policy, or not the one that is named, or not on these columns.
    https://docs.snowflake.com/en/sql-reference/functions/policy_references

        data_tests:
          - snowmesh.has_row_access_policy: {arguments: {policy: own_region, columns: [region]}}

    Args:
      model: what dbt tests.
      policy: a row access policy of vars: snowmesh, or db.schema.policy; any when left out.
      columns: the columns by which it decides, in the order of its arguments; any when left out.

    Returns: one query; its rows are what is wrong. -#}
{% test has_row_access_policy(model, policy=none, columns=none) %}
  {%- if snowmesh._is_building() -%}
    {%- set fqn = none if policy is none else snowmesh._tested_definition('row_access_policies', policy, 'has_row_access_policy') -%}
    {%- set stored = [] -%}
    {%- for column in columns or [] -%}
      {%- do stored.append(snowmesh._stored_column({'name': column})) -%}
    {%- endfor %}
    select {{ snowmesh._string_literal('no row access policy' ~ ('' if fqn is none else ' ' ~ snowmesh._display_all(fqn))
      ~ snowmesh._columns_text(' on', stored)) }} as snowmesh_problem
    from ({{ snowmesh._count_policies(snowmesh._tested_relation(model, 'has_row_access_policy'), 'ROW_ACCESS_POLICY', fqn) }}
      {%- if columns is not none %} and parse_json(ref_arg_column_names) = parse_json({{ snowmesh._string_literal(tojson(stored)) }}){% endif %}
    )
    where hits = 0
  {%- else -%}
    {{ snowmesh._no_problem() }}
  {%- endif %}
{% endtest %}
