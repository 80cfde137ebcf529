{#- The policies of one type in a schema. https://docs.snowflake.com/en/sql-reference/sql/show-masking-policies

    Args:
      type: 'masking policy', 'row access policy', 'projection policy' or 'aggregation policy'.
      schema: [database, schema]; stored names.

    Returns: {quoted full name: {comment}}. -#}
{% macro list_policies(type, schema) %}
  {%- set policies = {} -%}
  {%- for row in run_query('show ' ~ type[:-1] ~ 'ies in schema ' ~ snowmesh._fqn(schema)) -%}
    {%- do policies.update({snowmesh._fqn(schema + [row['name']]): {'comment': row['comment'] or ''}}) -%}
  {%- endfor -%}
  {{ return(policies) }}
{% endmacro %}
