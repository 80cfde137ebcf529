{#- Governance before grants, for every materialization: dbt grants on views, seeds and snapshots before the post-hooks.
    In force only when the root project asks for it:

        dispatch:
          - {macro_namespace: dbt, search_order: [<your project>, snowmesh, dbt]}

    Args:
      relation: what dbt built.
      grant_config: the node's grants.
      should_revoke: whether dbt looks for earlier grants. -#}
{% macro snowflake__apply_grants(relation, grant_config, should_revoke=true) %}
  {%- if model.resource_type in ['model', 'seed', 'snapshot'] -%}
    {%- do snowmesh._apply_to(relation) -%}
    {%- do snowmesh._grant_database_roles(relation, graph.nodes[model.unique_id]) -%}
  {%- endif -%}
  {{ return(dbt.default__apply_grants(relation, grant_config, should_revoke)) }}
{% endmacro %}
