{#- What the role that builds cannot see is stored as it sees it: a table built from a masked column keeps the mask for good, and
    a filtered read keeps a part of the rows. Found before anything is built, from what the project declares. -#}


{#- An error for each node that would store what a policy leaves to the building role. -#}
{% macro _check_stored_reads(found, errors) %}
  {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type in ['model', 'snapshot'] and not snowmesh._is_external(node) -%}
    {%- if snowmesh._stores_rows(node) and snowmesh._governance(node, found).stores_masked is none -%}
      {%- do snowmesh._check_upstream_reads(node, found, errors) -%}
      {%- do snowmesh._check_own_reads(node, found, errors) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- Whether building a node stores rows: a view or an ephemeral model is only a query. -#}
{% macro _stores_rows(node) %}
  {{ return(node.config.materialized not in ['view', 'ephemeral'] and node.config.get('enabled', true)) }}
{% endmacro %}


{#- What the node reads from upstream. With a contract its columns are known, and what only `*` could bring is not there. -#}
{% macro _check_upstream_reads(node, found, errors) %}
  {%- set texts = [] -%}
  {%- for read in snowmesh._restricted_reads(node, found) if read.name is none or read.is_renamed or not snowmesh._lacks_column(node, read.name) -%}
    {%- do texts.append(read.text) if read.text not in texts -%}
  {%- endfor -%}
  {%- if texts -%}
    {%- do errors.append(snowmesh._error(
      'stores-masked', snowmesh._where(node),
      'it is built as a ' ~ node.config.materialized ~ ' by the role ' ~ target.role ~ ', which does not see ' ~ (texts[:5] | join(', '))
        ~ (', and ' ~ (texts | length - 5) ~ ' more' if texts | length > 5 else '')
        ~ ': what the policy leaves to that role would be stored for good, for everybody',
      'let the policy exempt the building role, or name the columns that are needed instead of *; if this is meant, write the reason: '
        ~ 'meta: snowmesh: stores_masked: "..."')) -%}
  {%- endif -%}
{% endmacro %}


{#- Whether a contract says that the node has no such column. -#}
{% macro _lacks_column(node, name) %}
  {%- if not (node.config.get('contract') or {}).get('enforced') -%}
    {{ return(false) }}
  {%- endif -%}
  {%- for column in node.columns.values() if snowmesh._stored_column(column) == name -%}
    {{ return(false) }}
  {%- endfor -%}
  {{ return(true) }}
{% endmacro %}


{#- What a query of the node may read masked or filtered: [{text, name: of the column, or none for rows and all columns, is_renamed:
    whether it may come under another name}]. It passes through views and ephemeral models. -#}
{% macro _restricted_reads(node, found) %}
  {%- set known = snowmesh._run_memory().setdefault('restricted_reads', {}) -%}
  {%- if node.unique_id not in known -%}
    {%- set reads = [] -%}
    {%- for id in (node.get('depends_on') or {}).get('nodes', []) -%}
      {%- set upstream = graph.nodes.get(id) or graph.sources.get(id) -%}
      {%- for read in (snowmesh._offered(upstream, found) if upstream else []) -%}
        {%- set passing = 'renamed' if read.name is none or read.is_renamed else snowmesh._passing(node, read.name) -%}
        {%- do reads.append(dict(read, is_renamed=passing == 'renamed')) if passing != 'not' -%}
      {%- endfor -%}
    {%- endfor -%}
    {%- do known.update({node.unique_id: reads}) -%}
  {%- endif -%}
  {{ return(known[node.unique_id]) }}
{% endmacro %}


{#- What whoever reads a node does not see: what its own policies restrict, and behind a view or an ephemeral model what these read. -#}
{% macro _offered(upstream, found) %}
  {%- set offered = [] -%}
  {%- set restricted = snowmesh._restrictions(upstream, found) -%}
  {%- for name, by in restricted.columns.items() -%}
    {%- do offered.append({
      'name': none if name == '*' else name, 'is_renamed': false,
      'text': upstream.name ~ '.' ~ ('*' if name == '*' else snowmesh._display(name)) ~ ' (' ~ by ~ ')'
    }) -%}
  {%- endfor -%}
  {%- if restricted.rows is not none -%}
    {%- do offered.append({'name': none, 'is_renamed': false, 'text': 'all rows of ' ~ upstream.name ~ ' (' ~ restricted.rows ~ ')'}) -%}
  {%- endif -%}
  {%- if (upstream.get('config') or {}).get('materialized') in ['view', 'ephemeral'] -%}
    {%- do offered.extend(snowmesh._restricted_reads(upstream, found)) -%}
  {%- endif -%}
  {{ return(offered) }}
{% endmacro %}


{#- Whether a column of what a query reads may be in its result: 'not', under its 'own' name, or 'renamed' (or used in another way).
    A query reads a column only by writing its name or `*`, unless macros write SQL. In doubt it is 'renamed'. -#}
{% macro _passing(node, name) %}
  {%- set code = node.get('raw_code') or '' -%}
  {%- set is_plain = node.get('language', 'sql') == 'sql' and code | trim and snowmesh._is_plain_sql(code) -%}
  {%- if not is_plain or modules.re.search('(?i)(?<![a-z0-9_$])' ~ modules.re.escape(name) ~ '(?![a-z0-9_$])', code) -%}
    {{ return('renamed') }}
  {%- endif -%}
  {%- set stars = snowmesh._stars(code) -%}
  {%- if 'used' in stars or (stars and modules.re.search('(?i)\\b(?:union|intersect|except|minus)\\b', code)) -%}
    {{ return('renamed') }}
  {%- endif -%}
  {{ return('own' if stars else 'not') }}
{% endmacro %}


{#- Whether a query is SQL but for ref, source, config and is_incremental: no macro that may write more, no position ($1), no natural
    join. -#}
{% macro _is_plain_sql(code) %}
  {%- set re = modules.re -%}
  {%- for jinja in re.findall('(?s)\\{[{%].*?[%}]\\}', code) -%}
    {%- for called in re.findall('([\\w.]+)\\s*\\(', jinja) if called not in ['ref', 'source', 'config', 'is_incremental'] -%}
      {{ return(false) }}
    {%- endfor -%}
    {%- if re.search('\\b(?:include|import|call|var|env_var|adapter|graph|modules)\\b', jinja) -%}
      {{ return(false) }}
    {%- endif -%}
  {%- endfor -%}
  {{ return(re.search('(?i)\\$[0-9]|\\b(?:natural|top)\\b', code) is none) }}
{% endmacro %}


{#- What each `*` of a query is, but for count(*) and products: 'all' columns, or all columns 'used' as an argument. A product has its
    first factor on the same line, and no comment before it; in doubt it is all columns. -#}
{% macro _stars(code) %}
  {%- set re = modules.re -%}
  {%- set stars = [] -%}
  {%- for line in re.sub('(?i)\\bcount\\s*\\(\\s*\\*\\s*\\)', '', code).split('\n') -%}
    {%- set parts = line.split('*') -%}
    {%- for part in parts[:-1] -%}
      {%- set before = parts[:loop.index] | join('*') -%}
      {%- if re.search('\\(\\s*$', before) -%}
        {%- do stars.append('used') -%}
      {%- elif re.search('(?i)--|//|/\\*|\\b(?:select|distinct|all|by)\\s*$', before) or not re.search('[\\w)\\]"\']\\s*$', before) -%}
        {%- do stars.append('all') -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(stars) }}
{% endmacro %}


{#- dbt reads the relation it builds into: a masked key matches nothing, a masked value looks changed, a hidden row is written again. -#}
{% macro _check_own_reads(node, found, errors) %}
  {%- set own = snowmesh._restrictions(node, found) -%}
  {%- set reads = [] -%}
  {%- if node.config.materialized == 'snapshot' or (node.config.materialized == 'incremental' and snowmesh._matches_rows(node.config)) -%}
    {%- set keys = snowmesh._own_keys(node.config) -%}
    {%- for name, by in own.columns.items() if keys is none or name == '*' or modules.re.search('(?i)\\b' ~ modules.re.escape(name) ~ '\\b', keys) -%}
      {%- do reads.append(snowmesh._display(name) ~ ' (' ~ by ~ ')') -%}
    {%- endfor -%}
    {%- do reads.append('all rows (' ~ own.rows ~ ')') if own.rows is not none -%}
  {%- endif -%}
  {%- if reads -%}
    {%- do errors.append(snowmesh._error(
      'reads-own-masked', snowmesh._where(node),
      'to build this ' ~ node.config.materialized ~ ' dbt compares new rows with its own, and the role ' ~ target.role ~ ' does not see '
        ~ (reads | join(', ')) ~ ' there: rows would be written twice',
      'let the policy exempt the building role, or use other columns as unique_key and check_cols')) -%}
  {%- endif -%}
{% endmacro %}


{#- Whether an incremental build looks for rows that are there. -#}
{% macro _matches_rows(config) %}
  {%- set strategy = config.get('incremental_strategy') or 'merge' -%}
  {{ return(strategy == 'microbatch' or (strategy not in ['append', 'insert_overwrite'] and config.get('unique_key'))) }}
{% endmacro %}


{#- What dbt compares of the relation, as a text; none for every column. -#}
{% macro _own_keys(config) %}
  {%- set columns = config.get('check_cols') if config.get('strategy') == 'check' else [] -%}
  {%- if columns == 'all' or config.get('hard_deletes') == 'new_record' -%}
    {{ return(none) }}
  {%- endif -%}
  {%- set key = config.get('unique_key') or [] -%}
  {%- set names = ([key] if key is string else key | list) + ([columns] if columns is string else columns or []) -%}
  {{ return(names | join(' ')) }}
{% endmacro %}


{#- `stores_masked: "the reason"`: that masked values are stored is meant. -#}
{% macro _stores_masked(raw, where, errors) %}
  {%- if raw is not none and not (raw is string and raw | trim) -%}
    {%- do errors.append(snowmesh._error(
      'no-reason', where ~ ', stores_masked', 'stores_masked is ' ~ (raw | tojson) ~ '; the reason is expected, as a text',
      'write why masked values may be stored, for example stores_masked: "only counts are taken"')) -%}
  {%- endif -%}
  {{ return(raw) }}
{% endmacro %}
