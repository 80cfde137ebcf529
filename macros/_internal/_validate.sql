{#- Everything that can be known before anything is built, for the whole graph. -#}


{#- Errors of the definitions, of every governance block, and of what the account must have. -#}
{% macro _validate(found) %}
  {%- set errors = [] -%}
  {%- do errors.extend(found.errors) -%}
  {%- for kind in ['nodes', 'sources', 'exposures', 'functions', 'metrics', 'semantic_models', 'saved_queries'] -%}
    {%- for node in graph.get(kind, {}).values() -%}
      {%- set governance = snowmesh._governance(node, found) -%}
      {%- do errors.extend(governance.errors) -%}
      {%- if governance.is_declared or governance.database_role_grants -%}
        {%- do snowmesh._check_applied(node, errors) -%}
      {%- endif -%}
      {%- do snowmesh._check_domain(node, governance, found, errors) -%}
    {%- endfor -%}
  {%- endfor -%}
  {%- do snowmesh._check_overrides(errors) -%}
  {#- with a wrong definition nobody knows what it would mask -#}
  {%- do snowmesh._check_stored_reads(found, errors) if not errors -%}
  {%- if found.schema and found.schema[0] != '?' -%}
    {%- do snowmesh._check_account(found, errors) -%}
  {%- endif -%}
  {{ return(errors) }}
{% endmacro %}


{#- A block that nothing applies protects nothing. -#}
{% macro _check_applied(node, errors) %}
  {%- set is_built = node.resource_type in ['model', 'seed', 'snapshot'] and node.config.materialized != 'ephemeral' -%}
  {%- if is_built and not snowmesh._is_dispatched() and not snowmesh._has_hook(node) -%}
    {%- do errors.append(snowmesh._error(
      'not-applied', snowmesh._where(node), 'nothing applies this governance block',
      'add +post-hook: "{' ~ '{ snowmesh.apply() }' ~ '}" for ' ~ node.resource_type ~ 's to dbt_project.yml, or the dispatch line')) -%}
  {%- endif -%}
{% endmacro %}


{#- Whether a post-hook of the node itself says snowmesh.apply(). -#}
{% macro _has_hook(node) %}
  {%- for hook in node.config.get('post-hook') or [] if 'snowmesh.apply()' in hook.sql -%}
    {{ return(true) }}
  {%- endfor -%}
  {{ return(false) }}
{% endmacro %}


{#- Whether the root project's dispatch config puts our apply_grants before dbt's. -#}
{% macro _is_dispatched() %}
  {%- set chosen = adapter.dispatch('apply_grants', 'dbt').macro -%}
  {{ return(chosen is defined and chosen.package_name == 'snowmesh') }}
{% endmacro %}


{#- The governance schema and the roles must exist: a role with a typo would mask the column for everybody. -#}
{% macro _check_account(found, errors) %}
  {%- if not adapter.check_schema_exists(found.schema[0], found.schema[1]) -%}
    {%- do errors.append(snowmesh._error(
      'schema-not-found', 'dbt_project.yml, vars: snowmesh: schema',
      'the schema ' ~ snowmesh._display_all(found.schema) ~ ' does not exist, or the role ' ~ target.role ~ ' has no USAGE on it',
      'create it (create schema ' ~ snowmesh._display_all(found.schema) ~ '), or correct the name')) -%}
  {%- endif -%}
  {%- set named = [] -%}
  {%- for kind in snowmesh._policy_kinds() -%}
    {%- do named.extend(found[kind].values() | selectattr('roles')) -%}
  {%- endfor -%}
  {%- set roles = snowmesh.list_roles() if named else [] -%}
  {%- for policy in named -%}
    {%- for role in policy.roles if role not in roles -%}
      {%- do errors.append(snowmesh._error(
        'unknown-role', policy.where, 'the policy names the role ' ~ snowmesh._display(role) ~ ', which does not exist',
        'correct the name, or create the role first', roles, role)) -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}
