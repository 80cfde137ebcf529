{#- What the role that builds cannot see is stored as it sees it: a table built from a masked column keeps the mask for good, and
    a filtered read keeps a part of the rows. Found before anything is built, from what the project declares. -#}


{#- An error for each node that would store what a policy leaves to the building role. -#}
{% macro _check_stored_reads(found, errors) %}
  {%- for node in graph.nodes.values() if node.resource_type in ['model', 'snapshot'] and not snowmesh._is_external(node) -%}
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


{#- What the node reads from upstream. -#}
{% macro _check_upstream_reads(node, found, errors) %}
  {%- set reads = snowmesh._restricted_reads(node, found) -%}
  {%- if reads -%}
    {%- do errors.append(snowmesh._error(
      'stores-masked', snowmesh._where(node),
      'it is built as a ' ~ node.config.materialized ~ ' by the role ' ~ target.role ~ ', which does not see ' ~ (reads[:5] | join(', '))
        ~ (', and ' ~ (reads | length - 5) ~ ' more' if reads | length > 5 else '')
        ~ ': what the policy leaves to that role would be stored for good, for everybody',
      'let the policy exempt the building role, or name the columns that are needed instead of *; if this is meant, write the reason: '
        ~ 'meta: snowmesh: stores_masked: "..."')) -%}
  {%- endif -%}
{% endmacro %}


{#- What a query of the node leaves masked or filtered, as texts. It passes through views and ephemeral models, where columns may
    get other names. -#}
{% macro _restricted_reads(node, found) %}
  {%- set known = snowmesh._run_memory().setdefault('restricted_reads', {}) -%}
  {%- if node.unique_id not in known -%}
    {%- set reads = [] -%}
    {%- for id in (node.get('depends_on') or {}).get('nodes', []) -%}
      {%- set upstream = graph.nodes.get(id) or graph.sources.get(id) -%}
      {%- if upstream -%}
        {%- do reads.extend(snowmesh._reads_of(node, upstream, found)) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do known.update({node.unique_id: reads | unique(case_sensitive=true) | list}) -%}
  {%- endif -%}
  {{ return(known[node.unique_id]) }}
{% endmacro %}


{#- What a node reads of one upstream node. -#}
{% macro _reads_of(node, upstream, found) %}
  {%- set reads = [] -%}
  {%- set restricted = snowmesh._restrictions(upstream, found) -%}
  {%- set names = restricted.columns.keys() | reject('equalto', '*') | list -%}
  {%- set mentioned = snowmesh._possible_names(node, names) if names else [] -%}
  {%- for name, by in restricted.columns.items() if name == '*' or name in mentioned -%}
    {%- do reads.append(upstream.name ~ '.' ~ ('* (' if name == '*' else snowmesh._display(name) ~ ' (') ~ by ~ ')') -%}
  {%- endfor -%}
  {%- if restricted.rows is not none -%}
    {%- do reads.append('all rows of ' ~ upstream.name ~ ' (' ~ restricted.rows ~ ')') -%}
  {%- endif -%}
  {%- if (upstream.get('config') or {}).get('materialized') in ['view', 'ephemeral'] -%}
    {%- do reads.extend(snowmesh._restricted_reads(upstream, found)) -%}
  {%- endif -%}
  {{ return(reads) }}
{% endmacro %}


{#- Which of some columns a query may read: all, unless it is plain SQL without *, and then those whose name stands in it. -#}
{% macro _possible_names(node, names) %}
  {%- set code = node.get('raw_code') or '' -%}
  {%- if node.get('language', 'sql') != 'sql' or not code | trim or not snowmesh._names_its_columns(code) -%}
    {{ return(names) }}
  {%- endif -%}
  {%- set possible = [] -%}
  {%- for name in names if modules.re.search('(?i)(?<![a-z0-9_$])' ~ modules.re.escape(name) ~ '(?![a-z0-9_$])', code) -%}
    {%- do possible.append(name) -%}
  {%- endfor -%}
  {{ return(possible) }}
{% endmacro %}


{#- Whether a query can read a column only by writing its name: no macro that may write SQL, no `*` but count(*) and products, no
    position ($1), no natural join. In doubt it is not so. -#}
{% macro _names_its_columns(code) %}
  {%- set re = modules.re -%}
  {%- for jinja in re.findall('(?s)\\{[{%].*?[%}]\\}', code) -%}
    {%- for called in re.findall('([\\w.]+)\\s*\\(', jinja) if called not in ['ref', 'source', 'config', 'is_incremental'] -%}
      {{ return(false) }}
    {%- endfor -%}
    {%- if re.search('\\b(?:include|import|call|var|env_var|adapter|graph|modules)\\b', jinja) -%}
      {{ return(false) }}
    {%- endif -%}
  {%- endfor -%}
  {%- if re.search('(?i)\\$[0-9]|\\b(?:natural|top)\\b', code) -%}
    {{ return(false) }}
  {%- endif -%}
  {%- for line in re.sub('(?i)\\bcount\\s*\\(\\s*\\*\\s*\\)', '', code).split('\n') -%}
    {%- for before in snowmesh._before_stars(line) if not re.search('[\\w)\\]"\']\\s*$', before) or re.search('(?i)--|//|/\\*|\\b(?:select|distinct|all|by)\\s*$', before) -%}
      {{ return(false) }}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(true) }}
{% endmacro %}


{#- The text before each `*` of a line. -#}
{% macro _before_stars(line) %}
  {%- set texts, parts = [], line.split('*') -%}
  {%- for part in parts[:-1] -%}
    {%- do texts.append(parts[:loop.index] | join('*')) -%}
  {%- endfor -%}
  {{ return(texts) }}
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
