{#- What plan, verify and apply_to found, for people or for programs. -#}


{#- `text` or `json`, or an error. -#}
{% macro _check_output(output, errors) %}
  {%- if output not in ['text', 'json'] -%}
    {%- do errors.append(snowmesh._error(
      'unknown-output', 'argument output', (output | tojson) ~ ' is no form of output', 'use text or json', ['text', 'json'], output)) -%}
  {%- endif -%}
{% endmacro %}


{#- The changes of some node plans, each with its node, after those of the definitions. -#}
{% macro _all_changes(definition_changes, items) %}
  {%- set changes = [] -%}
  {%- for change in definition_changes -%}
    {%- do changes.append(dict(change, node=none)) -%}
  {%- endfor -%}
  {%- for item in items -%}
    {%- for change in item.plan.changes -%}
      {%- do changes.append(dict(change, node=item.node.unique_id)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}


{#- Tags and policies on relations that this project does not define: [{node, relation, name}]. -#}
{% macro _all_unmanaged(items) %}
  {%- set names = [] -%}
  {%- for item in items -%}
    {%- for name in item.plan.unmanaged | sort -%}
      {%- do names.append({'node': item.node.unique_id, 'relation': item.relation.render(), 'name': name}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}


{#- Print a plan. -#}
{% macro _print_changes(command, changes, unmanaged, output) %}
  {%- if output == 'json' -%}
    {%- do print(tojson({'command': command, 'changes': changes, 'unmanaged': unmanaged}, sort_keys=true)) -%}
  {%- else -%}
    {%- do snowmesh._print_unmanaged(unmanaged) -%}
    {%- do snowmesh.print_plan(changes) -%}
  {%- endif -%}
{% endmacro %}


{#- Say what is left alone. -#}
{% macro _print_unmanaged(unmanaged) %}
  {%- for thing in unmanaged -%}
    {%- do print('Left alone, because this project does not define it: ' ~ thing.name ~ ' of ' ~ thing.relation) -%}
  {%- endfor -%}
{% endmacro %}


{#- Print findings, and one summary line. -#}
{% macro _print_findings(findings, unmanaged, checked, output) %}
  {%- if output == 'json' -%}
    {%- do print(tojson({
      'command': 'verify', 'relations': checked, 'findings': findings, 'unmanaged': unmanaged}, sort_keys=true)) -%}
  {%- else -%}
    {%- do snowmesh._print_unmanaged(unmanaged) -%}
    {%- for finding in findings -%}
      {%- do print('%-10s%s' | format(finding.kind | upper, snowmesh._finding_text(finding))) -%}
    {%- endfor -%}
    {%- set relations = checked ~ (' relation' if checked == 1 else ' relations') -%}
    {%- do print('Verified ' ~ relations ~ ': ' ~ snowmesh._finding_counts(findings) ~ '.') -%}
  {%- endif -%}
{% endmacro %}


{#- `2 missing, 1 extra`, or `everything is as declared`. -#}
{% macro _finding_counts(findings) %}
  {%- set counts = [] -%}
  {%- for kind in ['missing', 'extra', 'different', 'absent'] -%}
    {%- set count = findings | selectattr('kind', 'equalto', kind) | list | length -%}
    {%- do counts.append(count ~ ' ' ~ kind) if count -%}
  {%- endfor -%}
  {{ return(counts | join(', ') or 'everything is as declared') }}
{% endmacro %}


{#- One finding for people. -#}
{% macro _finding_text(finding) %}
  {%- if finding.kind == 'absent' -%}
    {{ return(finding.relation ~ ' is not there') }}
  {%- elif finding.relation is none -%}
    {{ return(finding.object_type ~ ' ' ~ finding.name) }}
  {%- endif -%}
  {%- set column = ' column ' ~ snowmesh._display(finding.column) if finding.column is not none else '' -%}
  {%- set sides = [] -%}
  {%- do sides.append('declared ' ~ (finding.declared | tojson)) if finding.declared -%}
  {%- do sides.append('has ' ~ (finding.live | tojson)) if finding.live -%}
  {%- set text = finding.relation ~ column ~ ': ' ~ finding.object_type ~ ' ' ~ finding.name -%}
  {{ return(text ~ (' (' ~ (sides | join(', ')) ~ ')' if sides else '')) }}
{% endmacro %}
