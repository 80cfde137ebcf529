{#- Govern one built relation of the node in whose context this runs, once. -#}
{% macro _apply_to(relation) %}
  {%- if not snowmesh._is_done(relation) -%}
    {%- set found = snowmesh._definitions() -%}
    {%- set governance = snowmesh._governance(graph.nodes[model.unique_id], found) -%}
    {%- if governance.is_declared and found.errors + governance.errors -%}
      {%- do snowmesh._refuse(relation, found.errors + governance.errors) -%}
    {%- elif found.errors -%}
      {%- do snowmesh._raise('snowmesh.apply', found.errors, 'Nothing was changed.') -%}
    {%- endif -%}
    {%- set is_fresh = snowmesh._is_fresh(relation) -%}
    {#- an older relation is looked at even when it declares nothing now: it may carry what it declared before -#}
    {%- if governance.is_declared or (not is_fresh and snowmesh._has_definitions(found)) -%}
      {%- do snowmesh._reconcile(relation, governance, found, is_fresh) -%}
    {%- endif -%}
    {%- do snowmesh._set_done(relation) -%}
  {%- endif -%}
{% endmacro %}


{#- Bring a relation from what it has to what it declares, or refuse it. -#}
{% macro _reconcile(relation, governance, found, is_fresh) %}
  {%- set current = snowmesh._no_state() if is_fresh else snowmesh._relation_state(relation) -%}
  {%- set plan = snowmesh._checked_plan(relation, governance, found, current) -%}
  {%- set errors = plan.errors + snowmesh._missing_objects(governance, found) -%}
  {%- if errors -%}
    {%- do snowmesh._refuse(relation, errors) -%}
  {%- endif -%}
  {%- for name in plan.unmanaged -%}
    {%- do log('snowmesh: left alone, because this project does not define it: ' ~ name ~ ' of ' ~ relation.render()) -%}
  {%- endfor -%}
  {%- if plan.changes -%}
    {%- do snowmesh._forget_state(relation) -%}
    {%- do snowmesh.run_plan(plan.changes) -%}
  {%- endif -%}
{% endmacro %}


{#- The plan of a built relation. Its columns are looked at only when something is to be changed or a mask is missing. -#}
{% macro _checked_plan(relation, governance, found, current) %}
  {%- set plan = snowmesh._relation_plan(relation, governance, found, current, none) -%}
  {%- if not plan.changes and not plan.errors and snowmesh._is_masked_as_declared(governance, found, current) -%}
    {{ return(plan) }}
  {%- endif -%}
  {%- set columns = adapter.get_columns_in_relation(relation) if snowmesh._names_columns(governance) else [] -%}
  {{ return(snowmesh._relation_plan(relation, governance, found, current, columns)) }}
{% endmacro %}


{#- Whether dbt created the relation just now, so that it has no tag and no policy. The relation cache still shows what
    was there before this node. -#}
{% macro _is_fresh(relation) %}
  {%- if flags.WHICH == 'clone' or config.get('copy_tags') or load_result('snowmesh_part') is not none -%}
    {{ return(false) }}
  {%- endif -%}
  {%- set materialized = config.get('materialized') -%}
  {%- if materialized in ['table', 'view'] or (materialized == 'incremental' and should_full_refresh()) -%}
    {{ return(true) }}
  {%- endif -%}
  {{ return(load_cached_relation(this) is none) }}
{% endmacro %}


{#- Take all access away from a relation that cannot be governed, then raise. Access that dbt granted comes back with the
    next build that succeeds. -#}
{% macro _refuse(relation, errors) %}
  {%- set others = [] -%}
  {%- for grantee in snowmesh.list_grantees(relation) -%}
    {%- if grantee.type == 'ROLE' -%}
      {%- do snowmesh.run_plan([snowmesh._relation_change('revoke', relation, snowmesh.get_revoke_all_sql(relation, grantee.name))]) -%}
    {%- else -%}
      {%- do others.append(grantee.type | lower ~ ' ' ~ grantee.name) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set outcome = 'All access to ' ~ relation.render() ~ ' was revoked from other roles.' -%}
  {%- set still = ' Revoke by hand what others still have: ' ~ (others | join(', ')) ~ '.' if others else '' -%}
  {%- do snowmesh._raise('snowmesh.apply', errors, outcome ~ still) -%}
{% endmacro %}
