{#- What a seed declares is checked before --full-refresh drops its table, and set on a kept table before its new rows are there.

    Args:
      model: the seed.
      full_refresh: whether the table is created again.
      old_relation: the table.
      agate_table: its rows.

    Returns: the statement, which has run. -#}
{% macro snowflake__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
  {%- if full_refresh -%}
    {%- do snowmesh._inline(this, false, none, snowmesh._seed_columns(model, agate_table)) -%}
  {%- else -%}
    {%- do snowmesh._govern_kept(old_relation) -%}
  {%- endif -%}
  {{ return(dbt.default__reset_csv_table(model, full_refresh, old_relation, agate_table)) }}
{% endmacro %}
