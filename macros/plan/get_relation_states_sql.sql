{#- One query for all tags and policies of several relations and their columns: three table functions for each relation, which
    take constants only, in one statement. ACCOUNT_USAGE would need one call, and is hours late.
    https://docs.snowflake.com/en/sql-reference/functions/tag_references_all_columns
    https://docs.snowflake.com/en/sql-reference/functions/policy_references

    Args:
      relations: existing tables and views, at most 100.

    Returns: one statement; number of the relation, kind, column, database, schema, name, value, argument columns, origin. -#}
{% macro get_relation_states_sql(relations) %}
  {%- for relation in relations %}
  {%- set schema = relation.information_schema() %}
  {%- set name = snowmesh._string_literal(relation.render()) %}
  select
    {{ loop.index0 }} as relation, 'TABLE' as kind, null as column_name, tag_database as object_database,
    tag_schema as object_schema, tag_name as object_name, tag_value as value, null as argument_columns, apply_method as origin
  from table({{ schema }}.tag_references({{ name }}, 'table'))
  where level = 'TABLE'
  union all
  select {{ loop.index0 }}, 'COLUMN', column_name, tag_database, tag_schema, tag_name, tag_value, null, apply_method
  from table({{ schema }}.tag_references_all_columns({{ name }}, 'table'))
  where level = 'COLUMN'
  union all
  select {{ loop.index0 }}, policy_kind, ref_column_name, policy_db, policy_schema, policy_name, policy_status, ref_arg_column_names,
    iff(tag_name is null, null, 'TAG')
  from table({{ schema }}.policy_references(ref_entity_name => {{ name }}, ref_entity_domain => '{{ "VIEW" if relation.is_view else "TABLE" }}'))
  {{ 'union all' if not loop.last }}
  {%- endfor %}
{% endmacro %}
