{#- dbt clone. CREATE TABLE ... CLONE takes no clauses, and carries the tags and policies of its source (M52, T49). -#}


{#- What to clone, so that the clone has what this project declares from its first moment: the source itself where it has that, else
    a temporary clone of it, governed. Raises every error at once, before anything is created. -#}
{% macro _governed_source(relation, source) %}
  {%- set found = snowmesh._definitions() -%}
  {%- set governance = snowmesh._governance(graph.nodes[model.unique_id], found) -%}
  {%- do snowmesh._forget_state(relation) -%}
  {%- if not (governance.is_declared or snowmesh._has_definitions(found)) -%}
    {{ return(source) }}
  {%- endif -%}
  {%- set private = relation.incorporate(path={'identifier': relation.identifier ~ '__snowmesh_clone'}, type='table') -%}
  {%- set plan = snowmesh._clone_plan(private, source, governance, found) -%}
  {%- set errors = found.errors + governance.errors + plan.errors -%}
  {%- if plan.changes and not config.get('transient', true) -%}
    {%- do errors.append(snowmesh._permanent_clone(governance, source)) -%}
  {%- endif -%}
  {%- if errors -%}
    {%- do snowmesh._raise('snowmesh.apply', errors, 'Nothing was cloned: ' ~ relation.render() ~ ' is as it was before.') -%}
  {%- endif -%}
  {%- do snowmesh._set_done(this.incorporate(type='table')) -%}
  {%- if not plan.changes -%}
    {{ return(source) }}
  {%- endif -%}
  {%- do run_query('create or replace temporary table ' ~ private.render() ~ ' clone ' ~ source.render()) -%}
  {%- do snowmesh.run_plan(plan.changes) -%}
  {{ return(private) }}
{% endmacro %}


{#- What a clone of the source needs: {changes, errors}. What the source has of the environment that it comes from gives way. -#}
{% macro _clone_plan(relation, source, governance, found) %}
  {%- set current = snowmesh._read_states([source])[snowmesh._relation_key(source)] -%}
  {%- set given_way = snowmesh._give_way(relation, current, found) -%}
  {%- set columns = adapter.get_columns_in_relation(source) if snowmesh._names_columns(governance) else [] -%}
  {%- set plan = snowmesh._relation_plan(relation, governance, found, current, columns) -%}
  {%- do plan.errors.extend(snowmesh._missing_objects(governance, found)) if not plan.errors -%}
  {{ return({'changes': given_way + plan.changes, 'errors': plan.errors}) }}
{% endmacro %}


{#- Take off a private clone what the source's environment put on it: tags and policies with the names of ours, in another schema. They
    are left out of `current` too. Nobody sees the clone yet, so that nothing is uncovered. -#}
{% macro _give_way(relation, current, found) %}
  {%- set changes = [] -%}
  {%- set tags = [] -%}
  {%- for column, names in current.column_tags.items() -%}
    {%- for parts in snowmesh._counterparts(names, found.tags, found) -%}
      {%- do tags.append({'column': column, 'tag': parts}) -%}
      {%- do names.pop(snowmesh._fqn(parts)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for batch in tags | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {%- set own = [] -%}
  {%- for parts in snowmesh._counterparts(current.tags, found.tags, found) -%}
    {%- do own.append({'tag': parts}) -%}
    {%- do current.tags.pop(snowmesh._fqn(parts)) -%}
  {%- endfor -%}
  {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_tags_sql(relation, own))) if own -%}
  {%- do changes.extend(snowmesh._give_way_policies(relation, current, found)) -%}
  {{ return(changes) }}
{% endmacro %}


{#- The same for policies that are set directly. -#}
{% macro _give_way_policies(relation, current, found) %}
  {%- set changes, masked = [], [] -%}
  {%- for column, has in current.masking_policies.items() if snowmesh._is_counterpart(has.policy, found.masking_policies, found) -%}
    {%- do masked.append(column) -%}
  {%- endfor -%}
  {%- for column in masked -%}
    {%- do current.masking_policies.pop(column) -%}
  {%- endfor -%}
  {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_masking_policies_sql(relation, masked))) if masked -%}
  {%- for column in current.projection_policies.keys() | list if snowmesh._is_counterpart(current.projection_policies[column], found.projection_policies, found) -%}
    {%- do current.projection_policies.pop(column) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_projection_policy_sql(relation, column))) -%}
  {%- endfor -%}
  {%- for has in current.row_access_policies | list if snowmesh._is_counterpart(has.policy, found.row_access_policies, found) -%}
    {%- do current.row_access_policies.remove(has) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_drop_row_access_policy_sql(relation, has.policy))) -%}
  {%- endfor -%}
  {%- for has in current.aggregation_policies | list if snowmesh._is_counterpart(has.policy, found.aggregation_policies, found) -%}
    {%- do current.aggregation_policies.remove(has) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_aggregation_policy_sql(relation))) -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}


{#- Whether a tag or policy is what another environment calls as this project calls one of its own. -#}
{% macro _is_counterpart(parts, definitions, found) %}
  {{ return(parts[-1] in definitions and parts[:2] != found.schema) }}
{% endmacro %}


{#- Those of some quoted full names, as stored parts. -#}
{% macro _counterparts(names, definitions, found) %}
  {%- set parts = [] -%}
  {%- for name in names -%}
    {%- set stored = snowmesh._stored_parts(name) -%}
    {%- do parts.append(stored) if snowmesh._is_counterpart(stored, definitions, found) -%}
  {%- endfor -%}
  {{ return(parts) }}
{% endmacro %}


{#- The error of a permanent clone, which Snowflake does not make of a temporary table. -#}
{% macro _permanent_clone(governance, source) %}
  {{ return(snowmesh._error(
    'permanent-clone', governance.where,
    source.render() ~ ' does not have what this project declares, and a permanent clone cannot be given it before others read the clone',
    'set transient: true on the model (as it is by default), build it instead of cloning it, or govern the source the same way')) }}
{% endmacro %}
