{#- Fails for every role, database role, user or share that has a privilege on a relation and is not named here. The owner
    counts as named. Roles above a named one have what it has (https://docs.snowflake.com/en/sql-reference/sql/show-grants).

        data_tests:
          - snowmesh.is_granted_only_to: {arguments: {roles: [analyst_role], database_roles: [reader], privileges: [select]}}

    Args:
      model: what dbt tests.
      roles: roles that may have privileges.
      database_roles: database roles that may, each as reader or db.reader.
      privileges: look at these alone; at all when left out.

    Returns: one query; its rows are what is wrong. -#}
{% test is_granted_only_to(model, roles=[], database_roles=[], privileges=none) %}
  {%- if snowmesh._is_building() -%}
    {%- set relation = snowmesh._tested_relation(model, 'is_granted_only_to') -%}
    {%- set named = {
      'ROLE': snowmesh._tested_names(roles, 'roles', 'is_granted_only_to'),
      'DATABASE_ROLE': snowmesh._tested_names(database_roles, 'database_roles', 'is_granted_only_to')} -%}
    {%- set looked_at = none if privileges is none else privileges | map('upper') | list -%}
    {%- set problems = [] -%}
    {%- for row in run_query(get_show_grant_sql(relation)) if row['privilege'] != 'OWNERSHIP' and (looked_at is none or row['privilege'] in looked_at) -%}
      {%- set grantee = row['grantee_name'].split('.')[-1] if row['granted_to'] == 'DATABASE_ROLE' else row['grantee_name'] -%}
      {%- if grantee not in named.get(row['granted_to'], []) -%}
        {%- do problems.append(row['privilege'] ~ ' is granted to ' ~ (row['granted_to'] | lower | replace('_', ' ')) ~ ' ' ~ snowmesh._display(grantee)) -%}
      {%- endif -%}
    {%- endfor -%}
    {{ snowmesh._problems(problems) }}
  {%- else -%}
    {{ snowmesh._no_problem() }}
  {%- endif %}
{% endtest %}
