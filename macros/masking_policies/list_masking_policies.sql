{#- The masking policies of a schema, by name only. https://docs.snowflake.com/en/sql-reference/sql/show-masking-policies

    Args:
      schema: [database, schema]; stored names.

    Returns: [quoted full name]. -#}
{% macro list_masking_policies(schema) %}
  {%- set names = [] -%}
  {%- for row in run_query('show masking policies in schema ' ~ snowmesh._fqn(schema)) -%}
    {%- do names.append(snowmesh._fqn(schema + [row['name']])) -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}
