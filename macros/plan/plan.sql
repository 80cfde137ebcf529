{#- Print what would change with its exact SQL, and change nothing: definitions first, then each relation as it is now. A
    relation that is not built yet is planned as dbt will build it.

        dbt run-operation snowmesh.plan
        dbt --quiet run-operation snowmesh.plan --args '{select: [people, "source:raw.*"], output: json}'

    Args:
      select: what to plan, a text or a list in a part of dbt's language for --select; everything when left out.
      exclude: what to leave out, in the same language.
      output: text, or json for one document {command, changes: [{action, object_type, name, node, sql}], unmanaged}. -#}
{% macro plan(select=none, exclude=none, output='text') %}
  {%- if execute -%}
    {%- set found = snowmesh._definitions() -%}
    {%- set errors = snowmesh._validate(found) -%}
    {%- do snowmesh._check_output(output, errors) -%}
    {%- set nodes = snowmesh._selected_nodes(select, exclude, errors) -%}
    {%- set definitions = {'changes': [], 'errors': []} if errors else snowmesh._policies_plan(found) -%}
    {%- set items = [] if errors else snowmesh._node_plans(nodes, found) -%}
    {%- do errors.extend(definitions.errors) -%}
    {%- for item in items -%}
      {%- do errors.extend(item.plan.errors) -%}
    {%- endfor -%}
    {%- if errors -%}
      {%- do snowmesh._raise('snowmesh.plan', errors, 'Nothing was changed.') -%}
    {%- endif -%}
    {%- set changes = snowmesh._all_changes(definitions.changes, items) -%}
    {%- do snowmesh._print_changes('plan', changes, snowmesh._all_unmanaged(items), output) -%}
  {%- endif -%}
{% endmacro %}
