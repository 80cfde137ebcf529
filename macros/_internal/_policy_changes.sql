{#- The policies that a relation and its columns declare against those that they have. Pure: reads nothing. A policy that this
    project does not define stays; where ours would have to take its place, that is an error: Snowflake takes one. -#}


{#- An error: the place is taken by a policy of somebody else. -#}
{% macro _foreign_policy(where, what, type, policy, key, errors) %}
  {%- do errors.append(snowmesh._error(
    'foreign-policy', where,
    what ~ ' already has the ' ~ type ~ ' ' ~ snowmesh._display_all(policy) ~ ', which this project does not define',
    'take that policy off, or remove ' ~ key ~ ' here')) -%}
{% endmacro %}


{#- Masks set directly on columns. -#}
{% macro _masking_changes(relation, governance, found, current, errors) %}
  {%- set ours = snowmesh._managed(found.masking_policies) -%}
  {%- set to_set, to_unset, declared = [], [], [] -%}
  {%- for column in governance.columns if column.masking_policy is not none -%}
    {%- do declared.append(column.name) -%}
    {%- set has = current.masking_policies.get(column.name) -%}
    {%- set wanted = {
      'column': column.name, 'policy': column.masking_policy.policy.fqn, 'using': column.masking_policy.using,
      'replaces': has is not none
    } -%}
    {%- if has and snowmesh._fqn(has.policy) not in ours -%}
      {%- do snowmesh._foreign_policy(column.where, 'the column', 'masking policy', has.policy, 'masking_policy', errors) -%}
    {%- elif not has or snowmesh._fqn(has.policy) != snowmesh._fqn(wanted.policy) or has.using != wanted.using -%}
      {%- do to_set.append(wanted) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for name, has in current.masking_policies.items() if name not in declared and snowmesh._fqn(has.policy) in ours -%}
    {%- do to_unset.append(name) -%}
  {%- endfor -%}
  {%- set changes = [] -%}
  {%- if to_set -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_column_masking_policies_sql(relation, to_set))) -%}
  {%- endif -%}
  {%- if to_unset -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_masking_policies_sql(relation, to_unset))) -%}
  {%- endif -%}
  {{ return(changes) }}
{% endmacro %}


{#- Projection policies of columns: Snowflake documents no statement for several columns. -#}
{% macro _projection_changes(relation, governance, found, current, errors) %}
  {%- set ours = snowmesh._managed(found.projection_policies) -%}
  {%- set changes, declared = [], [] -%}
  {%- for column in governance.columns if column.projection_policy is not none -%}
    {%- do declared.append(column.name) -%}
    {%- set has = current.projection_policies.get(column.name) -%}
    {%- if has and snowmesh._fqn(has) not in ours -%}
      {%- do snowmesh._foreign_policy(column.where, 'the column', 'projection policy', has, 'projection_policy', errors) -%}
    {%- elif not has or snowmesh._fqn(has) != snowmesh._fqn(column.projection_policy.fqn) -%}
      {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_column_projection_policy_sql(
        relation, column.name, column.projection_policy.fqn, has is not none))) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for name, has in current.projection_policies.items() if name not in declared and snowmesh._fqn(has) in ours -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_projection_policy_sql(relation, name))) -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}


{#- The row access policy of a relation. One that is replaced comes off in the same statement. -#}
{% macro _row_access_changes(relation, governance, found, current, errors) %}
  {%- set declared = governance.row_access_policy -%}
  {%- set ours, others = [], [] -%}
  {%- for has in current.row_access_policies -%}
    {%- do (ours if snowmesh._fqn(has.policy) in snowmesh._managed(found.row_access_policies) else others).append(has) -%}
  {%- endfor -%}
  {%- set changes = [] -%}
  {%- if declared is none -%}
    {%- for has in ours -%}
      {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_drop_row_access_policy_sql(relation, has.policy))) -%}
    {%- endfor -%}
  {%- elif others -%}
    {%- do snowmesh._foreign_policy(governance.where, 'the relation', 'row access policy', others[0].policy, 'row_access_policy', errors) -%}
  {%- elif ours | length != 1 or not snowmesh._is_same_row_access(ours[0], declared) -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_row_access_policy_sql(
      relation, declared.policy.fqn, declared.on, ours | map(attribute='policy') | list))) -%}
  {%- endif -%}
  {{ return(changes) }}
{% endmacro %}


{#- Whether a policy stands on a relation as it is declared. Columns belong to arguments by their position (A5); where every
    argument has a type of its own only one order fits, and another order in the answer means nothing. -#}
{% macro _is_same_row_access(has, declared) %}
  {%- set families = declared.policy.arguments | map(attribute='family') | list -%}
  {%- set is_free = families | unique | list | length == families | length -%}
  {%- set same_columns = has.on == declared.on or (is_free and has.on | sort(case_sensitive=true) == declared.on | sort(case_sensitive=true)) -%}
  {{ return(snowmesh._fqn(has.policy) == snowmesh._fqn(declared.policy.fqn) and same_columns) }}
{% endmacro %}


{#- The aggregation policy of a relation. -#}
{% macro _aggregation_changes(relation, governance, found, current, errors) %}
  {%- set declared = governance.aggregation_policy -%}
  {%- set has = current.aggregation_policies | first | default(none, true) -%}
  {%- set is_ours = has is not none and snowmesh._fqn(has.policy) in snowmesh._managed(found.aggregation_policies) -%}
  {%- set changes = [] -%}
  {%- if declared is none and is_ours -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_aggregation_policy_sql(relation))) -%}
  {%- elif declared is not none and has is not none and not is_ours -%}
    {%- do snowmesh._foreign_policy(governance.where, 'the relation', 'aggregation policy', has.policy, 'aggregation_policy', errors) -%}
  {%- elif declared is not none and not (is_ours and has.policy == declared.policy.fqn and has.entity_key == declared.entity_key) -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_aggregation_policy_sql(
      relation, declared.policy.fqn, declared.entity_key, has is not none))) -%}
  {%- endif -%}
  {{ return(changes) }}
{% endmacro %}
