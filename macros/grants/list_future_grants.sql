{#- The future grants on relations of a schema. https://docs.snowflake.com/en/sql-reference/sql/show-grants

    Args:
      schema: [database, schema]; stored names.

    Returns: [{type: 'TABLES', privilege, grantee: {type: 'ROLE' or 'DATABASE_ROLE', name}}]. -#}
{% macro list_future_grants(schema) %}
  {%- set grants = [] -%}
  {%- for row in run_query('show future grants in schema ' ~ snowmesh._fqn(schema)) -%}
    {%- do grants.append({
      'type': row['grant_on'].replace('_', ' ') ~ 'S', 'privilege': row['privilege'],
      'grantee': {'type': row['grant_to'], 'name': row['grantee_name'].split('.')[-1] if row['grant_to'] == 'DATABASE_ROLE' else row['grantee_name']}
    }) -%}
  {%- endfor -%}
  {{ return(grants) }}
{% endmacro %}
