{#- The tags of a schema. https://docs.snowflake.com/en/sql-reference/sql/show-tags

    Args:
      schema: [database, schema]; stored names.

    Returns: {quoted full name: {allowed_values: [...], comment}}. -#}
{% macro list_tags(schema) %}
  {%- set tags = {} -%}
  {%- for row in run_query('show tags in schema ' ~ snowmesh._fqn(schema)) -%}
    {%- set values = fromjson(row['allowed_values']) if row['allowed_values'] else [] -%}
    {%- do tags.update({snowmesh._fqn(schema + [row['name']]): {'allowed_values': values or [], 'comment': row['comment'] or ''}}) -%}
  {%- endfor -%}
  {{ return(tags) }}
{% endmacro %}
