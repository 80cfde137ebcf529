{#- The masking policies on tags, in one query.
    https://docs.snowflake.com/en/sql-reference/functions/policy_references

    Args:
      tags: full names of existing tags, each as stored parts.

    Returns: {quoted full name of the tag: [quoted full names of its policies]}. -#}
{% macro list_tag_masking_policies(tags) %}
  {%- set policies = {} -%}
  {%- if tags -%}
    {%- for row in run_query(snowmesh.get_tag_masking_policies_sql(tags)) -%}
      {%- do policies.setdefault(row[0], []).append(row[1:4] | list) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(policies) }}
{% endmacro %}
