{#- dbt drops what stands in the way of a relation of another type. A build that is refused must not have dropped anything. -#}


{#- Whether dbt drops the relation on its way to a table that is governed, and is going to ask for the table's CREATE. The drop
    runs in a context without a node, so the node is looked up by its name. -#}
{% macro _is_checked_later(relation) %}
  {%- if flags.WHICH in ['run', 'build'] -%}
    {%- set key = snowmesh._name_key(relation) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'table' -%}
      {%- if snowmesh._name_key(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) == key -%}
        {%- set governance = snowmesh._governance(node, snowmesh._definitions()) -%}
        {{ return(governance.is_declared) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(false) }}
{% endmacro %}


{#- A relation's name as dbt compares names. -#}
{% macro _name_key(relation) %}
  {{ return((relation.database ~ '.' ~ relation.schema ~ '.' ~ relation.identifier) | lower) }}
{% endmacro %}


{#- Drop now what waited for the check. -#}
{% macro _drop_waiting(relation) %}
  {%- set waiting = snowmesh._run_memory().get('to_drop', {}).pop(snowmesh._name_key(relation), none) -%}
  {%- do dbt.default__drop_relation(waiting) if waiting is not none -%}
{% endmacro %}
