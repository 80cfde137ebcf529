{#- dbt's own CREATE with our clauses in it. dbt renders one text, so it is taken apart first; a text of another shape is an
    error before anything is sent, never a CREATE without governance. -#}


{#- CREATE TABLE AS. Snowflake wants a data type beside a policy, so every column is listed with its type. -#}
{% macro _governed_table_sql(sql, relation, query, inline) %}
  {%- set body, listed = query, '' -%}
  {%- set columns = [] -%}
  {%- if snowmesh._has_contract() and not relation.is_dynamic_table -%}
    {%- set body = get_select_subquery(query) -%}
    {%- set rendered = adapter.render_raw_columns_constraints(raw_columns=model['columns']) -%}
    {%- set constraints = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) -%}
    {%- set listed = '(' ~ ((rendered + constraints) | join(',')) ~ ')' -%}
    {%- for column in model['columns'].values() -%}
      {%- do columns.append(rendered[loop.index0] ~ ' ' ~ inline.columns.get(snowmesh._stored_column(column), '')) -%}
    {%- endfor -%}
    {%- do columns.extend(constraints) -%}
  {%- elif inline.columns -%}
    {%- for column in inline.shape -%}
      {%- do columns.append(snowmesh._identifier(column.name) ~ ' ' ~ column.type ~ ' ' ~ inline.columns.get(column.name, '')) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(snowmesh._governed_create(snowmesh._create_parts(sql, relation, body, listed), columns, inline)) }}
{% endmacro %}


