{#- Attach a row access policy, in one step with taking off what is there: never a moment with another set of rows than the old
    or the new one. https://docs.snowflake.com/en/sql-reference/sql/alter-table

    Args:
      relation: the table, view or dynamic table.
      policy: stored parts.
      columns: stored names of the columns for the policy's arguments, in their order.
      replaces: stored parts of the policies that come off.

    Returns: one statement. -#}
{% macro get_set_row_access_policy_sql(relation, policy, columns, replaces=[]) %}
  {{ snowmesh._alter(relation) }}
  {%- for other in replaces %} drop row access policy {{ snowmesh._fqn(other) }},{% endfor %} add row access policy {{ snowmesh._fqn(policy) }} on ({{ snowmesh._identifiers(columns) }})
{% endmacro %}
