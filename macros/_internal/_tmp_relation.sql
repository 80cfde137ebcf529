{#- The new rows of an incremental model stand in a relation of dbt's own before they are merged. It must not be masked, because dbt
    would store the masks. A view and a temporary table are seen by the session alone; a real table is seen by whoever has
    rights on everything in its schema. -#}


{#- Whether dbt drops what stands in the place of an incremental model before it renders the CREATE. -#}
{% macro _is_dropped_first(existing) %}
  {%- set format = adapter.build_catalog_relation(config.model).table_format -%}
  {%- set target = this.incorporate(type='table', table_format=format) -%}
  {{ return(existing.is_view or (should_full_refresh() and target.needs_to_drop(existing))) }}
{% endmacro %}


{#- Refuse a real table for the new rows of a governed model when other roles get rights on whatever is created beside it. -#}
{% macro _check_tmp_relation(tmp_relation) %}
  {%- set catalog = adapter.build_catalog_relation(config.model) -%}
  {%- if config.get('tmp_relation_type') == 'transient' or dbt.snowflake__is_catalog_linked_database(catalog_relation=catalog) -%}
    {%- set governance = snowmesh._governance(graph.nodes[model.unique_id], snowmesh._definitions()) -%}
    {%- set readers = snowmesh.list_future_readers(tmp_relation) if governance.is_declared else [] -%}
    {%- if readers -%}
      {%- do snowmesh._raise('snowmesh.apply', [snowmesh._error(
        'readable-tmp-table', governance.where,
        'dbt puts the new rows into the table ' ~ tmp_relation.render() ~ ', which cannot be masked, and future grants let '
          ~ (readers | join(', ')) ~ ' read it',
        'leave tmp_relation_type out or set it to table (a temporary table, which nobody else sees), or send it to a schema without'
          ~ ' future grants with resolve_incremental_tmp_relation')],
        'Nothing was built: ' ~ this.render() ~ ' is as it was before.') -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
