{#- The tags that a relation and its columns declare against those that they have. Pure: reads nothing. -#}


{#- Tags of the columns, then of the relation; setting comes before unsetting, so that no mask has a gap. -#}
{% macro _tag_changes(relation, governance, found, current) %}
  {%- set changes = [] -%}
  {%- set column_diff = snowmesh._column_tag_diff(governance, found, current) -%}
  {%- set object_diff = snowmesh._tag_diff(governance.tags, current.tags, found) -%}
  {%- for batch in column_diff.set | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_column_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {%- for batch in object_diff.set | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('set', relation, snowmesh.get_set_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {%- for batch in column_diff.unset | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_column_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {%- for batch in object_diff.unset | batch(100) -%}
    {%- do changes.append(snowmesh._relation_change('unset', relation, snowmesh.get_unset_tags_sql(relation, batch))) -%}
  {%- endfor -%}
  {{ return(changes) }}
{% endmacro %}


{#- The differences of one object: {set: [{tag, value}], unset: [{tag}]}; `has` maps quoted full names to values. -#}
{% macro _tag_diff(declared, has, found) %}
  {%- set diff = {'set': [], 'unset': []} -%}
  {%- for name, tag in found.tags.items() -%}
    {%- set value = has.get(snowmesh._fqn(tag.fqn)) -%}
    {%- if name in declared and declared[name] != value -%}
      {%- do diff.set.append({'tag': tag.fqn, 'value': declared[name]}) -%}
    {%- elif name not in declared and value is not none -%}
      {%- do diff.unset.append({'tag': tag.fqn}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(diff) }}
{% endmacro %}


{#- The differences of all columns, each with its column; those of one column stand together. -#}
{% macro _column_tag_diff(governance, found, current) %}
  {%- set total = {'set': [], 'unset': []} -%}
  {%- set declared = {} -%}
  {%- for column in governance.columns -%}
    {%- do declared.update({column.name: column.tags}) -%}
  {%- endfor -%}
  {%- for name in (declared.keys() | list + current.column_tags.keys() | list) | unique(case_sensitive=true) -%}
    {%- set diff = snowmesh._tag_diff(declared.get(name, {}), current.column_tags.get(name, {}), found) -%}
    {%- for kind in ['set', 'unset'] -%}
      {%- for item in diff[kind] -%}
        {%- do item.update({'column': name}) -%}
        {%- do total[kind].append(item) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(total) }}
{% endmacro %}
