{#- Who may be granted what beyond dbt's own grants: vars: snowmesh: domain_roles and grant_usage, and the blocks' future_grants
    and database_role_grants. -#}


{#- Add {domain_roles: [names] or none, grant_usage: bool} to the definitions. -#}
{% macro _add_grant_definitions(found, raw, at) %}
  {%- set roles = raw.get('domain_roles') -%}
  {%- do found.update({
    'domain_roles': none if roles is none else snowmesh._role_names(roles, at ~ ': domain_roles', found.errors),
    'grant_usage': raw.get('grant_usage') or false
  }) -%}
  {%- if found.grant_usage is not boolean -%}
    {%- do found.errors.append(snowmesh._error(
      'not-a-boolean', at ~ ': grant_usage', 'grant_usage is ' ~ (found.grant_usage | tojson), 'write true or false', ['true', 'false'])) -%}
    {%- do found.update({'grant_usage': false}) -%}
  {%- endif -%}
{% endmacro %}


{#- `database_role_grants: {select: [roles]}` as {SELECT: [stored names]}, or none. -#}
{% macro _database_role_grants(raw, where, errors) %}
  {%- if raw is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set grants = {} -%}
  {%- for privilege, roles in snowmesh._mapping(raw, where ~ ', database_role_grants', errors).items() -%}
    {%- set at = where ~ ', database_role_grants: ' ~ privilege -%}
    {%- if snowmesh._is_privilege(privilege, at, errors) -%}
      {%- do grants.update({privilege | upper: snowmesh._role_names(roles, at, errors)}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(grants) }}
{% endmacro %}


{#- `future_grants: {tables: {select: [roles]}}`, or `{select: {roles: [...], database_roles: [...]}}`, as
    [{type: 'TABLES', privilege, grantees: [{type, name}]}]. -#}
{% macro _future_grants(raw, where, errors) %}
  {%- set grants = [] -%}
  {%- set types = ['tables', 'views', 'dynamic_tables'] -%}
  {%- for type, privileges in snowmesh._mapping(raw, where, errors).items() -%}
    {%- if type not in types -%}
      {%- do errors.append(snowmesh._error(
        'unknown-key', where, 'unknown key "' ~ type ~ '"', 'write the kind of relation, in the plural', types, type)) -%}
    {%- else -%}
      {%- for privilege, grantees in snowmesh._mapping(privileges, where ~ ': ' ~ type, errors).items() -%}
        {%- set at = where ~ ': ' ~ type ~ ': ' ~ privilege -%}
        {%- if snowmesh._is_privilege(privilege, at, errors) -%}
          {%- do grants.append({
            'type': type.replace('_', ' ') | upper, 'privilege': privilege | upper, 'grantees': snowmesh._grantees(grantees, at, errors)
          }) -%}
        {%- endif -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(grants) }}
{% endmacro %}


{#- A list of roles, or {roles: [...], database_roles: [...]}, as [{type: 'ROLE' or 'DATABASE_ROLE', name}]. -#}
{% macro _grantees(raw, where, errors) %}
  {%- set long = raw if raw is mapping else {'roles': raw} -%}
  {%- do snowmesh._check_keys(long, ['roles', 'database_roles'], where, errors) -%}
  {%- set grantees = [] -%}
  {%- for key, type in [('roles', 'ROLE'), ('database_roles', 'DATABASE_ROLE')] -%}
    {%- for name in snowmesh._role_names(long.get(key), where, errors) -%}
      {%- do grantees.append({'type': type, 'name': name}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(grantees) }}
{% endmacro %}


{#- A grantee as GRANT and REVOKE name it. -#}
{% macro _grantee(grantee, database) %}
  {%- if grantee.type == 'DATABASE_ROLE' -%}
    {{ return('database role ' ~ snowmesh._fqn([database, grantee.name])) }}
  {%- endif -%}
  {{ return('role ' ~ snowmesh._identifier(grantee.name)) }}
{% endmacro %}


{#- Whether a word is a privilege on a relation; if not, there is an error. -#}
{% macro _is_privilege(word, where, errors) %}
  {%- set known = ['select', 'insert', 'update', 'delete', 'truncate', 'references'] -%}
  {%- if word | lower not in known -%}
    {%- do errors.append(snowmesh._error(
      'unknown-privilege', where, (word | tojson) ~ ' is no privilege on a relation', 'correct the privilege', known, word | lower)) -%}
  {%- endif -%}
  {{ return(word | lower in known) }}
{% endmacro %}


{#- A model that is not public is for its domain: vars: snowmesh: domain_roles says which roles those are. -#}
{% macro _check_domain(node, governance, found, errors) %}
  {%- set access = node.get('access') or (node.get('config') or {}).get('access') -%}
  {%- if found.domain_roles is not none and node.resource_type == 'model' and access in ['private', 'protected'] -%}
    {%- for name in snowmesh._granted_roles(node, governance) if name not in found.domain_roles and name != (target.role | upper) -%}
      {%- do errors.append(snowmesh._error(
        'granted-outside-domain', snowmesh._where(node),
        'the model is ' ~ access ~ ' and is granted to ' ~ snowmesh._display(name) ~ ', a role outside of its domain',
        'remove the grant, make the model access: public, or add the role to vars: snowmesh: domain_roles', found.domain_roles, name)) -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}


{#- The stored names of all roles that a node's relation is granted to: by dbt's grants, by the block, by future grants. -#}
{% macro _granted_roles(node, governance) %}
  {%- set names = [] -%}
  {%- for roles in ((node.get('config') or {}).get('grants') or {}).values() -%}
    {%- for role in ([roles] if roles is string else roles) -%}
      {%- do names.append(snowmesh._stored(role) or role) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- for roles in (governance.database_role_grants or {}).values() -%}
    {%- do names.extend(roles) -%}
  {%- endfor -%}
  {%- for grant in governance.future_grants or [] -%}
    {%- do names.extend(grant.grantees | map(attribute='name')) -%}
  {%- endfor -%}
  {{ return(names | unique(case_sensitive=true) | list) }}
{% endmacro %}
