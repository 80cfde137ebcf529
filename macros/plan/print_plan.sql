{#- Print the changes of a plan with their exact SQL, and one summary line.

    Args:
      changes: the list of changes, as the plan macros return it. -#}
{% macro print_plan(changes) %}
  {%- for change in changes -%}
    {%- do print('%-8s%-16s%s' | format(change.action | upper, change.object_type | upper, change.name)) -%}
    {%- do print('    ' ~ change.sql.replace('\n', '\n    ') ~ ';') -%}
  {%- endfor -%}
  {%- if not changes -%}
    {%- do print('No changes.') -%}
  {%- else -%}
    {%- set counts = [] -%}
    {%- for action in ['create', 'alter', 'set', 'unset'] -%}
      {%- do counts.append((changes | selectattr('action', 'equalto', action) | list | length) ~ ' to ' ~ action) -%}
    {%- endfor -%}
    {%- for action in ['grant', 'revoke'] if changes | selectattr('action', 'equalto', action) | list -%}
      {%- do counts.append((changes | selectattr('action', 'equalto', action) | list | length) ~ ' to ' ~ action) -%}
    {%- endfor -%}
    {%- do print('Planned ' ~ (changes | length) ~ (' change (' if changes | length == 1 else ' changes (') ~ (counts | join(', ')) ~ ').') -%}
  {%- endif -%}
{% endmacro %}
