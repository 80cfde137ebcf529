{#- What goes into the CREATE of a node's relation. Everything is checked here, before the CREATE is sent: a build that is
    refused leaves what stood there, with its governance. -#}


{#- The governance to write into the CREATE of a relation, or none when there is nothing to write or it has to come after:
    {tags: [{tag, value}], policies: clauses, columns: {NAME: clauses}, shape: [{name, dtype, type}] or none}. Raises every error at once.
    `query` is its SQL (none for Python and seeds), `shape` its columns when they are known without asking. -#}
{% macro _inline(relation, temporary, query, shape=none) %}
  {%- if not snowmesh._is_own_relation(relation, temporary) -%}
    {{ return(none) }}
  {%- endif -%}
  {%- do snowmesh._forget_state(relation) -%}
  {%- set found = snowmesh._definitions() -%}
  {%- set governance = snowmesh._governance(graph.nodes[model.unique_id], found) -%}
  {%- if not governance.is_declared -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set errors = found.errors + governance.errors -%}
  {%- if not errors -%}
    {%- do errors.extend(snowmesh._missing_objects(governance, found)) -%}
    {%- set shape = snowmesh._shape(query) if shape is none and snowmesh._names_columns(governance) else shape -%}
    {%- do snowmesh._check_columns(governance, found, shape, errors) if shape is not none -%}
  {%- endif -%}
  {%- if errors -%}
    {%- do snowmesh._raise('snowmesh.apply', errors, 'Nothing was built: ' ~ relation.render() ~ ' is as it was before.') -%}
  {%- endif -%}
  {%- set obstacle = snowmesh._inline_obstacle(relation, query, shape) -%}
  {%- if obstacle is not none -%}
    {%- do log('snowmesh: the governance of ' ~ relation.render() ~ ' comes after its CREATE and before its first GRANT: ' ~ obstacle) -%}
    {{ return(none) }}
  {%- endif -%}
  {{ return(snowmesh._inline_clauses(relation, governance, found, shape)) }}
{% endmacro %}


{#- Whether a governance names columns, so that it must be known which there are. -#}
{% macro _names_columns(governance) %}
  {%- set keyed = governance.aggregation_policy is not none and governance.aggregation_policy.entity_key -%}
  {{ return(true if governance.columns or governance.row_access_policy is not none or keyed else false) }}
{% endmacro %}


{#- Whether dbt creates the relation of the node itself. A temporary relation is read again by dbt, and what is masked there
    would be stored masked; tests and unit tests have relations of their own. -#}
{% macro _is_own_relation(relation, temporary) %}
  {%- if temporary or model is not defined or model.get('resource_type') not in ['model', 'seed', 'snapshot'] -%}
    {{ return(false) }}
  {%- endif -%}
  {{ return((relation.database, relation.schema, relation.identifier) == (this.database, this.schema, this.identifier)) }}
{% endmacro %}


{#- Why the CREATE cannot carry governance, or none. -#}
{% macro _inline_obstacle(relation, query, shape) %}
  {%- if model.resource_type == 'seed' -%}
    {{ return(none) }}
  {%- elif query is none -%}
    {{ return('a Python model writes its table itself') }}
  {%- elif not relation.is_view and adapter.build_catalog_relation(config.model).catalog_type != 'INFO_SCHEMA' -%}
    {{ return('an Iceberg table takes no list of columns with policies from this package') }}
  {%- endif -%}
  {{ return(none) }}
{% endmacro %}


{#- The columns of a query as [{name, dtype, type}]: from the contract, else one query without rows and one DESCRIBE RESULT.
    None for Python. -#}
{% macro _shape(query) %}
  {%- if query is none -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set shape = [] -%}
  {%- set is_typed = model.columns.values() | rejectattr('data_type') | list | length == 0 -%}
  {%- if snowmesh._has_contract() and is_typed and model.config.materialized in ['table', 'incremental'] and flags.WHICH != 'clone' -%}
    {%- for column in model.columns.values() -%}
      {%- do shape.append(snowmesh._column_shape(snowmesh._stored_column(column), column.data_type)) -%}
    {%- endfor -%}
    {{ return(shape) }}
  {%- endif -%}
  {%- call statement('snowmesh_shape', fetch_result=true, auto_begin=false) -%}
    {{ get_empty_subquery_sql(query, config.get('sql_header')) }}
  {%- endcall -%}
  {%- for row in run_query(snowmesh.get_describe_result_sql(load_result('snowmesh_shape').response.query_id)) -%}
    {%- do shape.append(snowmesh._column_shape(row['name'], row['type'])) -%}
  {%- endfor -%}
  {{ return(shape) }}
{% endmacro %}


{#- One column: stored name, data type without its size, data type as DDL takes it. -#}
{% macro _column_shape(name, type) %}
  {{ return({'name': name, 'dtype': type.split('(')[0] | trim, 'type': type}) }}
{% endmacro %}


{#- Whether dbt renders the columns of this model from its contract. -#}
{% macro _has_contract() %}
  {%- set contract = config.get('contract') -%}
  {{ return(contract and contract.enforced) }}
{% endmacro %}


{#- The clauses of a CREATE, and whether anything is left for afterwards. One statement takes 100 tags; those that mask go
    first, and the masks of the others hold directly until the tags are there. With copy_tags Snowflake lets an old value win
    over WITH TAG, so the values are compared afterwards. -#}
{% macro _inline_clauses(relation, governance, found, shape) %}
  {%- set pairs = snowmesh._tag_pairs(governance, found) -%}
  {%- set first, later = pairs[:100], pairs[100:] -%}
  {%- if later or config.get('copy_tags') -%}
    {%- do log('snowmesh: tags of ' ~ relation.render() ~ ' come after its CREATE and before its first GRANT: '
      ~ (later | length ~ ', as one statement takes 100' if later else 'those that copy_tags gives another value')) -%}
    {%- do snowmesh._set_part_done(relation) -%}
  {%- else -%}
    {%- do snowmesh._set_done(relation) -%}
  {%- endif -%}
  {%- set columns = {} -%}
  {%- for column in governance.columns -%}
    {%- set held = snowmesh._held_mask(column, later, found, shape) if later else column -%}
    {%- set clauses = snowmesh._column_clauses(held, first | selectattr('column', 'equalto', column.name) | list) -%}
    {%- do columns.update({column.name: clauses}) if clauses -%}
  {%- endfor -%}
  {{ return({
    'tags': first | selectattr('column', 'none') | list, 'policies': snowmesh._object_clauses(governance), 'columns': columns, 'shape': shape
  }) }}
{% endmacro %}


{#- `with row access policy ... on (...) with aggregation policy ... entity key (...)` of a relation, or ''. -#}
{% macro _object_clauses(governance) %}
  {%- set clauses = [] -%}
  {%- set rows, groups = governance.row_access_policy, governance.aggregation_policy -%}
  {%- if rows is not none -%}
    {%- do clauses.append('with row access policy ' ~ snowmesh._fqn(rows.policy.fqn) ~ ' on (' ~ snowmesh._identifiers(rows.on) ~ ')') -%}
  {%- endif -%}
  {%- if groups is not none -%}
    {%- do clauses.append('with aggregation policy ' ~ snowmesh._fqn(groups.policy.fqn)) -%}
    {%- do clauses.append('entity key (' ~ snowmesh._identifiers(groups.entity_key) ~ ')') if groups.entity_key -%}
  {%- endif -%}
  {{ return(clauses | join(' ')) }}
{% endmacro %}


{#- A column whose masking tag comes after the CREATE, with the mask of the tag itself. -#}
{% macro _held_mask(column, later, found, shape) %}
  {%- if column.masking_policy is none -%}
    {%- for pair in later | selectattr('column', 'equalto', column.name) -%}
      {%- for policy in found.tags[pair.tag[-1]].masking_policies if policy.arguments[0].family == snowmesh._shape_family(shape, column.name) -%}
        {{ return(dict(column, masking_policy={'policy': policy, 'using': policy.arguments[1:] | map(attribute='name') | list})) }}
      {%- endfor -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(column) }}
{% endmacro %}


{#- The family of a column's type in a shape. -#}
{% macro _shape_family(shape, name) %}
  {%- for column in shape if column.name == name -%}
    {{ return(snowmesh._family(column.dtype)) }}
  {%- endfor -%}
  {{ return(none) }}
{% endmacro %}


{#- Every tag of a relation and its columns as [{column: stored name or none, tag, value}], those that mask first. -#}
{% macro _tag_pairs(governance, found) %}
  {%- set masking, others = [], [] -%}
  {%- for owner in [{'name': none, 'tags': governance.tags}] + governance.columns -%}
    {%- for name, value in owner.tags.items() -%}
      {%- set pair = {'column': owner.name, 'tag': found.tags[name].fqn, 'value': value} -%}
      {%- do (masking if found.tags[name].masking_policies else others).append(pair) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(masking + others) }}
{% endmacro %}


{#- `with masking policy ... using (...) with projection policy ... with tag (...)` of one column, in the order of the grammar (M19). -#}
{% macro _column_clauses(column, pairs) %}
  {%- set clauses = [] -%}
  {%- if column.masking_policy is not none -%}
    {%- set using = column.masking_policy.using -%}
    {%- do clauses.append('with masking policy ' ~ snowmesh._fqn(column.masking_policy.policy.fqn)) -%}
    {%- do clauses.append('using (' ~ snowmesh._identifiers([column.name] + using) ~ ')') if using -%}
  {%- endif -%}
  {%- if column.projection_policy is not none -%}
    {%- do clauses.append('with projection policy ' ~ snowmesh._fqn(column.projection_policy.fqn)) -%}
  {%- endif -%}
  {%- do clauses.append(snowmesh._with_tag(pairs)) if pairs -%}
  {{ return(clauses | join(' ')) }}
{% endmacro %}


{#- `with tag (a = 'x', b = 'y')`; `before` is what the project itself sets there. -#}
{% macro _with_tag(pairs, before=none) %}
  {%- set tags = [before] if before else [] -%}
  {%- for pair in pairs -%}
    {%- do tags.append(snowmesh._fqn(pair.tag) ~ ' = ' ~ snowmesh._string_literal(pair.value)) -%}
  {%- endfor -%}
  {{ return('with tag (' ~ (tags | join(', ')) ~ ')') }}
{% endmacro %}
