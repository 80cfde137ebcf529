{#- One query for all tags and direct masking policies of a relation and its columns.
    https://docs.snowflake.com/en/sql-reference/functions/tag_references_all_columns

    Args:
      relation: the relation to read.

    Returns: kind, column, database, schema, name, value, using, apply method. -#}
{% macro get_relation_state_sql(relation) %}
  {%- set schema = relation.information_schema() -%}
  {%- set name = snowmesh._string_literal(relation.render()) -%}
  select
    'TABLE' as kind, null as column_name, tag_database as object_database, tag_schema as object_schema,
    tag_name as object_name, tag_value as value, null as using_columns, apply_method as apply_method
  from table({{ schema }}.tag_references({{ name }}, 'table'))
  where level = 'TABLE'
  union all
  select 'COLUMN', column_name, tag_database, tag_schema, tag_name, tag_value, null, apply_method
  from table({{ schema }}.tag_references_all_columns({{ name }}, 'table'))
  where level = 'COLUMN'
  union all
  select policy_kind, ref_column_name, policy_db, policy_schema, policy_name, null, ref_arg_column_names, null
  from table({{ schema }}.policy_references(ref_entity_name => {{ name }}, ref_entity_domain => '{{ "VIEW" if relation.is_view else "TABLE" }}'))
  where policy_kind = 'MASKING_POLICY' and tag_name is null
{% endmacro %}
