{#- Take every privilege on a relation from a role. https://docs.snowflake.com/en/sql-reference/sql/revoke-privilege

    Args:
      relation: the table or view.
      role: stored name.

    Returns: one statement. -#}
{% macro get_revoke_all_sql(relation, role) %}
  revoke all privileges on {{ 'view' if relation.is_view else 'table' }} {{ relation.render() }} from role {{ snowmesh._identifier(role) }}
{% endmacro %}
