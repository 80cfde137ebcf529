{#- The candidate nearest to a misspelt word, or none when nothing is near. -#}
{% macro _nearest(word, candidates) %}
  {%- set best = namespace(word=none, distance=[2, (word | string | length) // 3] | max + 1) -%}
  {%- for candidate in candidates -%}
    {%- set distance = snowmesh._distance(word | string | lower, candidate | string | lower) -%}
    {%- if distance < best.distance -%}
      {%- set best.word = candidate -%}
      {%- set best.distance = distance -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(best.word) }}
{% endmacro %}


{#- How many letters to insert, delete or replace to make one word the other. -#}
{% macro _distance(one, other) %}
  {%- set row = namespace(previous=range(other | length + 1) | list) -%}
  {%- for i in range(one | length) -%}
    {%- set current = [i + 1] -%}
    {%- for j in range(other | length) -%}
      {%- set replaced = row.previous[j] + (0 if one[i] == other[j] else 1) -%}
      {%- do current.append([row.previous[j + 1] + 1, current[j] + 1, replaced] | min) -%}
    {%- endfor -%}
    {%- set row.previous = current -%}
  {%- endfor -%}
  {{ return(row.previous[-1]) }}
{% endmacro %}
