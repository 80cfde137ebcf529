{#- Fails when a role can see a value of a column. Snowflake answers as if that role were the only active one: what the user of
    the profile may see, and his secondary roles, do not count. A value is seen when it stands in as many rows as it is in, or
    fewer: a mask that is one constant stands in more. Values are compared in the account and never fetched or stored.
    https://docs.snowflake.com/en/sql-reference/functions/policy_context

        columns:
          - name: email
            data_tests:
              - snowmesh.is_masked_for: {arguments: {role: analyst_role}}

    Args:
      model: what dbt tests; the role of the profile must own it, hold APPLY on its policies and see the values.
      role: the role; what it inherits is active too.
      column_name: dbt gives it.

    Returns: one query; its rows are what is wrong. -#}
{% test is_masked_for(model, role, column_name=none) %}
  {%- if snowmesh._is_building() -%}
    {%- set relation = snowmesh._tested_relation(model, 'is_masked_for') -%}
    {%- set column = snowmesh._tested_column(column_name, 'is_masked_for') -%}
    {%- set stored = snowmesh._tested_role(role) -%}
    {%- set values = snowmesh._values_query(relation, column) -%}
    {%- call statement('snowmesh_seen', fetch_result=false) -%}
      {{ snowmesh._as_role(stored, values) }}
    {%- endcall -%}
    {%- set seen = snowmesh._string_literal(load_result('snowmesh_seen').response.query_id) -%}
    {%- set what = 'column ' ~ snowmesh._display(column) %}
    with clear as (
      {{ values }}
    ),
    seen as (
      select * from table(result_scan({{ seen }}))
    )
    select {{ snowmesh._string_literal(what ~ ' shows values to ' ~ snowmesh._display(stored) ~ ': ') }} || count(*) as snowmesh_problem
    from clear join seen on clear.seen_value = seen.seen_value and seen.seen_rows <= clear.seen_rows
    having count(*) > 0
    union all
    select {{ snowmesh._string_literal(what ~ ' has no value to look at, and no masking policy in force') }}
    from ({{ snowmesh._count_policies(relation, 'MASKING_POLICY', none) }}
      and ref_column_name = {{ snowmesh._string_literal(column) }} and policy_status = 'ACTIVE'
    ), (select count(*) as known from clear)
    where hits = 0 and known = 0
  {%- else -%}
    {{ snowmesh._no_problem() }}
  {%- endif %}
{% endtest %}
