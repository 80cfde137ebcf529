{#- Grants of a relation to database roles, which dbt's own grants do not reach: dbt reads and writes those of account roles only. -#}


{#- Bring the grants of each declared privilege in step: grant what is missing, revoke from database roles what is not declared. A
    relation that was just created has none but what future grants and copy_grants gave it. -#}
{% macro _grant_database_roles(relation, node) %}
  {%- set governance = snowmesh._governance(node, snowmesh._definitions()) -%}
  {%- if governance.database_role_grants is not none -%}
    {%- do snowmesh.run_plan(snowmesh._database_role_changes(relation, governance, snowmesh.list_database_role_grants(relation))) -%}
  {%- endif -%}
{% endmacro %}


{#- The changes. `current` is [{privilege, name}]. -#}
{% macro _database_role_changes(relation, governance, current) %}
  {%- set changes = [] -%}
  {%- set on = snowmesh._grantable_type(relation) ~ ' ' ~ relation.render() -%}
  {%- set database = snowmesh._stored_parts(relation.render())[0] -%}
  {%- for privilege, names in (governance.database_role_grants or {}).items() -%}
    {%- set has = current | selectattr('privilege', 'equalto', privilege) | map(attribute='name') | list -%}
    {%- for name in names if name not in has -%}
      {%- do changes.append(snowmesh._relation_change('grant', relation, snowmesh.get_grant_privileges_sql(
        [privilege], on, {'type': 'DATABASE_ROLE', 'name': name}, database))) -%}
    {%- endfor -%}
    {%- for name in has if name not in names -%}
      {%- do changes.append(snowmesh._relation_change('revoke', relation, snowmesh.get_revoke_privileges_sql(
        [privilege], on, {'type': 'DATABASE_ROLE', 'name': name}, database))) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}


{#- What a relation is called in GRANT: a dynamic table is one of its own, an Iceberg table a table. -#}
{% macro _grantable_type(relation) %}
  {{ return('dynamic table' if relation.is_dynamic_table else 'view' if relation.is_view else 'table') }}
{% endmacro %}
