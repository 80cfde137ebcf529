{% macro count_colors() %}
  {% set found = run_query("select count(*) from " ~ ref('colors')) %}
  {% if found.rows[0][0] != 3 %}{{ exceptions.raise_compiler_error("colors: " ~ found.rows[0][0]) }}{% endif %}
{% endmacro %}
