{#- Governance inside the CREATE of a seed's table. In force only with the dispatch line of snowflake__apply_grants.

    Args:
      model: the seed.
      agate_table: its rows.

    Returns: the statement, which has run. -#}
{% macro snowflake__create_csv_table(model, agate_table) %}
  {%- set columns = snowmesh._seed_columns(model, agate_table) -%}
  {%- set inline = snowmesh._inline(this, false, none, columns) -%}
  {%- if inline is none -%}
    {{ return(dbt.default__create_csv_table(model, agate_table)) }}
  {%- endif -%}
  {%- set sql = snowmesh._governed_seed_sql(this, columns, inline) -%}
  {%- do run_query(sql) -%}
  {{ return(sql) }}
{% endmacro %}
