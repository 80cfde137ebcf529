{#- Set masking policies on columns, all in one ALTER. FORCE replaces a policy in one step, with no gap.
    https://docs.snowflake.com/en/sql-reference/sql/alter-table-column

    Args:
      relation: the table or view.
      assignments: [{column: stored name, policy: stored parts, using: [stored names of deciding columns],
        replaces: whether the column has another policy}].

    Returns: one statement. -#}
{% macro get_set_column_masking_policies_sql(relation, assignments) %}
  {{ snowmesh._alter(relation) }} modify
  {%- for item in assignments %}
  column {{ snowmesh._identifier(item.column) }} set masking policy {{ snowmesh._fqn(item.policy) }}
    {%- if item.using %} using ({{ snowmesh._identifiers([item.column] + item.using) }}){% endif %}
    {{- ' force' if item.replaces }}{{ ',' if not loop.last }}
  {%- endfor %}
{% endmacro %}
