{#- Set an aggregation policy on a relation. FORCE replaces another in one step.
    https://docs.snowflake.com/en/sql-reference/sql/alter-table

    Args:
      relation: the table, view or dynamic table.
      policy: stored parts.
      entity_key: stored names of the columns that make an entity, or [].
      replaces: whether there is another policy.

    Returns: one statement. -#}
{% macro get_set_aggregation_policy_sql(relation, policy, entity_key, replaces=false) %}
  {{ snowmesh._alter(relation) }} set aggregation policy {{ snowmesh._fqn(policy) }}
  {%- if entity_key %} entity key ({{ snowmesh._identifiers(entity_key) }}){% endif %}{{ ' force' if replaces }}
{% endmacro %}
