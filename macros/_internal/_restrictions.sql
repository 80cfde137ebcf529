{#- What the role that builds does not see of a relation. -#}


{#- {columns: {NAME or '*': by what}, rows: by what or none} of a node or source. -#}
{% macro _restrictions(node, found) %}
  {%- set known = snowmesh._run_memory().setdefault('restrictions', {}) -%}
  {%- if node.unique_id not in known -%}
    {%- do known.update({
      node.unique_id: snowmesh._external_restrictions(node, found) if snowmesh._is_external(node) else snowmesh._own_restrictions(node, found)
    }) -%}
  {%- endif -%}
  {{ return(known[node.unique_id]) }}
{% endmacro %}


{#- Of a relation that this project governs. -#}
{% macro _own_restrictions(node, found) %}
  {%- set governance = snowmesh._governance(node, found) -%}
  {%- set columns = {} -%}
  {%- for column in governance.columns -%}
    {%- set by = snowmesh._column_restriction(column, found) -%}
    {%- do columns.update({column.name: by}) if by is not none -%}
  {%- endfor -%}
  {%- for name in snowmesh._object_tags(governance) -%}
    {%- do snowmesh._add_tag_restriction(columns, found.tags[name], node, governance) -%}
  {%- endfor -%}
  {%- set rows = governance.row_access_policy -%}
  {{ return({
    'columns': columns,
    'rows': none if rows is none or snowmesh._is_exempt(rows.policy) else 'row access policy ' ~ rows.policy.written
  }) }}
{% endmacro %}


{#- What keeps the building role from seeing a column, as a text, or none. A mask on the column wins over its tags (M34). -#}
{% macro _column_restriction(column, found) %}
  {%- set policies = [] -%}
  {%- if column.masking_policy is not none -%}
    {%- do policies.append(column.masking_policy.policy) -%}
  {%- else -%}
    {%- for name in column.tags -%}
      {%- do policies.extend(found.tags[name].masking_policies) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- do policies.append(column.projection_policy) if column.projection_policy is not none -%}
  {%- for policy in policies if not snowmesh._is_exempt(policy) -%}
    {{ return(policy.type ~ ' ' ~ policy.written) }}
  {%- endfor -%}
  {{ return(none) }}
{% endmacro %}


{#- A tag of the relation, its schema or its database masks every column of the type: with a contract these are known. -#}
{% macro _add_tag_restriction(columns, tag, node, governance) %}
  {%- set direct = [] -%}
  {%- for column in governance.columns if column.masking_policy is not none -%}
    {%- do direct.append(column.name) -%}
  {%- endfor -%}
  {%- for policy in tag.masking_policies if not snowmesh._is_exempt(policy) -%}
    {%- set by = policy.type ~ ' ' ~ policy.written ~ ' by tag ' ~ tag.written -%}
    {%- if ((node.get('config') or {}).get('contract') or {}).get('enforced') -%}
      {%- for column in node.columns.values() -%}
        {%- set name = snowmesh._stored_column(column) -%}
        {%- if snowmesh._family(column.get('data_type')) == policy.arguments[0].family and name not in direct -%}
          {%- do columns.update({name: by}) -%}
        {%- endif -%}
      {%- endfor -%}
    {%- else -%}
      {%- do columns.update({'*': by}) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- Of a public model of another project: its blocks are known, its definitions only as far as this project has them too. -#}
{% macro _external_restrictions(node, found) %}
  {%- set columns = {} -%}
  {%- for column in (node.get('columns') or {}).values() -%}
    {%- set by = snowmesh._external_column_restriction(snowmesh._block(column, '', []), found) -%}
    {%- do columns.update({snowmesh._stored_column(column): by}) if by is not none -%}
  {%- endfor -%}
  {%- set rows = snowmesh._block(node, '', []).get('row_access_policy') -%}
  {%- set name = rows.get('name') if rows is mapping else rows -%}
  {{ return({'columns': columns, 'rows': snowmesh._named_restriction('row_access_policies', name, found)}) }}
{% endmacro %}


{#- What the block of a column of another project may keep from the building role, as a text, or none. -#}
{% macro _external_column_restriction(block, found) %}
  {%- set mask = block.get('masking_policy') -%}
  {%- set restricted = [
    snowmesh._named_restriction('masking_policies', mask.get('name') if mask is mapping else mask, found),
    snowmesh._named_restriction('projection_policies', block.get('projection_policy'), found)
  ] -%}
  {%- for written, value in (block.get('tags') or {}).items() if mask is none and value is not none -%}
    {%- set tag = found.tags.get(snowmesh._stored(written)) -%}
    {%- if tag is none -%}
      {%- do restricted.append('tag ' ~ written ~ ' of another project, which may mask') -%}
    {%- else -%}
      {%- for policy in tag.masking_policies if not snowmesh._is_exempt(policy) -%}
        {%- do restricted.append(policy.type ~ ' ' ~ policy.written ~ ' by tag ' ~ tag.written) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(restricted | reject('none') | first | default(none, true)) }}
{% endmacro %}


{#- A policy by name: none when there is none or it exempts the building role; one that is not defined here restricts. -#}
{% macro _named_restriction(kind, written, found) %}
  {%- if written is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set policy = found[kind].get(snowmesh._stored(written)) -%}
  {{ return(none if policy is not none and snowmesh._is_exempt(policy) else snowmesh._policy_kinds()[kind].type ~ ' ' ~ written) }}
{% endmacro %}


{#- Whether a policy exempts the role that builds, as Snowflake answers for this session. -#}
{% macro _is_exempt(policy) %}
  {%- for role in policy.exempt if role in snowmesh._session_roles() -%}
    {{ return(true) }}
  {%- endfor -%}
  {{ return(false) }}
{% endmacro %}


{#- Which of the roles that policies exempt this session has, through inheritance and secondary roles too: one query a run. -#}
{% macro _session_roles() %}
  {%- set memory = snowmesh._run_memory() -%}
  {%- if 'session_roles' not in memory -%}
    {%- set named, held = [], [] -%}
    {%- for kind in snowmesh._policy_kinds() -%}
      {%- for policy in snowmesh._definitions()[kind].values() -%}
        {%- do named.extend(policy.exempt) -%}
      {%- endfor -%}
    {%- endfor -%}
    {%- set names = named | unique(case_sensitive=true) | list -%}
    {%- set row = run_query(snowmesh.get_roles_in_session_sql(names))[0] if names else [] -%}
    {%- for name in names -%}
      {%- do held.append(name) if row[loop.index0] -%}
    {%- endfor -%}
    {%- do memory.update({'session_roles': held}) -%}
  {%- endif -%}
  {{ return(memory.session_roles) }}
{% endmacro %}
