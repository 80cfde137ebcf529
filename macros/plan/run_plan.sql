{#- Run the changes of a plan in order. The only macro of the package that changes anything.

    Args:
      changes: the list of changes, as the plan macros return it. -#}
{% macro run_plan(changes) %}
  {%- for change in changes -%}
    {%- do log('snowmesh: [' ~ loop.index ~ '/' ~ loop.length ~ '] ' ~ change.action ~ ' ' ~ change.object_type ~ ' ' ~ change.name) -%}
    {%- do run_query(change.sql) -%}
  {%- endfor -%}
{% endmacro %}