{#- CREATE VIEW. A list of columns must name every one; comments of persist_docs stand in it. -#}
{% macro _governed_view_sql(sql, relation, query, inline) %}
  {%- set is_commented = config.persist_column_docs() -%}
  {%- set names = [] -%}
  {%- if inline.columns -%}
    {%- do names.extend(inline.shape | map(attribute='name')) -%}
  {%- elif is_commented -%}
    {%- do names.extend(get_columns_in_query(query)) -%}
  {%- endif -%}
  {%- set rendered, columns = [], [] -%}
  {%- for name in names -%}
    {%- set quoted = adapter.quote(name) if is_commented else snowmesh._identifier(name) -%}
    {%- set entry = get_column_comment_sql(name, model.columns) | trim if is_commented else quoted -%}
    {%- do snowmesh._unexpected_create(relation) if not entry.startswith(quoted) -%}
    {%- do rendered.append(entry) -%}
    {%- do columns.append(quoted ~ ' ' ~ inline.columns.get(name, '') ~ entry[quoted | length:]) -%}
  {%- endfor -%}
  {%- set listed = '(' ~ (rendered | join(',')) ~ ')' if is_commented else '' -%}
  {{ return(snowmesh._governed_create(snowmesh._create_parts(sql, relation, query, listed), columns, inline)) }}
{% endmacro %}


{#- CREATE TABLE of a seed, from its parts. -#}
{% macro _governed_seed_sql(relation, columns, inline) %}
  {%- set lines = [] -%}
  {%- for column in columns -%}
    {%- do lines.append(column.written ~ ' ' ~ column.type ~ ' ' ~ inline.columns.get(column.name, '')) -%}
  {%- endfor -%}
  {%- set tags = snowmesh._with_tag(inline.tags) if inline.tags else '' -%}
  {{ return('create table ' ~ relation.render() ~ snowmesh._column_list(lines) ~ inline.policies ~ ' ' ~ tags) }}
{% endmacro %}


{#- The columns of a seed, named and typed as dbt does: [{written, name, dtype, type}]. -#}
{% macro _seed_columns(model, agate_table) %}
  {%- set types = model.config.get('column_types') or {} -%}
  {%- set columns = [] -%}
  {%- for name in agate_table.column_names -%}
    {%- set written = adapter.quote_seed_column(name, model.config.get('quote_columns')) -%}
    {%- set shape = snowmesh._column_shape(
      snowmesh._stored_column({'name': written}), types.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
    {%- do shape.update({'written': written}) -%}
    {%- do columns.append(shape) -%}
  {%- endfor -%}
  {{ return(columns) }}
{% endmacro %}


{#- The statement from its parts: {head, options, tail}. -#}
{% macro _governed_create(parts, columns, inline) %}
  {%- set options = parts.options -%}
  {%- set own = config.get('table_tag') -%}
  {%- if own and (inline.tags or inline.policies) -%}
    {#- policies come before tags (M19) -#}
    {%- set clause = 'with tag (' ~ own ~ ')' -%}
    {%- do snowmesh._unexpected_create(this) if options.count(clause) != 1 -%}
    {%- set options = options.replace(clause, '') -%}
  {%- endif -%}
  {%- set tags = snowmesh._with_tag(inline.tags, own) if inline.tags or (own and inline.policies) else '' -%}
  {%- set options = [options | trim, inline.policies, tags] | select | join(' ') -%}
  {{ return(parts.head ~ snowmesh._column_list(columns) ~ options ~ '\n' ~ parts.tail) }}
{% endmacro %}


{#- A list of columns, or just a blank when there is none. -#}
{% macro _column_list(columns) %}
  {{ return(' (\n    ' ~ (columns | map('trim') | join(',\n    ')) ~ '\n)\n' if columns else '\n') }}
{% endmacro %}


{#- dbt's CREATE taken apart at the name, the list of columns that it must contain, and the query:
    {head: up to the name, options: between the list and AS, tail: from AS on}. -#}
{% macro _create_parts(sql, relation, body, listed) %}
  {%- set before, found, after = sql.rpartition(body) -%}
  {%- set header = (config.get('sql_header') or '') | trim -%}
  {%- set text = before | trim -%}
  {%- if not found or not text.startswith(header) -%}
    {%- do snowmesh._unexpected_create(relation) -%}
  {%- endif -%}
  {%- set kind = 'dynamic\\s+table' if relation.is_dynamic_table else 'view' if relation.is_view else 'table' -%}
  {%- set shape = '(?is)(\\s*create\\s+(?:or\\s+replace\\s+)?(?:transient\\s+|secure\\s+)?' ~ kind ~ '\\s+'
    ~ modules.re.escape(relation.render()) ~ ')(?=\\s)(.*?)(\\sas\\s*\\((?:\\s*select \\* from \\()?)' -%}
  {%- set match = modules.re.fullmatch(shape, text[header | length:]) -%}
  {%- do snowmesh._unexpected_create(relation) if match is none -%}
  {%- set options = snowmesh._without_list(match.group(2), listed) -%}
  {%- do snowmesh._unexpected_create(relation) if options is none -%}
  {{ return({'head': header ~ match.group(1), 'options': options, 'tail': match.group(3) | trim ~ '\n' ~ body ~ after}) }}
{% endmacro %}


{#- A text without the list of columns at its begin, or none when it begins with another list; blanks do not count. -#}
{% macro _without_list(text, listed) %}
  {%- set pieces = [] -%}
  {%- for piece in modules.re.findall('\\S', listed) -%}
    {%- do pieces.append(modules.re.escape(piece)) -%}
  {%- endfor -%}
  {%- set match = modules.re.fullmatch('(?s)\\s*' ~ (pieces | join('\\s*')) ~ '\\s*(.*)', text) -%}
  {{ return(none if match is none or match.group(1).startswith('(') else match.group(1)) }}
{% endmacro %}


{#- Another version of dbt-snowflake, or a macro of the project in between, writes CREATE in another way. -#}
{% macro _unexpected_create(relation) %}
  {%- do snowmesh._raise('snowmesh.apply', [snowmesh._error(
    'unexpected-create', snowmesh._where(graph.nodes[model.unique_id]),
    'the CREATE of ' ~ relation.render() ~ ' does not look as dbt-snowflake 1.11 writes it, so governance cannot be put into it',
    'look for a macro of your project that changes the CREATE; without the dispatch line governance comes with the post-hook')],
    'Nothing was built: ' ~ relation.render() ~ ' is as it was before.') -%}
{% endmacro %}
