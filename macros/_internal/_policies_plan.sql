{#- The definitions of tags and policies, and what schemas and databases carry, against what the account has. -#}


{#- {changes: [...], errors: [...]}. Reads: one SHOW for each kind that is defined, one DESCRIBE for each existing policy of ours,
    one query for all policies on our tags, and what _containers_plan says. -#}
{% macro _policies_plan(found) %}
  {%- set plan = {'changes': [], 'errors': []} -%}
  {%- for kind, of_kind in snowmesh._policy_kinds().items() if found[kind] -%}
    {%- set existing = snowmesh.list_policies(of_kind.type, found.schema) -%}
    {%- for policy in found[kind].values() -%}
      {%- do snowmesh._add_policy_change(policy, existing.get(snowmesh._fqn(policy.fqn)), plan) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- set tags = snowmesh.list_tags(found.schema) if found.tags else {} -%}
  {%- set present = [] -%}
  {%- for tag in found.tags.values() -%}
    {%- do snowmesh._add_tag_change(tag, tags.get(snowmesh._fqn(tag.fqn)), plan) -%}
    {%- if snowmesh._fqn(tag.fqn) in tags -%}
      {%- do present.append(tag.fqn) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set on_tags = snowmesh.list_tag_masking_policies(present) -%}
  {%- for tag in found.tags.values() -%}
    {%- set name = snowmesh._fqn(tag.fqn) -%}
    {%- do snowmesh._add_tag_masking_policy_changes(tag, on_tags.get(name, []), tags.get(name), found, plan) -%}
  {%- endfor -%}
  {%- set containers = snowmesh._containers_plan(found) -%}
  {%- do plan.changes.extend(containers.changes) -%}
  {%- do plan.errors.extend(containers.errors) -%}
  {{ return(plan) }}
{% endmacro %}


{#- Create the policy, or change its body when that differs. A signature cannot be changed in place. -#}
{% macro _add_policy_change(policy, has, plan) %}
  {%- set name = snowmesh._display_all(policy.fqn) -%}
  {%- if has is none -%}
    {%- do plan.changes.append(snowmesh._change('create', policy.type, name, snowmesh.get_create_policy_sql(policy))) -%}
    {{ return('') }}
  {%- endif -%}
  {%- set now = snowmesh.describe_policy(policy.type, policy.fqn) -%}
  {%- if snowmesh._signature(policy.arguments) != snowmesh._described_signature(now.signature) -%}
    {%- do plan.errors.append(snowmesh._error(
      'signature-changed', policy.where,
      name ~ ' exists with the arguments ' ~ now.signature ~ ' and is declared with ('
        ~ (snowmesh._signature(policy.arguments) | join(', ')) ~ '); Snowflake cannot change the arguments of a policy',
      'declare the policy under a new name and use that; drop the old one when nothing refers to it')) -%}
  {%- elif not snowmesh._is_same_body(now.body, policy.body_sql) and not snowmesh._is_of_another_project(has.comment) -%}
    {%- do plan.changes.append(snowmesh._change('alter', policy.type, name, snowmesh.get_alter_policy_body_sql(policy))) -%}
    {%- do snowmesh._claim(policy.type, policy.fqn, has.comment, plan) -%}
  {%- elif not snowmesh._is_same_body(now.body, policy.body_sql) -%}
    {%- do snowmesh._defined_elsewhere(policy.where, policy.type ~ ' ' ~ name, has.comment, 'with another body', plan.errors) -%}
  {%- endif -%}
{% endmacro %}


{#- The policy's arguments as ['NAME FAMILY']. -#}
{% macro _signature(arguments) %}
  {%- set texts = [] -%}
  {%- for argument in arguments -%}
    {%- do texts.append(argument.name ~ ' ' ~ argument.family) -%}
  {%- endfor -%}
  {{ return(texts) }}
{% endmacro %}


{#- `(VAL VARCHAR, N NUMBER(38,0))` as ['VAL VARCHAR', 'N NUMBER']: only families count. -#}
{% macro _described_signature(text) %}
  {%- set texts = [] -%}
  {%- for argument in modules.re.sub('\\([0-9, ]*\\)', '', text.strip()[1:-1]).split(',') if argument.strip() -%}
    {%- set name, data_type = argument.strip().rsplit(' ', 1) -%}
    {%- do texts.append(name.strip('"') ~ ' ' ~ (snowmesh._family(data_type) or data_type)) -%}
  {%- endfor -%}
  {{ return(texts) }}
{% endmacro %}


{#- Snowflake keeps the body as it was written, and dbt appends its query comment to what we write. -#}
{% macro _is_same_body(has, wanted) %}
  {%- set body = (has or '').replace('\r\n', '\n') | trim -%}
  {%- set rest = body[wanted | length:] | trim -%}
  {{ return(body.startswith(wanted) and (not rest or (rest.startswith('/*') and rest.rstrip(';').endswith('*/')))) }}
{% endmacro %}


{#- Create the tag, or bring its allowed values in step. Another project's tag must allow what this one lists. -#}
{% macro _add_tag_change(tag, has, plan) %}
  {%- set name = snowmesh._display_all(tag.fqn) -%}
  {%- if has is none -%}
    {%- do plan.changes.append(snowmesh._change('create', 'tag', name, snowmesh.get_create_tag_sql(tag))) -%}
  {%- elif has.allowed_values | sort(case_sensitive=true) == tag.allowed_values | sort(case_sensitive=true) -%}
    {{ return('') }}
  {%- elif not snowmesh._is_of_another_project(has.comment) -%}
    {%- do plan.changes.append(snowmesh._change('alter', 'tag', name, snowmesh.get_alter_tag_allowed_values_sql(tag))) -%}
    {%- do snowmesh._claim('tag', tag.fqn, has.comment, plan) -%}
  {%- else -%}
    {%- set missing = tag.allowed_values | reject('in', has.allowed_values) | list if has.allowed_values else [] -%}
    {%- if missing or not tag.allowed_values -%}
      {%- do snowmesh._defined_elsewhere(
        tag.where, 'tag ' ~ name, has.comment, 'with the allowed values ' ~ (has.allowed_values | join(', ') or '(any)'), plan.errors) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}


{#- Set what is missing on the tag before unsetting what is no longer declared. Policies of others stay. -#}
{% macro _add_tag_masking_policy_changes(tag, on_tag, has, found, plan) %}
  {%- set name = snowmesh._display_all(tag.fqn) -%}
  {%- set diff = snowmesh._tag_masking_policy_diff(tag, on_tag, found) -%}
  {%- if has is not none and snowmesh._is_of_another_project(has.comment) -%}
    {%- if diff.set -%}
      {%- do snowmesh._defined_elsewhere(tag.where, 'tag ' ~ name, has.comment, 'without the masking policies listed here', plan.errors) -%}
    {%- endif -%}
    {{ return('') }}
  {%- endif -%}
  {%- if diff.set -%}
    {%- do plan.changes.append(snowmesh._change(
      'set', 'tag', name, snowmesh.get_set_tag_masking_policies_sql(tag.fqn, diff.set, diff.replaces))) -%}
  {%- endif -%}
  {%- if diff.unset -%}
    {%- do plan.changes.append(snowmesh._change(
      'unset', 'tag', name, snowmesh.get_unset_tag_masking_policies_sql(tag.fqn, diff.unset))) -%}
  {%- endif -%}
{% endmacro %}


{#- Which of our policies to set on a tag, which to unset, and whether one replaces another of its type. -#}
{% macro _tag_masking_policy_diff(tag, has, found) %}
  {%- set diff = {'set': [], 'unset': [], 'replaces': false} -%}
  {%- set families = [] -%}
  {%- for policy in tag.masking_policies if policy.fqn not in has -%}
    {%- do diff.set.append(policy.fqn) -%}
    {%- do families.append(policy.arguments[0].family) -%}
  {%- endfor -%}
  {%- for policy in found.masking_policies.values() if policy.fqn in has and policy not in tag.masking_policies -%}
    {%- if policy.arguments[0].family in families -%}
      {%- do diff.update({'replaces': true}) -%}
    {%- else -%}
      {%- do diff.unset.append(policy.fqn) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(diff) }}
{% endmacro %}
