{#- A table model that stands there as something else is dropped by dbt before its CREATE is rendered, and so before it is checked.
    The drop waits until the check has passed. In force only with the dispatch line of snowflake__apply_grants.

    Args:
      relation: what dbt drops. -#}
{% macro snowflake__drop_relation(relation) %}
  {%- if snowmesh._is_checked_later(relation) -%}
    {%- do snowmesh._run_memory().setdefault('to_drop', {}).update({snowmesh._name_key(relation): relation}) -%}
  {%- else -%}
    {{ return(dbt.default__drop_relation(relation)) }}
  {%- endif -%}
{% endmacro %}
