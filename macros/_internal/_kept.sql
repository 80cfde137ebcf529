{#- A relation that dbt keeps and puts rows into: governed before the rows are there, columns included. -#}


{#- Whether an existing relation is the node's own; dbt gives it with the names that Snowflake has stored. -#}
{% macro _is_kept_relation(relation) %}
  {{ return(model.get('resource_type') in ['model', 'seed', 'snapshot'] and snowmesh._name_key(relation) == snowmesh._name_key(this)) }}
{% endmacro %}


{#- Govern the kept relation of this node before its new rows. -#}
{% macro _govern_kept(relation) %}
  {%- if snowmesh._is_kept_relation(relation) -%}
    {#- named as dbt names it after the build, so that the look is not repeated then -#}
    {%- do snowmesh._apply_to(this.incorporate(type='table', table_format=relation.table_format)) -%}
  {%- endif -%}
{% endmacro %}


{#- The clauses of governed columns among those that dbt adds, as {name: clauses}. Raises every error at once. -#}
{% macro _added_clauses(relation, columns) %}
  {%- set clauses = {} -%}
  {%- if columns and snowmesh._is_kept_relation(relation) -%}
    {%- set found = snowmesh._definitions() -%}
    {%- set governance = snowmesh._governance(graph.nodes[model.unique_id], found) -%}
    {%- set names = columns | map(attribute='name') | list -%}
    {%- set added = governance.columns | selectattr('name', 'in', names) | list -%}
    {%- do snowmesh._check_added(relation, columns, added, governance, found) if added -%}
    {%- set pairs = snowmesh._tag_pairs({'tags': {}, 'columns': added}, found) -%}
    {%- for column in added -%}
      {%- do clauses.update({column.name: snowmesh._column_clauses(column, pairs | selectattr('column', 'equalto', column.name) | list)}) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(clauses) }}
{% endmacro %}


{#- The governed columns that are added must fit their masks, whose deciding columns must be there. -#}
{% macro _check_added(relation, columns, added, governance, found) %}
  {%- set errors = found.errors + governance.errors -%}
  {%- if not errors -%}
    {%- set part = dict(snowmesh._object_governance({}, found, governance.where, errors), columns=added) -%}
    {%- do errors.extend(snowmesh._missing_objects(part, found)) -%}
    {%- do snowmesh._check_columns(part, found, columns + adapter.get_columns_in_relation(relation), errors) -%}
  {%- endif -%}
  {%- if errors -%}
    {%- do snowmesh._raise('snowmesh.apply', errors, 'No column was added, and no row: ' ~ relation.render() ~ ' is as it was before.') -%}
  {%- endif -%}
{% endmacro %}


{#- ALTER TABLE ... ADD COLUMN with the clauses; a statement takes 100 tags, so many columns go one by one. -#}
{% macro _add_governed_columns(relation, columns, clauses) %}
  {%- set lines = [] -%}
  {%- for column in columns if column.name in clauses -%}
    {%- set data_type = dbt.snowflake__get_column_data_type_for_alter(relation, column) | trim -%}
    {%- do lines.append(snowmesh._identifier(column.name) ~ ' ' ~ data_type ~ ' ' ~ clauses[column.name]) -%}
  {%- endfor -%}
  {%- for batch in lines | batch(20 if lines | length <= 20 else 1) -%}
    {%- do run_query(snowmesh._alter(relation) ~ ' add column ' ~ (batch | join(', '))) -%}
  {%- endfor -%}
{% endmacro %}
