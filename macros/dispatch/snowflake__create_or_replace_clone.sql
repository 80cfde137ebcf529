{#- dbt clone: a clone has the tags and policies of its source. Where this project declares others, they are set on a clone that the
    session alone sees, and that one is cloned. In force only with the dispatch line of snowflake__apply_grants.

    Args:
      this_relation: what dbt creates.
      defer_relation: what it clones. -#}
{% macro snowflake__create_or_replace_clone(this_relation, defer_relation) %}
  {%- set source = snowmesh._governed_source(this_relation, defer_relation) -%}
  {%- set sql = dbt.snowflake__create_or_replace_clone(this_relation, source) | trim -%}
  {{ return(sql if source == defer_relation else sql ~ ';\ndrop table if exists ' ~ source.render()) }}
{% endmacro %}
