{#- Schemas and databases: what is declared about them against what they have. Tags and grants are added, a value is changed by
    the owner only, and nothing is taken away but future grants of the kind that is declared: other projects may use the
    same database (docs/decisions/0020-tags-of-schemas-and-databases.md). -#}


{#- {changes: [...], errors: [...]}. Reads: SHOW DATABASES, SHOW SCHEMAS for each database, one query for all tags, and one SHOW for
    each schema or database whose grants are declared. What does not exist yet is left for the run that creates it. -#}
{% macro _containers_plan(found) %}
  {%- set plan = {'changes': [], 'errors': []} -%}
  {%- set declared = snowmesh._containers(found, plan.errors) -%}
  {%- if declared and not plan.errors -%}
    {%- set owners = snowmesh._container_owners(declared) -%}
    {%- set there = [] -%}
    {%- for key, container in declared.items() if key in owners -%}
      {%- do there.append(dict(container, owner=owners[key])) -%}
    {%- endfor -%}
    {%- do snowmesh._add_container_tag_changes(there | selectattr('tags') | list, found, plan) -%}
    {%- for container in there -%}
      {%- do snowmesh._add_usage_changes(container, plan) if container.readers -%}
      {%- do snowmesh._add_future_grant_changes(container, plan) if container.future_grants -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(plan) }}
{% endmacro %}


{#- {key: owner role} of the declared schemas and databases that exist. -#}
{% macro _container_owners(declared) %}
  {%- set owners = {} -%}
  {%- for container in declared.values() if container.type == 'database' -%}
    {%- for row in run_query('show schemas in database ' ~ snowmesh._fqn(container.parts)) -%}
      {%- do owners.update({'schema ' ~ snowmesh._fqn(container.parts + [row['name']]): row['owner']}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for row in run_query('show databases') -%}
    {%- do owners.update({'database ' ~ snowmesh._fqn([row['name']]): row['owner']}) -%}
  {%- endfor -%}
  {{ return(owners) }}
{% endmacro %}


{#- Tags that are not there, or, where our role owns the container, have another value. -#}
{% macro _add_container_tag_changes(containers, found, plan) %}
  {%- set current = snowmesh._container_tags(containers) -%}
  {%- for container in containers -%}
    {%- set own, to_set = current[loop.index0], [] -%}
    {%- for name, declared in container.tags.items() -%}
      {%- set has = own.get(snowmesh._fqn(found.tags[name].fqn)) -%}
      {%- if has is none or (has != declared.value and container.owner == (target.role | upper)) -%}
        {%- do to_set.append({'tag': found.tags[name].fqn, 'value': declared.value}) -%}
      {%- elif has != declared.value -%}
        {%- do plan.errors.append(snowmesh._error(
          'not-the-owner', declared.where,
          'the ' ~ container.type ~ ' ' ~ snowmesh._display_all(container.parts) ~ ' has the tag ' ~ found.tags[name].written ~ ' = ' ~ (has | tojson)
            ~ ', here it is ' ~ (declared.value | tojson) ~ ', and ' ~ target.role ~ ' does not own the ' ~ container.type,
          'agree with whoever set it, or let the owner ' ~ container.owner ~ ' change it')) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- if to_set -%}
      {%- do plan.changes.append(snowmesh._change(
        'set', container.type, snowmesh._display_all(container.parts), snowmesh.get_set_container_tags_sql(container.type, container.parts, to_set))) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- The tags set on containers themselves, in their order: [{quoted full name: value}]. -#}
{% macro _container_tags(containers) %}
  {%- set tags = [] -%}
  {%- for container in containers -%}
    {%- do tags.append({}) -%}
  {%- endfor -%}
  {%- if containers -%}
    {%- for row in run_query(snowmesh.get_container_tags_sql(containers)) -%}
      {%- do tags[row[0] | int].update({snowmesh._fqn(row[1:4] | list): row[4]}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(tags) }}
{% endmacro %}


{#- USAGE for every role that is granted SELECT on something inside. A role that has any privilege there already can use it; PUBLIC's
    privileges are everybody's. -#}
{% macro _add_usage_changes(container, plan) %}
  {%- set on = container.type ~ ' ' ~ snowmesh._fqn(container.parts) -%}
  {%- set have = [] -%}
  {%- for row in run_query('show grants on ' ~ on) if row['privilege'] in ['USAGE', 'OWNERSHIP'] and row['granted_to'] == 'ROLE' -%}
    {%- do have.append(row['grantee_name']) -%}
  {%- endfor -%}
  {%- for role in container.readers if role not in have and 'PUBLIC' not in have -%}
    {%- do snowmesh._add_grant('grant', container, snowmesh.get_grant_privileges_sql(
      ['USAGE'], on, {'type': 'ROLE', 'name': role}, container.parts[0]), plan) -%}
  {%- endfor -%}
{% endmacro %}


{#- Future grants of a schema: of each kind that is declared exactly the declared grantees, of other kinds what is there. -#}
{% macro _add_future_grant_changes(schema, plan) %}
  {%- set current = snowmesh.list_future_grants(schema.parts) -%}
  {%- for declared in schema.future_grants.values() -%}
    {%- set on = 'future ' ~ (declared.type | lower) ~ ' in schema ' ~ snowmesh._fqn(schema.parts) -%}
    {%- set has = [] -%}
    {%- for grant in current if grant.type == declared.type and grant.privilege == declared.privilege -%}
      {%- do has.append(grant.grantee) -%}
    {%- endfor -%}
    {%- for grantee in declared.grantees if grantee not in has -%}
      {%- do snowmesh._add_grant(
        'grant', schema, snowmesh.get_grant_privileges_sql([declared.privilege], on, grantee, schema.parts[0]), plan) -%}
    {%- endfor -%}
    {%- for grantee in has if grantee not in declared.grantees -%}
      {%- do snowmesh._add_grant(
        'revoke', schema, snowmesh.get_revoke_privileges_sql([declared.privilege], on, grantee, schema.parts[0]), plan) -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}


{#- Add a GRANT or REVOKE, or an error when our role may not send it: a schema's or database's owner may, and MANAGE GRANTS (R45). -#}
{% macro _add_grant(action, container, sql, plan) %}
  {%- set name = snowmesh._display_all(container.parts) -%}
  {%- if snowmesh._may_grant(container.owner) -%}
    {%- do plan.changes.append(snowmesh._change(action, container.type, name, sql)) -%}
  {%- else -%}
    {%- do plan.errors.append(snowmesh._error(
      'not-grantable', 'the ' ~ container.type ~ ' ' ~ name, 'a declared grant is missing or too much, and the role ' ~ target.role
        ~ ' neither owns the ' ~ container.type ~ ' nor has MANAGE GRANTS',
      'let the owner ' ~ (container.owner or '(none)') ~ ' run: ' ~ (sql | trim))) -%}
  {%- endif -%}
{% endmacro %}


{#- Whether the session may grant on what a role owns. Future grants on a schema take MANAGE GRANTS, or the ownership of a schema with
    managed access (P44): whether that holds is left to Snowflake. -#}
{% macro _may_grant(owner) %}
  {%- set known = snowmesh._run_memory().setdefault('may_grant', {}) -%}
  {%- if owner not in known -%}
    {%- set held = owner and run_query(snowmesh.get_roles_in_session_sql([owner]))[0][0] -%}
    {%- if not held -%}
      {%- set privileges = run_query('show grants to role ' ~ snowmesh._identifier(target.role | upper)) -%}
      {%- set held = 'MANAGE GRANTS' in privileges.columns['privilege'].values() -%}
    {%- endif -%}
    {%- do known.update({owner: true if held else false}) -%}
  {%- endif -%}
  {{ return(known[owner]) }}
{% endmacro %}
