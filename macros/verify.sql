{#- Compare what is declared with what the account has now, and fail when they differ: what is missing, extra (ours, and no
    longer declared), different, or absent (a relation that is not there). Changes nothing.

        on-run-end: "{{ snowmesh.verify() }}"          # what the run selected
        dbt run-operation snowmesh.verify              # everything
        dbt --quiet run-operation snowmesh.verify --args '{select: "tag:pii", output: json}'

    Args:
      select: what to verify, as for plan; in a hook what the run selected.
      exclude: what to leave out, in the same language.
      output: text, or json for one document {command, relations, findings, unmanaged}. -#}
{% macro verify(select=none, exclude=none, output='text') %}
  {%- if snowmesh._is_building() -%}
    {%- set found = snowmesh._definitions() -%}
    {%- set errors = [] -%}
    {%- do snowmesh._check_output(output, errors) -%}
    {%- set nodes = snowmesh._nodes_of_hook_or_operation(select, exclude, errors) -%}
    {%- do errors.extend(found.errors) -%}
    {%- for node in nodes -%}
      {%- do errors.extend(snowmesh._governance(node, found).errors) -%}
    {%- endfor -%}
    {%- if errors -%}
      {%- do snowmesh._raise('snowmesh.verify', errors, 'Nothing was verified.') -%}
    {%- endif -%}
    {%- do snowmesh._verify_nodes(nodes, found, output) if nodes or flags.WHICH == 'run-operation' -%}
  {%- endif -%}
  {{ return('') }}
{% endmacro %}
