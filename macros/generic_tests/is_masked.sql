{#- Fails when no masking policy is in force on a column, set directly or brought by a tag. A view that selects from a masked
    table shows masked values and has no policy of its own: test the table, or use is_masked_for.
    https://docs.snowflake.com/en/sql-reference/functions/policy_references

        columns:
          - name: email
            data_tests:
              - snowmesh.is_masked

    Args:
      model: what dbt tests.
      column_name: dbt gives it.
      policy: a masking policy of vars: snowmesh, or db.schema.policy; any when left out.

    Returns: one query; its rows are what is wrong. -#}
{% test is_masked(model, column_name=none, policy=none) %}
  {%- if snowmesh._is_building() -%}
    {%- set column = snowmesh._tested_column(column_name, 'is_masked') -%}
    {%- set fqn = none if policy is none else snowmesh._tested_definition('masking_policies', policy, 'is_masked') %}
    select {{ snowmesh._string_literal('column ' ~ snowmesh._display(column) ~ ' has no '
      ~ ('masking policy' if fqn is none else 'masking policy ' ~ snowmesh._display_all(fqn)) ~ ' in force') }} as snowmesh_problem
    from ({{ snowmesh._count_policies(snowmesh._tested_relation(model, 'is_masked'), 'MASKING_POLICY', fqn) }}
      and ref_column_name = {{ snowmesh._string_literal(column) }} and policy_status = 'ACTIVE'
    )
    where hits = 0
  {%- else -%}
    {{ snowmesh._no_problem() }}
  {%- endif %}
{% endtest %}
