{#- A block in the config() of the SQL file replaces the one in the YAML file as a whole, and no node shows that there was
    another. So a node that has both files says it in YAML. -#}
{% macro _check_sql_config(node, where, errors) %}
  {%- if node.get('patch_path') -%}
    {%- for key in (node.get('config_call_dict') or {}).get('meta') or {} if (key | string).startswith('snowmesh') -%}
      {%- do errors.append(snowmesh._error(
        'two-files', where,
        'config(meta) in ' ~ node.original_file_path ~ ' has "' ~ key ~ '"; dbt would drop what the YAML file says under that key',
        'move it to config: meta: of the YAML file')) -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}
