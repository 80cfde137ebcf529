{#- The columns of an earlier result of this session, with data types as a CREATE takes them.
    https://docs.snowflake.com/en/sql-reference/sql/desc-result

    Args:
      query_id: of the query.

    Returns: one statement. -#}
{% macro get_describe_result_sql(query_id) %}
  describe result {{ snowmesh._string_literal(query_id) }}
{% endmacro %}
