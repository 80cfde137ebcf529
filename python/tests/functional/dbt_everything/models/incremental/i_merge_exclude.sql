{{ config(materialized='incremental', unique_key='id', merge_exclude_columns=['amount']) }}
select id, name, amount, changed_at from {{ source('raw', 'items') }}
