{#- A change is a value: what it does to which object, and its one statement. A plan is an ordered list of changes. -#}


{% macro _change(action, object_type, name, sql) %}
  {{ return({'action': action, 'object_type': object_type, 'name': name, 'sql': sql | trim}) }}
{% endmacro %}


{#- A change of a relation. -#}
{% macro _relation_change(action, relation, sql) %}
  {{ return(snowmesh._change(action, 'view' if relation.is_view else 'table', relation.render(), sql)) }}
{% endmacro %}
