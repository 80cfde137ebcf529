{#- Govern relations that exist, without building them: sources, and what dbt built before its YAML changed. Checks everything
    first; with one error nothing is changed.

        dbt run-operation snowmesh.apply_to --args '{select: "source:raw"}'
        dbt run-operation snowmesh.apply_to --args '{select: ["tag:pii", people], exclude: people_view, dry_run: true}'

    Args:
      select: what to govern, a text or a list in a part of dbt's language for --select; "*" is everything.
      exclude: what to leave out, in the same language.
      dry_run: print the changes and run none.
      output: text, or json as for plan. -#}
{% macro apply_to(select=none, exclude=none, dry_run=false, output='text') %}
  {%- if execute -%}
    {%- set found = snowmesh._definitions() -%}
    {%- set errors = [] -%}
    {%- do errors.extend(found.errors) -%}
    {%- do snowmesh._check_output(output, errors) -%}
    {%- if select is none -%}
      {%- do errors.append(snowmesh._error(
        'no-select', 'argument select', 'nothing says what to govern', 'write for example {select: "source:raw"}, or {select: "*"} for everything')) -%}
    {%- endif -%}
    {%- set nodes = [] if select is none else snowmesh._selected_nodes(select, exclude, errors) -%}
    {%- set items = [] if errors else snowmesh._node_plans(nodes, found) -%}
    {%- do snowmesh._check_items(items, found, errors) -%}
    {%- if errors -%}
      {%- do snowmesh._raise('snowmesh.apply_to', errors, 'Nothing was changed.') -%}
    {%- endif -%}
    {%- set changes = snowmesh._all_changes([], items) -%}
    {%- do snowmesh._print_changes('apply_to', changes, snowmesh._all_unmanaged(items), output) if dry_run or output == 'json' -%}
    {%- if not dry_run -%}
      {%- do snowmesh.run_plan(changes) -%}
      {%- do print('Governed ' ~ (items | length) ~ (' relation with ' if items | length == 1 else ' relations with ')
        ~ (changes | length) ~ (' change.' if changes | length == 1 else ' changes.')) if output == 'text' -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
