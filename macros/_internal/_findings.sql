{#- What is declared against what the account has, as findings: {kind: missing, extra, different or absent; node, relation,
    column, object_type, name, declared, live}. -#}


{#- All findings of some node plans, in a stable order. `failed` are the ids of nodes whose build failed: dbt has said so. -#}
{% macro _findings(items, found, failed=[]) %}
  {%- set findings = [] -%}
  {%- for item in items -%}
    {%- if item.is_built -%}
      {%- do snowmesh._add_relation_findings(item, found, findings) -%}
    {%- elif item.node.unique_id not in failed -%}
      {%- do findings.append(snowmesh._finding(
        'absent', item, none, snowmesh._expected_type(item.node) | replace('_', ' '), item.relation.render(), 'a relation', none)) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(findings) }}
{% endmacro %}


{#- One finding; `item` is none for a definition. -#}
{% macro _finding(kind, item, column, object_type, name, declared, live) %}
  {{ return({
    'kind': kind, 'node': item.node.unique_id if item is not none else none,
    'relation': item.relation.render() if item is not none else none, 'column': column,
    'object_type': object_type, 'name': name, 'declared': declared, 'live': live
  }) }}
{% endmacro %}


{#- Compare one relation, thing by thing. Of what nobody declares only the project's own tags and policies are findings. -#}
{% macro _add_relation_findings(item, found, findings) %}
  {%- set declared = snowmesh._declared_things(item.governance, found) -%}
  {%- set live = snowmesh._live_things(item.current) -%}
  {%- set ours = snowmesh._managed_names(found) -%}
  {%- for key in (declared.keys() | list + live.keys() | list) | unique(case_sensitive=true) | sort -%}
    {%- set wanted, has = declared.get(key), live.get(key) -%}
    {%- set thing = wanted or has -%}
    {%- if wanted is none and has.name in ours -%}
      {%- do findings.append(snowmesh._finding('extra', item, has.column, has.object_type, has.name, none, has.value)) -%}
    {%- elif wanted is not none and (has is none or has.value != wanted.value or has.name != wanted.name) -%}
      {%- do findings.append(snowmesh._finding(
        'missing' if has is none else 'different', item, wanted.column, wanted.object_type, wanted.name, wanted.value,
        none if has is none else (has.value if has.name == wanted.name else has.name ~ ' ' ~ has.value))) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- do snowmesh._add_mask_findings(item, found, findings) -%}
{% endmacro %}


{#- A tag that masks is on the column, and no mask is: no policy of the tag fits the type, or two tags bring one each. -#}
{% macro _add_mask_findings(item, found, findings) %}
  {%- set current = item.current -%}
  {%- for column in item.governance.columns if column.name not in current.masked_by_tags and column.name not in current.masking_policies -%}
    {%- for name in column.tags if found.tags[name].masking_policies and current.column_tags.get(column.name, {}).get(snowmesh._fqn(found.tags[name].fqn)) -%}
      {%- do findings.append(snowmesh._finding(
        'different', item, column.name, 'masking policy', snowmesh._display_all(found.tags[name].fqn), 'masked by this tag', 'not masked')) -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}


{#- What a node declares as {key: {column, object_type, name, value}}; keys are texts that sort. -#}
{% macro _declared_things(governance, found) %}
  {%- set things = {} -%}
  {%- for name, value in governance.tags.items() -%}
    {%- do snowmesh._add_thing(things, none, 'tag', found.tags[name].fqn, value, snowmesh._fqn(found.tags[name].fqn)) -%}
  {%- endfor -%}
  {%- for column in governance.columns -%}
    {%- for name, value in column.tags.items() -%}
      {%- do snowmesh._add_thing(things, column.name, 'tag', found.tags[name].fqn, value, snowmesh._fqn(found.tags[name].fqn)) -%}
    {%- endfor -%}
    {%- if column.masking_policy is not none -%}
      {%- set using = column.masking_policy.using -%}
      {%- do snowmesh._add_thing(things, column.name, 'masking policy', column.masking_policy.policy.fqn, snowmesh._columns_text('using', using)) -%}
    {%- endif -%}
    {%- if column.get('projection_policy') is not none -%}
      {%- do snowmesh._add_thing(things, column.name, 'projection policy', column.projection_policy.fqn, '') -%}
    {%- endif -%}
  {%- endfor -%}
  {%- set rows, groups = governance.get('row_access_policy'), governance.get('aggregation_policy') -%}
  {%- if rows is not none -%}
    {%- do snowmesh._add_thing(things, none, 'row access policy', rows.policy.fqn, snowmesh._columns_text('on', rows.on)) -%}
  {%- endif -%}
  {%- if groups is not none -%}
    {%- do snowmesh._add_thing(things, none, 'aggregation policy', groups.policy.fqn, snowmesh._columns_text('entity key', groups.entity_key)) -%}
  {%- endif -%}
  {{ return(things) }}
{% endmacro %}


{#- What a relation has, in the same form. -#}
{% macro _live_things(current) %}
  {%- set things = {} -%}
  {%- for name, value in current.tags.items() -%}
    {%- do snowmesh._add_thing(things, none, 'tag', snowmesh._stored_parts(name), value, name) -%}
  {%- endfor -%}
  {%- for column, tags in current.column_tags.items() -%}
    {%- for name, value in tags.items() -%}
      {%- do snowmesh._add_thing(things, column, 'tag', snowmesh._stored_parts(name), value, name) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for column, has in current.masking_policies.items() -%}
    {%- do snowmesh._add_thing(things, column, 'masking policy', has.policy, snowmesh._columns_text('using', has.using)) -%}
  {%- endfor -%}
  {%- for column, policy in current.projection_policies.items() -%}
    {%- do snowmesh._add_thing(things, column, 'projection policy', policy, '') -%}
  {%- endfor -%}
  {%- for has in current.row_access_policies -%}
    {%- do snowmesh._add_thing(things, none, 'row access policy', has.policy, snowmesh._columns_text('on', has.on)) -%}
  {%- endfor -%}
  {%- for has in current.aggregation_policies -%}
    {%- do snowmesh._add_thing(things, none, 'aggregation policy', has.policy, snowmesh._columns_text('entity key', has.entity_key)) -%}
  {%- endfor -%}
  {{ return(things) }}
{% endmacro %}


{#- A relation has one policy of each kind at a place, and many tags: `part` tells tags apart. -#}
{% macro _add_thing(things, column, object_type, fqn, value, part='') %}
  {%- do things.update({(column or '') ~ '\n' ~ object_type ~ '\n' ~ part: {
    'column': column, 'object_type': object_type, 'name': snowmesh._display_all(fqn), 'value': value}}) -%}
{% endmacro %}


{#- `using (A, B)`, or nothing. -#}
{% macro _columns_text(word, columns) %}
  {{ return(word ~ ' (' ~ snowmesh._identifiers(columns) ~ ')' if columns else '') }}
{% endmacro %}


{#- The names, for people, of the tags and policies that this project defines. -#}
{% macro _managed_names(found) %}
  {%- set names = [] -%}
  {%- for kind in found.values() if kind is mapping -%}
    {%- for definition in kind.values() if definition is mapping and definition.fqn -%}
      {%- do names.append(snowmesh._display_all(definition.fqn)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}


{#- The changes that the definitions need, as findings. -#}
{% macro _definition_findings(plan) %}
  {%- set kinds = {'create': 'missing', 'alter': 'different', 'set': 'missing', 'unset': 'extra', 'grant': 'missing', 'revoke': 'extra'} -%}
  {%- set findings = [] -%}
  {%- for change in plan.changes -%}
    {%- set kind = kinds.get(change.action, 'different') -%}
    {%- do findings.append(snowmesh._finding(kind, none, none, change.object_type, change.name, change.sql, none)) -%}
  {%- endfor -%}
  {{ return(findings) }}
{% endmacro %}
