{#- What verify looks at, and what it says. -#}


{#- In a hook: what the run selected, unless the hook says what. In a run-operation: what is named, or everything. -#}
{% macro _nodes_of_hook_or_operation(select, exclude, errors) %}
  {%- set nodes = snowmesh._selected_nodes(select, exclude, errors) -%}
  {%- if flags.WHICH == 'run-operation' or select is not none -%}
    {{ return(nodes) }}
  {%- endif -%}
  {{ return(nodes | selectattr('unique_id', 'in', selected_resources) | list) }}
{% endmacro %}


{#- Compare, print, and raise when there are findings. -#}
{% macro _verify_nodes(nodes, found, output) %}
  {%- set definitions = snowmesh._policies_plan(found) -%}
  {%- set items = snowmesh._node_plans(nodes, found) -%}
  {%- set findings = snowmesh._definition_findings(definitions) + snowmesh._findings(items, found, snowmesh._failed_nodes()) -%}
  {%- set checked = items | selectattr('is_built') | list | length -%}
  {%- do snowmesh._print_findings(findings, snowmesh._all_unmanaged(items), checked, output) -%}
  {%- if findings or definitions.errors -%}
    {%- set errors = [] -%}
    {%- do errors.extend(definitions.errors) -%}
    {%- for finding in findings -%}
      {%- do errors.append(snowmesh._error(
        'not-as-declared', finding.node or 'dbt_project.yml, vars: snowmesh', finding.kind ~ ': ' ~ snowmesh._finding_text(finding),
        'snowmesh.plan prints what would change; build the node, or dbt run-operation snowmesh.apply_to')) -%}
    {%- endfor -%}
    {%- do snowmesh._raise('snowmesh.verify', errors, 'The account is not as declared; nothing was changed.') -%}
  {%- endif -%}
{% endmacro %}


{#- The ids of nodes that this run could not build; none outside of on-run-end. -#}
{% macro _failed_nodes() %}
  {%- set ids = [] -%}
  {%- if results is defined -%}
    {%- for result in results if result.node is defined and (result.status | string) in ['error', 'skipped', 'partial success'] -%}
      {%- do ids.append(result.node.unique_id) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(ids) }}
{% endmacro %}
