{#- Call macros of the package, private ones too, and print their results as JSON, one a line: how the tests reach what
    renders or decides without a connection. -#}
{% macro call_macros(calls) %}
  {%- for call in calls -%}
    {%- do print('RESULT ' ~ tojson(snowmesh[call.macro](**call.arguments))) -%}
  {%- endfor -%}
{% endmacro %}
