{#- Put masking policies on a tag.
    https://docs.snowflake.com/en/sql-reference/sql/alter-tag

    Args:
      tag: full name of the tag as stored parts.
      policies: full names of the policies, each as stored parts.
      replaces: whether the tag has a policy of the same data type, which FORCE replaces in one step.

    Returns: one statement. -#}
{% macro get_set_tag_masking_policies_sql(tag, policies, replaces=false) %}
  alter tag {{ snowmesh._fqn(tag) }} set
  {%- for policy in policies %} masking policy {{ snowmesh._fqn(policy) }}{{ ',' if not loop.last }}{% endfor %}{{ ' force' if replaces }}
{% endmacro %}
