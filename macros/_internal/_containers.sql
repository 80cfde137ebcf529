{#- What nodes declare about the schema and the database that they are built in, put together. -#}


{#- {NAME: container} of every schema and database about which something is declared. A container is {type, parts, where,
    tags: {NAME: {value, where}}, future_grants: {'SELECT on future TABLES': {type, privilege, grantees, where}}, readers: [roles]}. What two nodes say about
    one of them must agree; what does not is an error. -#}
{% macro _containers(found, errors) %}
  {%- set containers = {} -%}
  {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type in ['model', 'seed', 'snapshot'] and node.relation_name and not snowmesh._is_external(node) -%}
    {%- set governance = snowmesh._governance(node, found) -%}
    {%- set readers = snowmesh._readers(node) if found.grant_usage else [] -%}
    {%- if governance.schema_tags or governance.database_tags or governance.future_grants or readers -%}
      {%- set parts = snowmesh._stored_parts(node.relation_name) -%}
      {%- set database = snowmesh._container(containers, 'database', parts[:1]) -%}
      {%- set schema = snowmesh._container(containers, 'schema', parts[:2]) -%}
      {%- do snowmesh._add_container_tags(database, governance.database_tags, governance.where, errors) -%}
      {%- do snowmesh._add_container_tags(schema, governance.schema_tags, governance.where, errors) -%}
      {%- do snowmesh._add_future_grants(schema, governance.future_grants, governance.where, errors) -%}
      {%- for container in [database, schema] -%}
        {%- do container.readers.extend(readers | reject('in', container.readers)) -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(containers) }}
{% endmacro %}


{#- One container, made when it is not there yet. -#}
{% macro _container(containers, type, parts) %}
  {{ return(containers.setdefault(type ~ ' ' ~ snowmesh._fqn(parts), {
    'type': type, 'parts': parts, 'tags': {}, 'future_grants': {}, 'readers': []
  })) }}
{% endmacro %}


{#- The roles that dbt grants SELECT, in stored names. -#}
{% macro _readers(node) %}
  {%- set roles = ((node.config.get('grants') or {}).get('select')) or [] -%}
  {%- set names = [] -%}
  {%- for role in ([roles] if roles is string else roles) -%}
    {%- do names.append(snowmesh._stored(role) or role) -%}
  {%- endfor -%}
  {{ return(names) }}
{% endmacro %}


{#- Add the tags that one node declares for a container. -#}
{% macro _add_container_tags(container, tags, where, errors) %}
  {%- for name, value in tags.items() -%}
    {%- set other = container.tags.setdefault(name, {'value': value, 'where': where}) -%}
    {%- if other.value != value -%}
      {%- do snowmesh._container_conflict(container, 'tag ' ~ name, value | tojson, other.value | tojson, where, other.where, errors) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- Add the future grants that one node declares for its schema. -#}
{% macro _add_future_grants(schema, grants, where, errors) %}
  {%- for grant in grants -%}
    {%- set key = grant.privilege ~ ' on future ' ~ grant.type -%}
    {%- set other = schema.future_grants.setdefault(key, {
      'type': grant.type, 'privilege': grant.privilege, 'grantees': grant.grantees, 'where': where}) -%}
    {%- if other.grantees != grant.grantees -%}
      {%- do snowmesh._container_conflict(
        schema, key, grant.grantees | map(attribute='name') | join(', '), other.grantees | map(attribute='name') | join(', '),
        where, other.where, errors) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- Two nodes of one schema or database disagree about it. -#}
{% macro _container_conflict(container, what, value, other_value, where, other_where, errors) %}
  {%- do errors.append(snowmesh._error(
    'two-values', where,
    what ~ ' of the ' ~ container.type ~ ' ' ~ snowmesh._display_all(container.parts) ~ ' is ' ~ value ~ ' here and ' ~ other_value ~ ' in ' ~ other_where,
    'say it once, on the folder whose models are built there')) -%}
{% endmacro %}
