{#- What a run-operation is about: dbt gives it no --select, so a part of dbt's own language for it is read here. -#}


{#- The nodes that `select` names without those that `exclude` names, in a stable order: models, seeds, snapshots and sources
    that have a relation. Everything when `select` is none. -#}
{% macro _selected_nodes(select, exclude, errors) %}
  {%- set chosen = snowmesh._chosen(select, 'select', errors) if select is not none else none -%}
  {%- set left_out = snowmesh._chosen(exclude, 'exclude', errors) if exclude is not none else {} -%}
  {%- set nodes = [] -%}
  {%- for id, node in snowmesh._governable_nodes().items() if (chosen is none or id in chosen) and id not in left_out -%}
    {%- do nodes.append(node) -%}
  {%- endfor -%}
  {%- if select is not none and not nodes and not errors -%}
    {%- do errors.append(snowmesh._error(
      'nothing-selected', 'argument exclude', 'nothing is left of what select names', 'exclude less')) -%}
  {%- endif -%}
  {{ return(nodes | sort(attribute='unique_id')) }}
{% endmacro %}


{#- Every node of this project that has a relation, by its id. Models of other projects stand in the graph without a file. -#}
{% macro _governable_nodes() %}
  {%- set found = {} -%}
  {%- for id, node in graph.nodes.items() if node.resource_type in ['model', 'seed', 'snapshot'] -%}
    {%- do found.update({id: node}) if node.config.materialized != 'ephemeral' and node.original_file_path -%}
  {%- endfor -%}
  {%- for id, node in graph.sources.items() -%}
    {%- do found.update({id: node}) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}


{#- The ids that an argument names: texts of a list, or words of a text, are alternatives; with a comma all must hold. -#}
{% macro _chosen(written, argument, errors) %}
  {%- set before = errors | length -%}
  {%- set words = written.split() if written is string else snowmesh._texts(written, 'argument ' ~ argument, errors) -%}
  {%- set chosen = {} -%}
  {%- for word in words -%}
    {%- set hits = namespace(ids=none) -%}
    {%- for criterion in word.split(',') -%}
      {%- set ids = snowmesh._matching(criterion | trim, argument, errors) -%}
      {%- set hits.ids = ids if hits.ids is none else hits.ids | select('in', ids) | list -%}
    {%- endfor -%}
    {%- for id in hits.ids -%}
      {%- do chosen.update({id: true}) -%}
    {%- endfor -%}
    {%- if not hits.ids and errors | length == before -%}
      {%- do errors.append(snowmesh._nothing_selected(word, argument)) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not words and errors | length == before -%}
    {%- do errors.append(snowmesh._nothing_selected('', argument)) -%}
  {%- endif -%}
  {{ return(chosen) }}
{% endmacro %}


{#- A criterion that matches nothing is a mistake: dbt warns, but what a person wants governed must not be left out. -#}
{% macro _nothing_selected(word, argument) %}
  {%- set names = snowmesh._governable_nodes().values() | map(attribute='name') | unique | sort -%}
  {{ return(snowmesh._error(
    'nothing-selected', 'argument ' ~ argument, (word | tojson) ~ ' matches nothing that has a relation',
    'correct it; "*" is everything, and dbt ls --output json --output-keys unique_id lists names that can be used here',
    names, word.split(':')[-1])) }}
{% endmacro %}


{#- The ids that one criterion matches: `method:value`, or a name. -#}
{% macro _matching(criterion, argument, errors) %}
  {%- set methods = ['fqn', 'source', 'tag', 'path', 'package', 'resource_type', 'config.<key>', 'group', 'access'] -%}
  {%- set method, colon, value = criterion.partition(':') -%}
  {%- set method, value = (method, value) if colon else ('fqn', criterion) -%}
  {%- set is_known = method in methods or method.startswith('config.') -%}
  {%- if not is_known or not value or value[0] in '+@' or value[-1] == '+' or modules.re.match('[0-9]*[+@]', criterion) -%}
    {%- do errors.append(snowmesh._error(
      'unknown-selector', 'argument ' ~ argument, (criterion | tojson) ~ ' is not understood here',
      'use one of these methods with a value, with * for any text; for +, @ and state: give the ids that dbt ls lists',
      methods, method)) -%}
    {{ return([]) }}
  {%- endif -%}
  {%- set shape = modules.re.escape(value).replace('\\*', '.*').replace('\\?', '.') -%}
  {%- set ids = [] -%}
  {%- for id, node in snowmesh._governable_nodes().items() -%}
    {%- for property in snowmesh._properties(node, method) if modules.re.fullmatch(shape, property | string) -%}
      {%- do ids.append(id) if id not in ids -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(ids) }}
{% endmacro %}


{#- The texts of a node that a method compares. -#}
{% macro _properties(node, method) %}
  {%- if method == 'source' -%}
    {%- set own = [node.source_name, node.source_name ~ '.' ~ node.name] if node.resource_type == 'source' else [] -%}
    {{ return(own) }}
  {%- elif method == 'tag' -%}
    {{ return(node.tags) }}
  {%- elif method == 'package' -%}
    {{ return([node.package_name]) }}
  {%- elif method == 'path' -%}
    {{ return(snowmesh._prefixes(node.original_file_path.replace('\\', '/').split('/'), '/')) }}
  {%- elif method.startswith('config.') -%}
    {%- set value = node.config.get(method[7:]) -%}
    {{ return(value if value is iterable and value is not string and value is not mapping else [value]) }}
  {%- elif method != 'fqn' -%}
    {{ return([node.get(method)]) }}
  {%- elif node.resource_type == 'source' -%}
    {{ return([node.unique_id, node.source_name ~ '.' ~ node.name]) }}
  {%- endif -%}
  {{ return([node.unique_id, node.name] + snowmesh._prefixes(node.fqn, '.') + snowmesh._prefixes(node.fqn[1:], '.')) }}
{% endmacro %}


{#- ['a', 'a.b', 'a.b.c'] of ['a', 'b', 'c']. -#}
{% macro _prefixes(parts, separator) %}
  {%- set found = [] -%}
  {%- for part in parts -%}
    {%- do found.append(parts[:loop.index] | join(separator)) -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}
