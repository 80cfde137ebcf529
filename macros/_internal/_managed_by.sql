{#- Projects that share a governance schema: the comment of a tag or policy says which dbt project defines it. Only that project
    changes it, so that two which disagree do not undo each other's work on every run. -#}


{#- The comment. -#}
{% macro _managed_by() %}
  {{ return('managed by dbt project ' ~ project_name ~ ' (snowmesh)') }}
{% endmacro %}


{#- Whether a comment names another project. Without such a comment the object counts as ours. -#}
{% macro _is_of_another_project(comment) %}
  {%- set other = modules.re.fullmatch('managed by dbt project (\\S+) \\(snowmesh\\)', comment or '') -%}
  {{ return(other is not none and other.group(1) != project_name) }}
{% endmacro %}


{#- An error: the object is there, defined otherwise by another project. -#}
{% macro _defined_elsewhere(where, what, comment, how, errors) %}
  {%- do errors.append(snowmesh._error(
    'defined-elsewhere', where, 'the ' ~ what ~ ' exists ' ~ how ~ ', ' ~ comment,
    'agree with that project: write the same here and let it change the definition, or use another name')) -%}
{% endmacro %}


{#- What this project changes and nobody claims, it claims. A comment that people wrote stays. -#}
{% macro _claim(type, fqn, comment, plan) %}
  {%- if not comment -%}
    {%- do plan.changes.append(snowmesh._change('alter', type, snowmesh._display_all(fqn), snowmesh.get_set_comment_sql(type, fqn))) -%}
  {%- endif -%}
{% endmacro %}
