{#- What has to come off a column before the column may decide over rows or over another mask (M28, M30, A9). Everything else that
    goes, goes last, when what takes its place is there. Pure: reads nothing. -#}


{#- {masks: [columns], projections: [columns], tags: [{column, tag}]}. -#}
{% macro _taken_first(governance, found, current) %}
  {%- set taken = {'masks': [], 'projections': [], 'tags': []} -%}
  {%- set declared = {} -%}
  {%- for column in governance.columns -%}
    {%- do declared.update({column.name: column}) -%}
  {%- endfor -%}
  {%- for name in snowmesh._deciding_columns(governance) -%}
    {%- set column = declared.get(name, {'tags': {}, 'masking_policy': none, 'projection_policy': none}) -%}
    {%- set mask, projection = current.masking_policies.get(name), current.projection_policies.get(name) -%}
    {%- if mask and column.masking_policy is none and snowmesh._fqn(mask.policy) in snowmesh._managed(found.masking_policies) -%}
      {%- do taken.masks.append(name) -%}
    {%- endif -%}
    {%- if projection and column.projection_policy is none and snowmesh._fqn(projection) in snowmesh._managed(found.projection_policies) -%}
      {%- do taken.projections.append(name) -%}
    {%- endif -%}
    {%- for key, tag in found.tags.items() if tag.masking_policies and key not in column.tags and snowmesh._fqn(tag.fqn) in current.column_tags.get(name, {}) -%}
      {%- do taken.tags.append({'column': name, 'tag': tag.fqn}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(taken) }}
{% endmacro %}


{#- The columns by which declared policies decide, each once. -#}
{% macro _deciding_columns(governance) %}
  {%- set names = [] -%}
  {%- do names.extend(governance.row_access_policy.on) if governance.row_access_policy is not none -%}
  {%- for column in governance.columns if column.masking_policy is not none -%}
    {%- do names.extend(column.masking_policy.using) -%}
  {%- endfor -%}
  {{ return(names | unique(case_sensitive=true) | list) }}
{% endmacro %}


{#- The changes that take it off. -#}
{% macro _taken_first_changes(relation, taken) %}
  {%- set statements = [] -%}
  {%- do statements.append(snowmesh.get_unset_column_masking_policies_sql(relation, taken.masks)) if taken.masks -%}
  {%- for column in taken.projections -%}
    {%- do statements.append(snowmesh.get_unset_column_projection_policy_sql(relation, column)) -%}
  {%- endfor -%}
  {%- for batch in taken.tags | batch(100) -%}
    {%- do statements.append(snowmesh.get_unset_column_tags_sql(relation, batch)) -%}
  {%- endfor -%}
  {%- set changes = [] -%}
  {%- for sql in statements -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, sql)) -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}


{#- A state after that. -#}
{% macro _without(current, taken) %}
  {%- set after = dict(current, masking_policies=dict(current.masking_policies), projection_policies=dict(current.projection_policies), column_tags={}) -%}
  {%- for name in taken.masks -%}
    {%- do after.masking_policies.pop(name) -%}
  {%- endfor -%}
  {%- for name in taken.projections -%}
    {%- do after.projection_policies.pop(name) -%}
  {%- endfor -%}
  {%- for name, tags in current.column_tags.items() -%}
    {%- do after.column_tags.update({name: dict(tags)}) -%}
  {%- endfor -%}
  {%- for item in taken.tags -%}
    {%- do after.column_tags[item.column].pop(snowmesh._fqn(item.tag)) -%}
  {%- endfor -%}
  {{ return(after) }}
{% endmacro %}
