{#- The layers of governance that folders of dbt_project.yml declare. dbt keeps one value for a key of meta: of a key that
    stands twice on the way to a node, only the last is left, and no node shows that there was another. So they are
    looked for where they are written. -#}


{#- An error for each layer that dbt could lose: a folder's `meta: snowmesh`, and a `snowmesh_<name>` written twice. -#}
{% macro _check_project_layers(errors) %}
  {#- an engine other than dbt Core may keep its configuration from macros -#}
  {%- if adapter.config is defined and adapter.config.load_dependencies is defined -%}
    {%- set layers = [] -%}
    {%- for name, project in adapter.config.load_dependencies().items() -%}
      {#- what a package says at its top is about the package alone -#}
      {%- set top = [] if name == adapter.config.project_name else [name] -%}
      {%- for kind in ['models', 'seeds', 'snapshots', 'sources'] -%}
        {%- do snowmesh._add_layers(project[kind] or {}, kind, [], top, name, layers) -%}
      {%- endfor -%}
    {%- endfor -%}
    {%- do snowmesh._check_layers(layers, errors) -%}
  {%- endif -%}
{% endmacro %}


{#- Add the layers of one folder and of the folders in it: {kind, key, scope, where}. -#}
{% macro _add_layers(folder, kind, path, top, project, layers) %}
  {%- for key, value in folder.items() if value is mapping -%}
    {%- if key | trim in ['+meta', 'meta'] -%}
      {%- for layer in value if (layer | string).startswith('snowmesh') -%}
        {%- set scope = path if path[:1] == top[:1] else top + path -%}
        {%- set where = 'dbt_project.yml of ' ~ project ~ ', ' ~ ([kind] + path + [key | trim]) | join(': ') -%}
        {%- do layers.append({'kind': kind, 'key': layer, 'scope': scope, 'where': where, 'is_config': key.startswith('+')}) -%}
      {%- endfor -%}
    {%- endif -%}
    {%- if not key.startswith('+') -%}
      {%- do snowmesh._add_layers(value, kind, path + [key], top, project, layers) -%}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{#- What is wrong with the layers, each for itself and each with those before it. -#}
{% macro _check_layers(layers, errors) %}
  {%- for layer in layers -%}
    {%- if not layer.is_config -%}
      {%- do errors.append(snowmesh._error(
        'folder-layer', layer.where, 'dbt takes "meta" without a + for the name of a folder, so this block governs nothing',
        'write +meta')) -%}
    {%- elif layer.key == 'snowmesh' -%}
      {%- do errors.append(snowmesh._error(
        'folder-layer', layer.where,
        'a folder cannot use the key "snowmesh": dbt drops it from every model, seed and snapshot that has a block of its own',
        'give the key a name of its own, such as snowmesh_' ~ (layer.scope[-1:] | first | default('project', true)))) -%}
    {%- endif -%}
    {%- for other in layers[:loop.index0] if other.kind == layer.kind and other.key == layer.key != 'snowmesh' -%}
      {%- set depth = [other.scope | length, layer.scope | length] | min -%}
      {%- if other.scope[:depth] == layer.scope[:depth] -%}
        {%- do errors.append(snowmesh._error(
          'folder-layer', layer.where,
          'the key "' ~ layer.key ~ '" stands also in ' ~ other.where ~ ', and dbt keeps only one of the two',
          'give each folder a key of its own, snowmesh_<name>')) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}
