{{ config(materialized='incremental', incremental_strategy='delete+insert', unique_key='id', ) }}
select id, name, amount, changed_at from {{ source('raw', 'items') }}
{% if is_incremental() %} where changed_at > (select max(changed_at) from {{ this }}) {% endif %}
