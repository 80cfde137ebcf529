{{ config(materialized='incremental', unique_key=['id', 'kind'], merge_update_columns=['name'],
    incremental_predicates=["dbt_internal_dest.id < 100"]) }}
select id, 'k' as kind, name, amount, changed_at from {{ source('raw', 'items') }}
{% if is_incremental() %} where changed_at > (select max(changed_at) from {{ this }}) {% endif %}
