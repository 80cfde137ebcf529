{#- Take masking policies off a tag. https://docs.snowflake.com/en/sql-reference/sql/alter-tag

    Args:
      tag: full name of the tag as stored parts.
      policies: full names of the policies, each as stored parts.

    Returns: one statement. -#}
{% macro get_unset_tag_masking_policies_sql(tag, policies) %}
  alter tag {{ snowmesh._fqn(tag) }} unset
  {%- for policy in policies %} masking policy {{ snowmesh._fqn(policy) }}{{ ',' if not loop.last }}{% endfor %}
{% endmacro %}
