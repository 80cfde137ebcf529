{#- What a relation has now. -#}


{#- The state of a relation that was just created: CREATE OR REPLACE loses tags and policies, so nothing is looked up. -#}
{% macro _no_state() %}
  {{ return({'tags': {}, 'column_tags': {}, 'masking_policies': {}}) }}
{% endmacro %}


{#- Tags and direct masks of a relation in one query:
    {tags: {name: value}, column_tags: {column: {name: value}}, masking_policies: {column: {policy, using}}}. -#}
{% macro _relation_state(relation) %}
  {%- set state = snowmesh._no_state() -%}
  {%- for row in run_query(snowmesh.get_relation_state_sql(relation)) -%}
    {%- set kind, column, name = row[0], row[1], row[2:5] | list -%}
    {%- if kind == 'MASKING_POLICY' -%}
      {%- do state.masking_policies.update({column: {'policy': name, 'using': snowmesh._using(column, row[6])}}) -%}
    {%- elif row[7] in ['INHERITED', 'PROPAGATED', 'CLASSIFIED'] -%}
      {#- not set by anybody's ALTER on this object, so not ours to change -#}
    {%- elif kind == 'COLUMN' -%}
      {%- do state.column_tags.setdefault(column, {}).update({snowmesh._fqn(name): row[5]}) -%}
    {%- else -%}
      {%- do state.tags.update({snowmesh._fqn(name): row[5]}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(state) }}
{% endmacro %}


{#- The deciding columns of a conditional mask, from Snowflake's JSON list; the masked column itself is left out. -#}
{% macro _using(column, json) %}
  {{ return(fromjson(json) | reject('equalto', column) | list if json else []) }}
{% endmacro %}
